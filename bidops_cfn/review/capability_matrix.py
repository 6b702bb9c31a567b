"""Role by AWS service: what each role may do there, by the catalogue's access levels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts.actions import rank
from bidops_cfn.review.permission_facts import PermissionFact

ANY = "any"


@dataclass(frozen=True)
class Matrix:
    """``cells`` are by role and AWS service prefix; ``uses`` says who uses the role as what."""

    roles: tuple[str, ...]
    services: tuple[str, ...]
    cells: Mapping[tuple[str, str], str]
    uses: Mapping[str, str]


def capability_matrix(facts: Sequence[PermissionFact]) -> Matrix:
    """Return the matrix of permission facts: a cell says ``Read 3, Write 1``."""
    counts: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
    for fact in facts:
        if fact.fact == "allows":
            prefix, colon, _ = fact.action.partition(":")
            service = prefix if colon and prefix != "unknown" and "*" not in prefix else ANY
            cell = counts.setdefault((fact.role, service), {})
            cell.setdefault(fact.level, {})[fact.action] = fact.number
    uses: dict[str, list[str]] = {}
    for fact in facts:
        if fact.fact == "used as":
            uses.setdefault(fact.role, []).append(f"{fact.action} of {fact.resource}")
    return Matrix(
        tuple(sorted({fact.role for fact in facts})),
        tuple(sorted({service for _, service in counts})),
        {key: _cell(levels) for key, levels in counts.items()},
        {role: ", ".join(found) for role, found in uses.items()},
    )


def _cell(levels: Mapping[str, Mapping[str, int]]) -> str:
    """Return the worst level first, each with the number of its actions."""
    return ", ".join(
        f"{level.partition(',')[0]} {_number(levels[level].values())}"
        for level in sorted(levels, key=rank)
    )


def _number(numbers: Collection[int]) -> str:
    """Return a sum, ``all`` where one of its parts is not known."""
    return str(sum(numbers)) if all(numbers) else "all"
