"""What a role is allowed, by the reviewed list, against what it is granted.

Both are sets of (action, resource, conditions), with account and region filled in, so that
equivalent spellings are equal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from bidops_cfn.facts import symbols
from bidops_cfn.facts.actions import actions_of, catalogue_version
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import Statement
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.settings.problem import Problem, near, shown
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.permissions import (
    CONDITIONS,
    FILE,
    RESOURCES,
    allow_list,
    entries,
    requirement_of,
)
from bidops_cfn.spec.reviewed import HERE, refuse

KINDS = {Part.EXECUTION_ROLE: "execution", Part.TASK_ROLE: "task"}

Allowed = tuple[str, str, str]  # action, resource, conditions; the last two as JSON text


def allowed(case: ReadingUnderReview, service: Service, part: Part) -> Mapping[Allowed, str]:
    """Return all that the role ``part`` of ``service`` is allowed, each with its requirement."""
    return _allowed(case, service.name, part)


@lru_cache(maxsize=64)
def _allowed(case: ReadingUnderReview, name: str, part: Part) -> Mapping[Allowed, str]:
    (service,) = (one for one in case.services if one.name == name)
    found: dict[Allowed, str] = {}
    for entry in entries(service.name, KINDS[part]):
        conditions = []
        under = CONDITIONS[entry["under"]](case, service) if "under" in entry else None
        if under:
            conditions.append(_condition(case, *under))
        for resource in RESOURCES[entry["on"]](case, service):
            shown = symbols.key(case.concrete(resource))
            for action in entry["actions"]:
                found[action, shown, json.dumps(conditions)] = requirement_of(entry)
    return found


@lru_cache(maxsize=64)
def granted(case: ReadingUnderReview, role: Role) -> Mapping[Allowed, Path]:
    """Return all that ``role`` is granted, with the statement that grants it."""
    return {
        one: statement.path
        for statement in role.statements
        if statement.allows
        for one in permissions_of(case, statement)
    }


def distance(case: ReadingUnderReview, role: Role, service: Service, part: Part) -> int:
    """Return how many permissions ``role`` has too many or too few for a place."""
    return len(allowed(case, service, part).keys() ^ granted(case, role).keys())


def on_what(one: Allowed) -> str:
    """Return resource and condition of a permission as a person reads them."""
    _, resource, conditions = one
    under = [f" if {key} {operator} {', '.join(v)}" for operator, key, v in json.loads(conditions)]
    return f"on {symbols.show(json.loads(resource))}{''.join(under)}"


def permissions_of(case: ReadingUnderReview, statement: Statement) -> set[Allowed]:
    """Return all that a statement is about, each action on each resource."""
    conditions = json.dumps(
        [
            _condition(case, operator, key, [json.loads(value) for value in values])
            for operator, key, values in sorted(statement.conditions)
        ]
    )
    resources = [symbols.key(case.concrete(one)) for one in statement.resources]
    if statement.resources_excluded:
        spared = ", ".join(symbols.show(case.concrete(one)) for one in statement.resources)
        resources = [symbols.key(f"everything but {spared}")]
    # A pattern for everything is one permission too many, not twenty thousand.
    names = statement.actions if len(statement.actions) < 500 else frozenset(statement.patterns)
    return {(action, resource, conditions) for action in names for resource in resources}


def _condition(
    case: ReadingUnderReview, operator: str, key: str, values: list[object]
) -> tuple[str, str, list[str]]:
    concrete = (symbols.show(case.concrete(value)) for value in values)
    return operator, key, sorted(concrete)


def check_actions() -> None:
    """Raise ``UsageError`` where the allow-list names an action that the catalogue has not."""
    found = list(unknown_actions(allow_list()))
    if found:
        refuse(FILE, (HERE / FILE).read_text("utf-8"), found)


def unknown_actions(listed: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each action of ``listed``, an allow-list, that is in no catalogue."""
    for service, roles in listed.items():
        for role, granting in roles.items():
            for index, entry in enumerate(granting):
                for place, action in enumerate(entry["actions"]):
                    known = actions_of(action.partition(":")[0])
                    if action not in known:
                        yield Problem(
                            f"{service}.{role}[{index}].actions[{place}]",
                            f"{shown(action)}{near(action, known)}",
                            f"an action as the catalogue {catalogue_version()} spells it",
                        )
