"""``iam.tsv``: who may assume each role, who uses it, and what it allows, one fact per line.

========  ============================  ======================  =================
fact      action                        resource                condition
========  ============================  ======================  =================
allows    an action of the catalogue    what it applies to      when
denies    an action of the catalogue    what it applies to      when
trusts    sts:AssumeRole                the principal           when
used as   task role or execution role   the service
used with a variable                    its value and effect
bounded   permissions boundary          its ARN, or none
========  ============================  ======================  =================

An action is spelt as the catalogue spells it. One pattern with a wildcard stays one line, which
names or counts what it expands to: a review must see it, not drown in it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.actions import rank
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.exposures import telling_variables
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import EVERYONE, Condition, Statement, show_principal
from bidops_cfn.review.role_places import RolePlaces, role_places, role_uses
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.writing import code, plain, table, tsv
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.reviewed import NONE
from bidops_cfn.spec.variables import ON_ACCESS

COLUMNS = ("role", "fact", "action", "access level", "resource", "condition", "sid", "requirement")
MANAGED_POLICY = "unknown: managed policy"
USED_WITH = "used with"
EXCLUDED = "everything but "
UNCONDITIONALLY = ", unconditionally"
MOST_NAMES = 6

Numbers = tuple[tuple[str, int], ...]  # access level, how many actions


class PermissionFact(NamedTuple):
    """A line of the table; ``path`` leads into the template.

    ``numbers`` are how many actions of each access level it stands for, 0 when that is not known.
    """

    role: str
    fact: str
    action: str = "-"
    level: str = "-"
    resource: str = "-"
    condition: str = "-"
    sid: str = "-"
    requirement: str = "-"
    path: Path = ()
    numbers: Numbers = ()

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``COLUMNS``."""
        return self[:8]

    @property
    def told(self) -> str:
        """What the role may do or is, as one text: ``allows s3:GetObject arn:...``."""
        return " ".join(filter(shown, (self.fact, self.action, self.resource)))

    @property
    def when(self) -> str:
        """The condition behind what is told, empty where there is none."""
        return f" when {self.condition}" if shown(self.condition) else ""


def iam_tsv(subject: Subject) -> str:
    """Return the text of ``iam.tsv``."""
    return tsv(COLUMNS, (fact.cells for fact in permission_facts(subject)))


@lru_cache(maxsize=SUBJECTS)
def permission_facts(subject: Subject) -> tuple[PermissionFact, ...]:
    """Return every line of the table, each once, in order."""
    found = {
        fact._replace(path=()): fact._replace(path=reading.origin(fact.path))
        for reading in subject.readings
        for fact in _of_case(subject, reading)
    }
    return tuple(sorted(found.values(), key=lambda fact: fact.cells))


def _of_case(subject: Subject, reading: Reading) -> Iterator[PermissionFact]:
    shown = subject.names.shown
    places = role_places(subject, reading)
    for use in role_uses(reading):
        reason = places.reason_of_use(use)
        fact = PermissionFact(shown(use.role), "used as", use.part, resource=use.service)
        yield fact._replace(requirement=reason, path=use.path)
    uses = {use.service: use.role for use in role_uses(reading) if use.part is Part.TASK_ROLE}
    for variable, told in telling_variables(reading, ON_ACCESS):
        user = shown(uses.get(variable.subject, variable.subject))
        fact = PermissionFact(user, USED_WITH, "a variable", resource=shown(told))
        yield fact._replace(requirement=NONE, path=variable.path)
    for role in reading.roles.values():
        yield _boundary(subject, places, role)
        for statement in role.trust:
            yield from _trusts(subject, places, role.logical_id, statement)
        for statement in role.statements:
            yield from _statement(subject, places, role, statement)
        for policy, path in role.outside:
            arn = shown(symbols.show(policy))
            fact = PermissionFact(role.logical_id, "allows", MANAGED_POLICY, "Unknown", arn)
            yield fact._replace(requirement=NONE, path=path, numbers=(("Unknown", 0),))


def _boundary(subject: Subject, places: RolePlaces, role: Role) -> PermissionFact:
    boundary = role.resource.get("PermissionsBoundary")
    bound = subject.names.shown(symbols.show(boundary)) if boundary is not None else "none"
    path = role.resource.at("PermissionsBoundary") if boundary else role.resource.path
    reason = places.reason_of_boundary(boundary)
    return PermissionFact(role.logical_id, "bounded", resource=bound, requirement=reason, path=path)


def _trusts(
    subject: Subject, places: RolePlaces, role: str, statement: Statement
) -> Iterator[PermissionFact]:
    for _, action, _ in _granted(statement):
        spared = ", ".join(show_principal(*one) for one in statement.spared)
        for one in statement.principals if statement.allows else ():
            text = f"{EVERYONE} but {spared}" if spared else show_principal(*one)
            principal = subject.names.shown(text)
            yield PermissionFact(
                role,
                "trusts",
                action,
                resource=principal,
                condition=conditions(subject, statement.conditions),
                requirement=places.reason_of_trust(role, action, principal, statement.conditions),
                path=statement.path,
            )


