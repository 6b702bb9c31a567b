"""What changed between two templates: values that differ, and facts that only one of them has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, mapping

TEMPLATE = "template"


class Change(StrEnum):
    """Whether more or less is possible than before, or that cannot be told."""

    WIDENED = "widened"
    NARROWED = "narrowed"
    UNKNOWN = "cannot tell"


class FactKind(StrEnum):
    """What kind of fact changed, worst first."""

    FLOW = "flow"
    PERMISSION = "permission"
    POLICY = "policy"
    TRUST = "trust"
    ROLE = "role"
    EXPOSURE = "exposure"
    UNREAD = "unread"


@dataclass(frozen=True)
class FactChange:
    """One fact that only one of two templates has; ``path`` leads into that template."""

    change: Change
    kind: FactKind
    subject: str
    shown: str
    path: Path

    @property
    def widened(self) -> bool:
        """Whether more is possible than before."""
        return self.change is Change.WIDENED

    @property
    def told(self) -> str:
        """The change in one line; its direction only where that is unknown."""
        if self.change is not Change.UNKNOWN:
            return f"{self.subject}: {self.shown}"
        subject = "" if self.subject == TEMPLATE else f"{self.subject} "
        return f"{self.change}: {subject}{self.shown}"


GONE = object()


class Difference(NamedTuple):
    """Two values that differ at ``path``; ``GONE`` where one side has nothing."""

    path: Path
    before: object
    after: object


def differences(old: object, new: object, path: Path = ()) -> Iterator[Difference]:
    """Yield every difference between two canonical values."""
    if old is not GONE and new is not GONE and symbols.same(old, new):
        return
    if _plain(old) and _plain(new):
        before, after = mapping(old), mapping(new)
        for name in sorted({*before, *after}):
            one, other = before.get(name, GONE), after.get(name, GONE)
            yield from differences(one, other, (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from differences(one, other, (*path, index))
        elif _names(old) and _names(new):
            yield from _by_name(old, new, path)
        else:
            yield from _items(old, new, path)
    else:
        yield Difference(path, old, new)


def leaves(found: Difference) -> Iterator[Difference]:
    """Yield what is added or removed as a whole in its parts."""
    whole = found.after if found.before is GONE else found.before
    if GONE not in (found.before, found.after) or not isinstance(whole, (Mapping, list)):
        yield found
        return
    parts: list[tuple[str | int, object]] = []
    if isinstance(whole, list):
        parts.extend(enumerate(whole))
    elif _plain(whole):
        parts.extend(mapping(whole).items())
    if not parts:
        yield found
    for step, item in parts:
        sides = (GONE, item) if found.before is GONE else (item, GONE)
        yield from leaves(Difference((*found.path, step), *sides))


def _plain(value: object) -> bool:
    return isinstance(value, Mapping) and symbols.function(value) is None


def _names(several: Sequence[object]) -> list[str]:
    """Return the names of items that all have one of their own, such as containers."""
    found = [symbols.text(mapping(one).get("Name")) for one in several]
    names = [one for one in found if one is not None]
    return names if len(set(names)) == len(several) else []


def _by_name(old: list[object], new: list[object], path: Path) -> Iterator[Difference]:
    before, after = _names(old), _names(new)
    for index, (name, item) in enumerate(zip(before, old, strict=True)):
        if name not in after:
            yield Difference((*path, index), item, GONE)
    for index, (name, item) in enumerate(zip(after, new, strict=True)):
        known = old[before.index(name)] if name in before else GONE
        yield from differences(known, item, (*path, index))


def _items(old: list[object], new: list[object], path: Path) -> Iterator[Difference]:
    """Yield what only one of two lists of different length has."""
    before, after = [symbols.key(one) for one in old], [symbols.key(one) for one in new]
    for index, one in enumerate(old):
        if before[index] not in after:
            yield Difference((*path, index), one, GONE)
    for index, one in enumerate(new):
        if after[index] not in before:
            yield Difference((*path, index), GONE, one)
    if set(before) == set(after):
        yield Difference(path, f"{len(old)} items", f"{len(new)} items, some repeated")
