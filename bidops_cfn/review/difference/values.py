"""Values compared leaf by leaf: each change with its path, its old and its new value as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.paths import Path

ABSENT = "absent"


@dataclass(frozen=True)
class ValueChange:
    """A changed value at ``path`` below what is compared; texts are ``absent`` for nothing."""

    path: Path
    before: str
    after: str

    @property
    def name(self) -> str:
        """The path as people write it: ``ContainerDefinitions[0].Image``."""
        name = ""
        for step in self.path:
            name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
        return name


_GONE = object()


def value_changes(old: object, new: object, path: Path = ()) -> Iterator[ValueChange]:
    """Yield every difference between two canonical values, as deep as both have structure."""
    if old is not _GONE and new is not _GONE and symbols.same(old, new):
        return
    if _plain(old) and _plain(new):
        before, after = mapping(old), mapping(new)
        for name in sorted({*before, *after}):
            one, other = before.get(name, _GONE), after.get(name, _GONE)
            yield from value_changes(one, other, (*path, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from value_changes(one, other, (*path, index))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, path)
    else:
        yield ValueChange(path, _text(old), _text(new))


def _plain(value: object) -> bool:
    return isinstance(value, Mapping) and symbols.function(value) is None


def _items(old: list[object], new: list[object], path: Path) -> Iterator[ValueChange]:
    """Yield what only one of two lists of different length has."""
    before, after = [symbols.key(one) for one in old], [symbols.key(one) for one in new]
    for index, one in enumerate(old):
        if symbols.key(one) not in after:
            yield ValueChange((*path, index), _text(one), ABSENT)
    for index, one in enumerate(new):
        if symbols.key(one) not in before:
            yield ValueChange((*path, index), ABSENT, _text(one))
    if set(before) == set(after):
        yield ValueChange(path, f"{len(old)} items", f"{len(new)} items, some repeated")


def _text(value: object) -> str:
    return ABSENT if value is _GONE else symbols.show(value)