def _statement(
    subject: Subject, places: RolePlaces, role: Role, statement: Statement
) -> Iterator[PermissionFact]:
    excluded = EXCLUDED if statement.resources_excluded else ""
    together = [statement.resources] if excluded else [(one,) for one in statement.resources]
    for patterns, action, numbers in _granted(statement):
        for resources in together:
            allowed = statement.allows
            line = replace(statement, patterns=patterns, resources=resources)
            yield PermissionFact(
                role.logical_id,
                "allows" if allowed else "denies",
                action,
                min((level for level, _ in numbers), key=rank, default="Unknown"),
                excluded + subject.names.shown(", ".join(sorted(map(symbols.show, resources)))),
                conditions(subject, statement.conditions),
                statement.sid,
                places.reason_of(role, line) if allowed else "-",
                statement.path,
                numbers,
            )


def _granted(statement: Statement) -> Iterator[tuple[tuple[str, ...], str, Numbers]]:
    """Yield patterns, the actions that they are, and how many of each access level.

    A pattern with a wildcard comes once, as it stands, and patterns that are left out together.
    """
    if statement.patterns_excluded:
        excluded = EXCLUDED + ", ".join(statement.patterns)
        yield statement.patterns, *_summary(excluded, statement.actions)
        return
    for pattern in statement.patterns:
        found = actions.expand(pattern)
        alone = len(found) == 1 and not actions.is_wild(pattern)
        yield (pattern,), *_summary("" if alone else pattern, found)


def _summary(pattern: str, found: frozenset[str]) -> tuple[str, Numbers]:
    names = sorted(found)
    listed = " ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} actions"
    levels = Counter(actions.access_level(name) for name in names)
    return f"{pattern} = {listed}" if pattern else listed, tuple(sorted(levels.items()))


def conditions(subject: Subject, found: Iterable[Condition]) -> str:
    """Return the conditions of a statement as one cell, ``-`` where there is none."""
    parts = []
    for operator, key, values in sorted(found):
        wanted = (subject.names.shown(symbols.show(json.loads(value))) for value in values)
        parts.append(f"{operator} {key} {', '.join(wanted)}")
    return "; ".join(parts) or "-"


ANY = "any"


def capability_matrix(facts: Sequence[PermissionFact]) -> str:
    """Return role by AWS service: a cell says ``Read 3, Write 1``, by the catalogue's levels."""
    counts: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    uses: dict[str, list[str]] = {}
    for fact in facts:
        if fact.fact == "allows":
            prefix, colon, _ = fact.action.partition(":")
            named = colon and prefix.isascii() and re.fullmatch("[a-z0-9-]+", prefix)
            service = prefix if named and prefix != "unknown" else ANY
            cell = counts.setdefault((fact.role, service), {})
            for level, number in fact.numbers:
                cell.setdefault(level, {})[fact.action] = number
        elif fact.fact == "used as":
            uses.setdefault(fact.role, []).append(f"{fact.action} of {fact.resource}")
    services = sorted({service for _, service in counts})
    return table(
        ("Role", "Used as", *map(plain, services)),
        (
            (
                code(role),
                plain(", ".join(uses.get(role, ()))) or "**no service**",
                *(_cell(counts.get((role, service), {})) for service in services),
            )
            for role in sorted({fact.role for fact in facts})
        ),
    )


def _cell(levels: Mapping[str, Mapping[str, int]]) -> str:
    """Return the worst level first, each with the number of its actions, ``all`` if not known."""
    numbers = {level: [*levels[level].values()] for level in sorted(levels, key=rank)}
    return ", ".join(
        f"{level.partition(',')[0]} {sum(found) if all(found) else 'all'}"
        for level, found in numbers.items()
    )


@dataclass(frozen=True)
class Grant:
    """A statement, or what of it has the same resources: each action applies to each of them."""

    role: str
    fact: str
    sid: str
    condition: str
    requirement: str
    actions: tuple[tuple[str, str], ...]
    resources: tuple[str, ...]


def grants(facts: Sequence[PermissionFact]) -> list[Grant]:
    """Return lines that say the same of several actions or resources as one, exactly."""
    resources: dict[tuple[str, str, str, str, str], dict[tuple[str, str], list[str]]] = {}
    for one in facts:
        key = (one.role, one.fact, one.sid, one.condition, one.requirement)
        of_action = resources.setdefault(key, {}).setdefault((one.action, one.level), [])
        of_action.append(one.resource)
    found = []
    for key, by_action in resources.items():
        together: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for action, applied in by_action.items():
            together.setdefault(tuple(dict.fromkeys(applied)), []).append(action)
        found += [Grant(*key, tuple(actions), same) for same, actions in together.items()]
    return found


def by_statement(facts: Sequence[PermissionFact]) -> str:
    """Return every permission, a statement in a row."""
    return table(
        ("Role", "Statement", "Actions", "Resources", "Condition", "Asked for by"),
        (
            (
                plain(one.role),
                plain(one.fact if one.sid == "-" else one.sid),
                "<br>".join(map(_action, one.actions)),
                "<br>".join(map(code, one.resources)),
                code(shown(one.condition)),
                plain(shown(one.requirement)),
            )
            for one in grants(facts)
        ),
    )


def _action(action: tuple[str, str]) -> str:
    name, level = map(shown, action)
    return f"{code(name)} ({plain(level)})" if level else code(name)


def shown(cell: str) -> str:
    """Return the cell of a fact as a page shows it: nothing where there is nothing."""
    return "" if cell == "-" else cell
