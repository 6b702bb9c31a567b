"""What stands beside permissions and flows and still decides how open a stack is.

Each fact says that something *is possible or used*, so that sets of them can be compared: one more
is wider, one less is narrower. Hardening is told by its absence (``is privileged``).

    tasks       where they stand, what sends them requests, what runs, as whom, with which variables
    the rest    boundaries of roles, policies of users and groups, resources that nothing else reads

``standing`` has what review files show elsewhere or not at all, for a comparison: load balancers,
users, capabilities, writable paths, what variables make of a runtime, alarms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from bidops_cfn.facts import symbols
from bidops_cfn.facts.attention import is_hidden
from bidops_cfn.facts.changes import TEMPLATE
from bidops_cfn.facts.document import Document, Path, descend, items, mapping, named
from bidops_cfn.facts.expansions import dynamic_references
from bidops_cfn.facts.flows import PeerKind
from bidops_cfn.facts.reach import LISTENER_RULE, is_only_to, route
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import POLICIES, is_own_role
from bidops_cfn.facts.services import CLUSTER, Container, TaskDefinition, record_of_sessions
from bidops_cfn.facts.tasks import (
    Exposure,
    ExposureKind,
    admits_commands,
    definition_exposures,
    service_placement,
    task_exposures,
)
from bidops_cfn.spec.resource_types import UNDERSTOOD
from bidops_cfn.spec.variables import effect_of

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
DISCOVERY = "AWS::ServiceDiscovery::Service"
NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
ALARM = "AWS::CloudWatch::Alarm"
EVENT_RULE = "AWS::Events::Rule"
# Who may have a policy beside the roles of the template, by the property that names them.
HOLDERS = {
    "Users": ExposureKind.RESOURCE,
    "Groups": ExposureKind.RESOURCE,
    "Roles": ExposureKind.HOLDER,
    "RoleName": ExposureKind.HOLDER,
}
ALARM_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
# What a mount in memory permits unless its options say no.
MOUNTED = {"exec": "run programs", "suid": "run programs as their owner", "dev": "use devices"}
# Compared otherwise: boundaries and records restrict, flows, routes and permissions are sets.
ELSEWHERE = (
    ExposureKind.HOLDER,
    ExposureKind.BOUNDARY,
    ExposureKind.RANGE,
    ExposureKind.IMPLICIT_EGRESS,
    ExposureKind.ROUTE,
    ExposureKind.PROPERTY,
    ExposureKind.RECORD,
)


def exposures(reading: Reading) -> Sequence[Exposure]:
    """Return every exposure of one case; services go by their name where they are meant."""
    return reading.document.once(_exposures, reading)


def _exposures(reading: Reading) -> Sequence[Exposure]:
    return [*_all(reading)]


def _all(reading: Reading) -> Iterator[Exposure]:
    names = reading.service_names
    for service in reading.services.values():
        name = names[service.logical_id]
        facts = (*service_placement(reading, service), *task_exposures(reading, service, name))
        for kind, shown, path in facts:
            yield Exposure(name, kind, shown, path)
    running = {service.task_definition for service in reading.services.values()}
    for task in reading.task_definitions.values():
        if task.logical_id not in running:
            for kind, shown, path in definition_exposures(reading, task, task.logical_id):
                yield Exposure(task.logical_id, kind, shown, path)
    yield from _ranges(reading)
    yield from _foreign_rules(reading)
    yield from _identity(reading)
    for facts_of in (_dynamic, _registered, _notified, _recorded):
        yield from facts_of(reading)
    for resource in reading.document.resources.values():
        if resource.type not in UNDERSTOOD:
            shown = f"{resource.logical_id} ({resource.type or 'without a type'})"
            yield Exposure(TEMPLATE, ExposureKind.RESOURCE, shown, resource.path)
        for path in reading.unlisted[resource.logical_id]:
            yield Exposure(resource.logical_id, ExposureKind.PROPERTY, named(path[3:]), path)


def _foreign_rules(reading: Reading) -> Iterator[Exposure]:
    """Yield the listener rules that do something else than forward to one of the services."""
    for rule in reading.document.of_type(LISTENER_RULE):
        if not any(is_only_to(rule, service) for service in reading.services.values()):
            kinds = [symbols.show(descend(one, "Type")) for one in items(rule.get("Actions"))]
            done = ", ".join(kinds) or "nothing"
            shown = f"{route(rule.properties)}: {done}"
            yield Exposure(TEMPLATE, ExposureKind.ROUTE, shown, rule.path)


def _ranges(reading: Reading) -> Iterator[Exposure]:
    for group in reading.groups.values():
        for flow in group.flows:
            if flow.peer.kind in (PeerKind.CIDR, PeerKind.UNKNOWN):
                kind = ExposureKind.IMPLICIT_EGRESS if flow.implicit else ExposureKind.RANGE
                yield Exposure(group.shown, kind, flow.shown, flow.path)


def _dynamic(reading: Reading) -> Iterator[Exposure]:
    for section in ("Resources", "Parameters", "Outputs"):
        for name, written in reading.document.section(section).items():
            for shown, path in reading.document.once(_references, written):
                where = named(path).removeprefix("Properties.") or section
                text, at = f"{where} is {shown}", (section, str(name), *path)
                yield Exposure(str(name), ExposureKind.DYNAMIC, text, at)


def _references(written: object) -> Sequence[tuple[str, Path]]:
    return [*dynamic_references(written)]


def _identity(reading: Reading) -> Iterator[Exposure]:
    for role in reading.roles.values():
        boundary = role.resource.get("PermissionsBoundary")
        shown = symbols.show(boundary) if boundary is not None else "none"
        path = role.resource.at("PermissionsBoundary") if boundary else role.resource.path
        yield Exposure(role.logical_id, ExposureKind.BOUNDARY, shown, path)
    for policy in reading.document.of_type(*POLICIES):
        for name, kind in HOLDERS.items():
            if not all(is_own_role(reading.document, one) for one in items(policy.get(name))):
                shown = f"{policy.logical_id} for {name.lower()} {symbols.show(policy.get(name))}"
                yield Exposure(TEMPLATE, kind, shown, policy.at(name))


def standing(reading: Reading) -> Iterator[Exposure]:
    """Yield everything that stands open in one combination of conditions."""
    for one in exposures(reading):
        if one.kind not in ELSEWHERE:
            yield one
    yield from _services(reading)
    for namespace in reading.document.of_type(NAMESPACE):
        shown = f"answers for all of {symbols.show(namespace.get('Name'))}"
        path = namespace.at("Name")
        yield Exposure(namespace.logical_id, ExposureKind.DISCOVERY, shown, path)
    yield from _balancers(reading)
    yield from _told(reading.document)


def _told(document: Document) -> Iterator[Exposure]:
    """Yield the outputs that other stacks import, and those that may tell a secret."""
    declared = document.section("Parameters")
    secrets = {name for name in declared if is_hidden(declared[name])}
    secrets |= {one.logical_id for one in document.resources.values() if one.type not in UNDERSTOOD}
    for name, output in document.section("Outputs").items():
        value, exported = descend(output, "Value"), descend(output, "Export", "Name")
        if exported is not None:
            shown = f"{symbols.show(exported)} is {symbols.show(value)}"
            yield Exposure(TEMPLATE, ExposureKind.EXPORT, shown, ("Outputs", str(name)))
        if secrets & symbols.all_referenced(value):
            shown = f"{name} is {symbols.show(value)}"
            yield Exposure(TEMPLATE, ExposureKind.OUTPUT, shown, ("Outputs", str(name)))


def telling_variables(reading: Reading, effects: Set[str]) -> Iterator[tuple[Exposure, str]]:
    """Yield the plain variables that do one of ``effects``, each with that and its value."""
    for one in exposures(reading):
        if one.kind is ExposureKind.VARIABLE:
            value = descend(reading.document.body, *one.path, "Value")
            effect = effect_of(one.shown, symbols.text(value))
            if effect in effects:
                yield one, f"{one.shown} = {symbols.show(value)}, which {effect}"


def _services(reading: Reading) -> Iterator[Exposure]:
    run: dict[str | None, str] = {}
    for service in reading.services.values():
        name = reading.service_names[service.logical_id]
        run[service.task_definition] = name
        if not service.groups:
            default = "the default group of the VPC"
            yield Exposure(name, ExposureKind.GROUP, default, service.resource.path)
    for task in reading.task_definitions.values():
        yield from _task(task, run.get(task.logical_id, task.logical_id))


def _notified(reading: Reading) -> Iterator[Exposure]:
    for alarm in reading.document.of_type(ALARM):
        for step in ALARM_ACTIONS:
            for target, path in alarm.each(step):
                yield Exposure(TEMPLATE, ExposureKind.ALARM_ACTION, symbols.show(target), path)
    for rule in reading.document.of_type(EVENT_RULE):
        for raw, path in rule.each("Targets"):
            shown = symbols.show(mapping(raw).get("Arn"))
            yield Exposure(TEMPLATE, ExposureKind.EVENT_TARGET, shown, path)


def _recorded(reading: Reading) -> Iterator[Exposure]:
    """Yield where sessions of ECS Exec are recorded, where one may be begun or settings say it."""
    admitted = any(map(admits_commands, reading.services.values()))
    for cluster in reading.document.of_type(CLUSTER):
        own = cluster.get("Configuration", "ExecuteCommandConfiguration")
        if admitted or own is not None:
            shown = ", ".join(record_of_sessions(cluster))
            yield Exposure(cluster.logical_id, ExposureKind.RECORD, shown, cluster.path)


def _registered(reading: Reading) -> Iterator[Exposure]:
    """Yield the names that the VPC's resolver answers with the tasks of a service."""
    document = reading.document
    names = reading.service_names
    for service in reading.services.values():
        for raw, path in service.resource.each("ServiceRegistries"):
            shown = symbols.show(arn := mapping(raw).get("RegistryArn"))
            if found := document.find(symbols.referenced(arn), DISCOVERY):
                shown = " in ".join(symbols.show(found.get(one)) for one in ("Name", "NamespaceId"))
            yield Exposure(names[service.logical_id], ExposureKind.DISCOVERY, shown, path)


