"""Changes of access: permissions, trust, flows, and the posture of tasks, widened or narrowed.

By set inclusion: a fact that nothing old covers is wider, one that nothing new covers is narrower.
A wildcard that expands to many permissions is folded into one line per statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts import actions
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Facts
from bidops_cfn.facts.widening import Change, FactChange, FactKind, changes
from bidops_cfn.review.permission_facts import rank

MOST_LINES = 6


class AccessKind(StrEnum):
    """What kind of access changed, worst first."""

    FLOW = "flow"
    PERMISSION = "permission"
    TRUST = "trust"
    ROLE = "role"
    EXPOSURE = "exposure"


@dataclass(frozen=True)
class AccessChange:
    """One line of the difference; ``path`` leads into the new template, or the old if narrowed."""

    change: Change
    kind: AccessKind
    subject: str
    shown: str
    path: Path

    @property
    def widened(self) -> bool:
        """Whether more is possible than before."""
        return self.change is Change.WIDENED


KINDS = {
    FactKind.FLOW: AccessKind.FLOW,
    FactKind.PERMISSION: AccessKind.PERMISSION,
    FactKind.TRUST: AccessKind.TRUST,
    FactKind.ROLE: AccessKind.ROLE,
    FactKind.EXPOSURE: AccessKind.EXPOSURE,
}


def access_changes(old: Facts, new: Facts) -> tuple[AccessChange, ...]:
    """Return every change of access, widened ones first."""
    found = list(_folded(changes(old, new)))
    order = list(AccessKind)
    return tuple(
        sorted(
            found,
            key=lambda one: (not one.widened, order.index(one.kind), one.subject, one.shown),
        )
    )


def _folded(found: Iterable[FactChange]) -> Iterator[AccessChange]:
    by_statement: dict[tuple[Change, FactKind, str, Path], list[FactChange]] = {}
    for one in found:
        key = (one.change, one.kind, one.subject, one.path)
        by_statement.setdefault(key, []).append(one)
    for (change, kind, subject, path), group in by_statement.items():
        shown = sorted((one.shown for one in group), key=_worst_first)
        if len(shown) > MOST_LINES:
            shown = [f"{shown[0]}, and {len(shown) - 1} more of the same statement"]
        for text in shown:
            yield AccessChange(change, KINDS[kind], _bare(subject), text, path)


def _worst_first(shown: str) -> tuple[int, str]:
    action, _, _ = shown.partition(" ")
    return rank(actions.access_level(action)), shown


def _bare(subject: str) -> str:
    """Return ``${BffSecurityGroup.GroupId}`` as ``BffSecurityGroup``."""
    return subject.removeprefix("${").removesuffix("}").removesuffix(".GroupId")
