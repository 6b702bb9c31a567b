"""Permissions as people read them: what each role may do where, and statement by statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts.actions import rank
from bidops_cfn.review.markdown import code, plain, table
from bidops_cfn.review.permission_facts import PermissionFact

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
            cell.setdefault(fact.level, {})[fact.action] = fact.number
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
