"""What claims about a service say of everything else: told where it can be, assumed by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, named
from bidops_cfn.facts.expansions import texts
from bidops_cfn.facts.flows import RULES, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import may_be_called
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.tasks import machines
from bidops_cfn.facts.template_under_review import DISCOVERY
from bidops_cfn.facts.verdict import Outcomes, Witness
from bidops_cfn.settings.contract import Imports, Kind
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.resource_types import UNDERSTOOD

GROUP_ID = re.compile(r"\bsg-[0-9a-f]{8,17}\b")


def strangers(reading: Reading, service: Service) -> Outcomes:
    """Yield what keeps a claim about ``service`` from being about all that runs it.

    An ECS service whose task definition is not in the template may run anything; so may a resource
    of a type that no fact looks into, when it names the task definition or the task role.
    """
    tasks = {
        one.task_definition for one in reading.running(service) if one.task_definition is not None
    }
    roles = {reading.task_definitions[one].task_role for one in tasks}
    ours = tasks | roles | {one.logical_id for one in reading.running(service)}
    for one in reading.services.values():
        if one.task_definition is None and one not in reading.running(service):
            text = f"{one.logical_id} runs a task definition that is not here"
            yield "unknown", Witness(text, one.resource.at("TaskDefinition"))
    for one in reading.running(service):
        yield from _shared(reading, one)
        yield from _unread(reading, one)
    yield from _namesakes(reading, service)
    may_mean = _naming(reading, tasks, roles)
    for resource in reading.document.resources.values():
        unread: list[object] = [resource.properties]
        if resource.type in UNDERSTOOD:
            unread = [resource.get(*path[3:]) for path in reading.unlisted[resource.logical_id]]
        meant = symbols.all_referenced(unread) & ours
        if meant:
            what = f"{resource.logical_id}, which no fact looks into"
            text = f"{what}, names {', '.join(sorted(str(one) for one in meant))}"
            yield "unknown", Witness(text, resource.path)
        elif resource.type not in RULES and resource.logical_id not in ours:
            for text in filter(may_mean, dict.fromkeys(texts(unread))):
                told = f"{resource.logical_id}, which no fact looks into, may mean ours by {text}"
                yield "unknown", Witness(told, resource.path)


def _naming(reading: Reading, tasks: Set[str], roles: Set[str | None]) -> Callable[[str], bool]:
    """Return whether a text that no fact looks into may mean what is ours.

    A family, a role's name, a group's id and an export are known once the stack stands.
    """
    families = {symbols.text(reading.task_definitions[one].resource.get("Family")) for one in tasks}
    exports = {
        symbols.text(descend(output, "Export", "Name"))
        for output in reading.document.section("Outputs").values()
    }
    own = [role.resource for role in reading.roles.values() if role.logical_id in roles]

    def may_mean(text: str) -> bool:
        words = re.split(r"[:/]", text)
        role = any(may_be_called(one, word) for one in own for word in words)
        return bool(role or text in exports or families & set(words) or GROUP_ID.search(text))

    return may_mean


def _unread(reading: Reading, service: EcsService) -> Outcomes:
    """Yield properties of a service, its task definition and its groups that no fact looks into."""
    groups = (reading.groups[one].resource for one in service.groups if one in reading.groups)
    task = reading.task(service)
    for resource in (service.resource, task.resource if task else None, *groups):
        for path in reading.unlisted[resource.logical_id] if resource else ():
            text = f"{path[1]} has {named(path[3:])}, which no fact looks into"
            yield "unknown", Witness(text, path)


def _namesakes(reading: Reading, service: Service) -> Outcomes:
    """Yield other services that answer to the name by which ``service`` is called."""
    running = reading.running(service)
    for one in reading.services.values():
        for raw, path in one.resource.each("ServiceRegistries"):
            arn = descend(raw, "RegistryArn")
            found = reading.document.find(symbols.referenced(arn), DISCOVERY)
            name = symbols.text(found.get("Name")) if found else None
            if one not in running and name == service.name:
                yield "unknown", Witness(f"{one.logical_id} answers to the name {name}", path)


def _shared(reading: Reading, service: EcsService) -> Outcomes:
    """Yield the machines and networks that tasks of ``service`` share with others."""
    for machine, path in machines(service):
        yield "unknown", Witness(f"{service.logical_id} runs on {machine}, not on Fargate", path)
    task = reading.task(service)
    if task is not None and symbols.text(task.resource.get("NetworkMode")) != "awsvpc":
        text = f"tasks of {task.logical_id} have no network and no groups of their own"
        yield "unknown", Witness(text, task.resource.at("NetworkMode"))


def strays(reading: Reading, contract: Contract) -> Outcomes:
    """Yield rules for groups of others that the contract does not speak of, or otherwise.

    A group that is neither ours nor the contract's may be any; what is promised of the contract's
    holds as long as this template opens them to the groups of its services alone.
    """
    known = {
        key
        for member in Imports
        if member.value.kind is Kind.ID
        for key in contract.keys(member.value)
    }
    for group in reading.groups.values():
        if group.resource is None and group.id not in known:
            for flow in group.flows:
                text = f"{group.shown} may be any group, and a rule is added to it"
                yield "unknown", Witness(text, flow.path)
        for flow in group.flows if group.id in known else ():
            peer = reading.groups.get(flow.peer.value)
            if flow.peer.kind is not PeerKind.GROUP or peer is None or peer.resource is None:
                text = f"{group.shown} is promised otherwise: {flow.direction} {flow.peer.shown}"
                yield "unknown", Witness(text, flow.path)


def rules_of(reading: Reading, service: Service) -> str:
    """Return what every claim about flows of ``service`` takes for granted."""
    return f"no other stack adds rules to {shown_groups(reading, (service.name,))}"


def shown_groups(reading: Reading, names: Sequence[str]) -> str:
    """Return the groups of the named services as people know them."""
    services = (reading.service(name) for name in names)
    groups = (group for one in services if one for group in one.groups)
    found = [reading.groups[one].shown for one in groups if one in reading.groups]
    words = [one.removeprefix("${").removesuffix("}").removesuffix(".GroupId") for one in found]
    return " and ".join(dict.fromkeys(words)) or f"the group of {' and '.join(names)}"
