"""Posture: what stands beside permissions and flows and still decides how open a stack is.

Each fact says that something *is possible or used*, so that sets of them can be compared: one more
is wider, one less is narrower. Hardening is told by its absence (``is privileged``).

    placement   where a service's tasks stand in the network, and what sends them requests
    containers  what runs, as whom, with which variables
    the rest    boundaries of roles, policies of users and groups, resources that nothing else reads
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.containers import definition_posture, task_posture
from bidops_cfn.facts.dynamic import dynamic_references
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.placement import foreign_rules, service_placement
from bidops_cfn.facts.posture_kind import PostureKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.spec.resource_types import UNDERSTOOD

# Types that other facts read, or that give no access.

TEMPLATE = "template"


@dataclass(frozen=True)
class Posture:
    """One fact: of which service or role, what kind, what it says, where it stands."""

    subject: str
    kind: PostureKind
    shown: str
    path: Path

    @property
    def fact(self) -> tuple[str, str, str]:
        """What the fact says, without where it is written."""
        return (self.subject, self.kind, self.shown)


def posture(reading: Reading) -> Iterator[Posture]:
    """Yield every posture fact of one world; services go by their name where they are meant."""
    names = service_names(reading)
    for service in reading.services.values():
        name = names[service.logical_id]
        facts = (*service_placement(reading, service), *task_posture(reading, service, name))
        for kind, shown, path in facts:
            yield Posture(name, kind, shown, path)
    running = {service.task_definition for service in reading.services.values()}
    for task in reading.task_definitions.values():
        if task.logical_id not in running:
            for kind, shown, path in definition_posture(reading, task, task.logical_id):
                yield Posture(task.logical_id, kind, shown, path)
    for kind, shown, path in foreign_rules(reading):
        yield Posture(TEMPLATE, kind, shown, path)
    yield from _identity(reading)
    yield from _dynamic(reading)
    for resource in reading.document.resources.values():
        if resource.type not in UNDERSTOOD:
            shown = f"{resource.logical_id} ({resource.type or 'without a type'})"
            yield Posture(TEMPLATE, PostureKind.RESOURCE, shown, resource.path)


def service_names(reading: Reading) -> dict[str, str]:
    """Return what each ECS service goes by: the specified service's name where it is meant."""
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    return {one: names.get(one, one) for one in reading.services}


def _dynamic(reading: Reading) -> Iterator[Posture]:
    for section in ("Resources", "Parameters", "Outputs"):
        for name, written in reading.document.section(section).items():
            for shown, path in dynamic_references(written, (section, str(name))):
                where = ".".join(step for step in path[2:] if isinstance(step, str))
                text = f"{where.removeprefix('Properties.') or section} is {shown}"
                yield Posture(str(name), PostureKind.DYNAMIC, text, path)


def _identity(reading: Reading) -> Iterator[Posture]:
    for role in reading.roles.values():
        boundary = role.resource.get("PermissionsBoundary")
        shown = symbols.show(boundary) if boundary is not None else "none"
        path = role.resource.at("PermissionsBoundary") if boundary else role.resource.path
        yield Posture(role.logical_id, PostureKind.BOUNDARY, shown, path)
    for policy in reading.document.of_type("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name in ("Users", "Groups"):
            if policy.get(name):
                shown = f"{policy.logical_id} for {name.lower()} {symbols.show(policy.get(name))}"
                yield Posture(TEMPLATE, PostureKind.RESOURCE, shown, policy.at(name))