def _task(task: TaskDefinition, name: str) -> Iterator[Exposure]:
    for container in task.containers:
        prefix = "" if container.name == name else f"{container.name or 'unknown'}: "
        yield from _container(container, name, prefix)


def _container(container: Container, name: str, prefix: str) -> Iterator[Exposure]:
    own = container.definition
    if own.get("User") is not None:
        shown = prefix + symbols.show(own.get("User"))
        yield Exposure(name, ExposureKind.USER, shown, (*container.path, "User"))
    for one, path in container.each("LinuxParameters", "Capabilities", "Add"):
        shown = f"{prefix}has the kernel capability {symbols.show(one)}"
        yield Exposure(name, ExposureKind.HARDENING, shown, path)
    for raw, path in container.each("LinuxParameters", "Tmpfs"):
        mount = mapping(raw)
        place = symbols.show(mount.get("ContainerPath"))
        options = {symbols.text(one) for one in items(mount.get("MountOptions"))}
        found = [f"may write to {place}"]
        # A mount without the option counts as open, whatever its default may be.
        found += [
            f"may {what} in {place}"
            for option, what in MOUNTED.items()
            if f"no{option}" not in options or {option, None} & options
        ]
        for shown in found:
            yield Exposure(name, ExposureKind.HARDENING, prefix + shown, path)
    for raw, path in container.each("Environment"):
        variable = symbols.show(mapping(raw).get("Name"))
        value = mapping(raw).get("Value")
        effect = effect_of(variable, symbols.text(value))
        if effect:
            shown = f"{prefix}{variable} {effect}: {symbols.show(value)}"
            yield Exposure(name, ExposureKind.VARIABLE, shown, path)


def _balancers(reading: Reading) -> Iterator[Exposure]:
    for balancer in reading.document.of_type(LOAD_BALANCER):
        name = balancer.logical_id
        scheme = balancer.get("Scheme")
        if symbols.text(scheme) != "internal":
            # Elastic Load Balancing makes one that faces the internet unless told otherwise.
            shown = symbols.show(scheme) if scheme is not None else "internet-facing"
            yield Exposure(name, ExposureKind.ADDRESS, shown, balancer.path)
        for step, kind in (
            ("SecurityGroups", ExposureKind.GROUP),
            ("Subnets", ExposureKind.SUBNET),
            ("SubnetMappings", ExposureKind.SUBNET),
        ):
            for value, path in balancer.each(step):
                yield Exposure(name, kind, symbols.show(value), path)
