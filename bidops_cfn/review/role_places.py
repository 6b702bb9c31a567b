"""Which place each role is meant for, told by what it grants, and whether that is asked for.

The places are those of the reviewed allow-list (``spec/allowed_permissions.toml``), which rule
E9301 holds every role to. A role that stands in another's place is one wrong line of ``used as``;
what it grants is still explained by the place that it was written for. So swapped roles show as
what they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import Condition, Statement
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.review.subject import Subject
from bidops_cfn.rules._allow_list import Allowed, allowed, distance, permissions_of
from bidops_cfn.spec.doubts import doubt_of_agent, is_refuted
from bidops_cfn.spec.parts import Having, Part, asked_by
from bidops_cfn.spec.reviewed import NONE

KINDS = {Part.EXECUTION_ROLE: Having.EXECUTION_ROLE, Part.TASK_ROLE: Having.TASK_ROLE}
TASKS = "Service ecs-tasks.amazonaws.com"

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

    case: ReadingUnderReview
    meant: Mapping[str, Place]
    allowed: Mapping[Place, Mapping[Allowed, str]]
    used: frozenset[str]

    def reason_of_use(self, use: RoleUse) -> str:
        """Return the requirement of a place, or NONE for a role that is meant for another."""
        meant = self.meant.get(use.role) == (use.part, use.service)
        return asked_by(use.service, KINDS[use.part]) if meant else NONE

    def reason_of(self, role: Role, line: Statement) -> str:
        """Return the requirement that asks for one line of a role's statement, or NONE."""
        place = self.meant.get(role.logical_id)
        if place is None:
            return NONE
        found = permissions_of(self.case, line)
        asked = {self.allowed[place].get(permission, NONE) for permission in found} or {NONE}
        return NONE if NONE in asked else " ".join(sorted(asked))

    def reason_of_trust(
        self, role: str, action: str, principal: str, conditions: Conditions
    ) -> str:
        """Return the requirement that asks for a trust: ECS tasks of this account alone.

        A role that no service uses, no requirement asks for.
        """
        settings = self.case.settings
        source = f"arn:{settings.partition}:ecs:{settings.region}:{settings.account_id}:*"
        wanted = {
            ("arnlike", "aws:sourcearn", (symbols.key(source),)),
            ("stringequals", "aws:sourceaccount", (symbols.key(settings.account_id),)),
        }
        found = {
            (operator, key, tuple(self._concrete(value) for value in values))
            for operator, key, values in conditions
        }
        asked = (action, principal, found) == ("sts:AssumeRole", TASKS, wanted)
        place = self.meant.get(role)
        if not asked or place is None or role not in self.used:
            return NONE
        return asked_by(place[1], Having.TRUST)

    def reason_of_boundary(self, boundary: object) -> str:
        """Return ``-`` for the boundary that settings name, or for none where they name none."""
        wanted = self.case.settings.security.permissions_boundary_arn
        found = None if boundary is None else symbols.text(self.case.concrete(boundary))
        return "-" if found == wanted else NONE

    def _concrete(self, value: str) -> str:
        return symbols.key(self.case.concrete(json.loads(value)))


def role_uses(reading: Reading) -> Iterator[RoleUse]:
    """Yield every use of a role; one that is not in the template goes by its ARN."""
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    for service in reading.services.values():
        task = reading.task(service)
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
    """Return which places the roles of one case are meant for: the nearest to what they grant.

    Among equally near places the one that the role has comes first.
    """
    case = subject.under_review.of(reading)
    services = {service.name: service for service in subject.specified}
    places = [(part, name) for part in KINDS for name in services]
    used = {(use.role, use.part, use.service) for use in role_uses(reading)}
    meant = {}
    for name, role in reading.roles.items():

        def near(place: Place, name: str = name, role: Role = role) -> tuple[int, bool, Place]:
            part, service = place
            away = distance(case, role, services[service], part)
            return away, (name, *place) not in used, place

        meant[name] = min(places, key=near)
    refuted = is_refuted(doubt_of_agent(subject.environment))
    strange = symbols.key(subject.environment.security.guardduty_repository_arn) if refuted else ""
    permitted = {
        (part, name): {
            one: asked
            for one, asked in allowed(case, services[name], part).items()
            if one[1] != strange
        }
        for part, name in places
    }
    return RolePlaces(case, meant, permitted, frozenset(name for name, _, _ in used))
