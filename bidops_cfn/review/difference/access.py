"""Changes of access: permissions, policies, trust, flows and exposures, widened or narrowed.

By set inclusion: what nothing old covers is wider, what nothing new covers is narrower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bidops_cfn.facts.changes import Change, FactChange, FactKind
from bidops_cfn.facts.reading import Facts
from bidops_cfn.facts.widening import changes

ORDER = (Change.WIDENED, Change.UNKNOWN, Change.NARROWED)

Shown = Callable[[str], str]


def access_changes(
    old: Facts, new: Facts, before: Shown = str, after: Shown = str
) -> tuple[FactChange, ...]:
    """Return every change of access: what is wider, what cannot be told, what is narrower.

    ``before`` and ``after`` turn texts about the old and the new template into what people read.
    """
    kinds = list(FactKind)
    found = (
        _named(one, before if one.change is Change.NARROWED else after) for one in changes(old, new)
    )
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


def _named(one: FactChange, shown: Shown) -> FactChange:
    return replace(one, subject=_bare(shown(one.subject)), shown=shown(one.shown))


def _bare(subject: str) -> str:
    """Return ``${BffSecurityGroup.GroupId}`` as ``BffSecurityGroup``."""
    return subject.removeprefix("${").removesuffix("}").removesuffix(".GroupId")
