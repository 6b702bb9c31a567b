"""Which place each role is meant for, told by what it grants, and whether that is asked for.

The places are those of the reviewed allow-list (``rules/allowed_permissions.toml``), which rule
E9301 holds every role to. A role that stands in another's place is one wrong line of ``used as``;
what it grants is still explained by the place that it was written for. So swapped roles show as
what they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bidops_cfn.facts import symbols
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.statements import Condition, Statement
from bidops_cfn.review import reasons
from bidops_cfn.review.subject import Subject
from bidops_cfn.rules._case import World
from bidops_cfn.rules.iam._allow_list import allowed, distance, granted

KINDS = {Part.EXECUTION_ROLE: "FR-009", Part.TASK_ROLE: "US5-4"}

Place = tuple[Part, str]  # the service's name
Conditions = frozenset[Condition]


@dataclass(frozen=True)
class RoleUse:
    """A role that a service's tasks get, and where that is written."""

    role: str
    part: Part
    service: str
    path: Path


@dataclass(frozen=True)
class RolePlaces:
    """The place that each role is meant for, with all that it is allowed there."""

    world: World
    meant: Mapping[str, Place]
    allowed: Mapping[Place, frozenset[tuple[str, str, str]]]

    def reason_of_use(self, use: RoleUse) -> str:
        """Return the requirement of a place, or NONE for a role that is meant for another."""
        meant = self.meant.get(use.role) == (use.part, use.service)
        return KINDS[use.part] if meant else reasons.NOBODY

    def reason_of(self, role: Role, statement: Statement, pattern: str, resource: object) -> str:
        """Return the requirement that asks for one line of a statement, or NONE."""
        place = self.meant.get(role.logical_id)
        if place is None:
            return reasons.NOBODY
        one = replace(statement, patterns=(pattern,), resources=(resource,))
        found = granted(self.world, replace(role, statements=(one,)))
        if not found or not found.keys() <= self.allowed[place]:
            return reasons.NOBODY
        return reasons.of_permission(place[0], place[1], pattern)

    def reason_of_trust(self, action: str, principal: str, conditions: Conditions) -> str:
        """Return the requirement that asks for a trust: ECS tasks of this account, nobody else."""
        settings = self.world.settings
        source = f"arn:{settings.partition}:ecs:{settings.region}:{settings.account_id}:*"
        wanted = {
            ("arnlike", "aws:sourcearn", (symbols.key(source),)),
            ("stringequals", "aws:sourceaccount", (symbols.key(settings.account_id),)),
        }
        found = {
            (operator, key, tuple(self._concrete(value) for value in values))
            for operator, key, values in conditions
        }
        asked = (action, principal, found) == ("sts:AssumeRole", reasons.TASKS, wanted)
        return "US5-1" if asked else reasons.NOBODY

    def reason_of_boundary(self, boundary: object) -> str:
        """Return ``-`` for the boundary that settings name, or for none where they name none."""
        wanted = self.world.settings.permissions_boundary_arn
        found = None if boundary is None else symbols.text(self.world.concrete(boundary))
        return "-" if found == wanted else reasons.NOBODY

    def _concrete(self, value: str) -> str:
        return symbols.key(self.world.concrete(json.loads(value)))


def role_uses(reading: Reading) -> Iterator[RoleUse]:
    """Yield every use of a role; one that is not in the template goes by its ARN."""
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    for service in reading.services.values():
        task = reading.task_definitions.get(service.task_definition or "")
        if task is None:
            continue
        name = names.get(service.logical_id, service.logical_id)
        for part, role, step in (
            (Part.EXECUTION_ROLE, task.execution_role, "ExecutionRoleArn"),
            (Part.TASK_ROLE, task.task_role, "TaskRoleArn"),
        ):
            value = task.resource.get(step)
            if value is not None:
                yield RoleUse(role or symbols.show(value), part, name, task.resource.at(step))


def role_places(subject: Subject, reading: Reading) -> RolePlaces:
    """Return which places the roles of one world are meant for: the nearest to what they grant.

    Among equally near places the one that the role has comes first.
    """
    world = subject.world(reading)
    services = {service.name: service for service in subject.specified}
    places = [(part, name) for part in KINDS for name in services]
    used = {(use.role, use.part, use.service) for use in role_uses(reading)}
    meant = {}
    for name, role in reading.roles.items():

        def near(place: Place, name: str = name, role: Role = role) -> tuple[int, bool, Place]:
            part, service = place
            away = distance(world, role, services[service], part)
            return away, (name, *place) not in used, place

        meant[name] = min(places, key=near)
    permitted = {
        (part, name): frozenset(allowed(world, services[name], part)) for part, name in places
    }
    return RolePlaces(world, meant, permitted)
