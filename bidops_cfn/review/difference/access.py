"""Changes of access: permissions, policies, trust, flows and exposures, widened or narrowed.

By set inclusion: what nothing old covers is wider, what nothing new covers is narrower. A wildcard
that expands to many permissions is folded into one line per statement, which names the wildcard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bidops_cfn.facts import actions
from bidops_cfn.facts.changes import Change, FactChange, FactKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Facts
from bidops_cfn.facts.widening import changes
from bidops_cfn.review.permission_facts import rank

MOST_LINES = 6
ORDER = (Change.WIDENED, Change.UNKNOWN, Change.NARROWED)

Shown = Callable[[str], str]


def access_changes(
    old: Facts, new: Facts, before: Shown = str, after: Shown = str
) -> tuple[FactChange, ...]:
    """Return every change of access: what is wider, what cannot be told, what is narrower.

    ``before`` and ``after`` turn texts about the old and the new template into what people read.
    """
    kinds = list(FactKind)
    found = (_named(one, before, after) for one in _folded(changes(old, new)))
    return tuple(
        sorted(
            found,
            key=lambda one: (
                ORDER.index(one.change),
                kinds.index(one.kind),
                one.subject,
                one.shown,
            ),
        )
    )


def _named(one: FactChange, before: Shown, after: Shown) -> FactChange:
    name = before if one.change is Change.NARROWED else after
    return replace(one, subject=name(one.subject), shown=name(one.shown))


def _folded(found: Iterable[FactChange]) -> Iterator[FactChange]:
    by_statement: dict[tuple[Change, FactKind, str, Path], list[FactChange]] = {}
    for one in found:
        key = (one.change, one.kind, one.subject, one.path)
        by_statement.setdefault(key, []).append(one)
    for group in by_statement.values():
        ordered = sorted(group, key=lambda one: _worst_first(one.shown))
        if len(ordered) > MOST_LINES and ordered[0].within:
            rest = f"and {len(ordered) - 1} more of the same statement: {ordered[0].within}"
            ordered = [replace(ordered[0], shown=f"{ordered[0].shown}, {rest}")]
        for one in ordered:
            yield replace(one, subject=_bare(one.subject))


def _worst_first(shown: str) -> tuple[int, str]:
    action, _, _ = shown.partition(" ")
    return rank(actions.access_level(action)), shown


def _bare(subject: str) -> str:
    """Return ``${BffSecurityGroup.GroupId}`` as ``BffSecurityGroup``."""
    return subject.removeprefix("${").removesuffix("}").removesuffix(".GroupId")
