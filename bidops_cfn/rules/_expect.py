"""Comparing what stands in a template with what must stand there, to the last key.

Expected values are written as a template would hold them. A mapping is closed: a key that is not
expected is a mismatch, as is one that is missing. ``ANY`` accepts every value, ``Maybe`` makes a
key optional, ``Forbidden`` refuses it, ``Keyed`` and ``Unordered`` are lists whose order means
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, descend, mapping


@dataclass(frozen=True)
class Mismatch:
    """What is wrong at a path; ``about`` is the logical id of what is not even there."""

    path: Path
    text: str
    about: str = ""


@dataclass(frozen=True)
class Maybe:
    """A key that may be absent; if it is there, it has this value."""

    expected: object


@dataclass(frozen=True)
class Keyed:
    """A list of mappings that are told apart by the value of one key, in any order."""

    key: str
    expected: Mapping[str, object]


@dataclass(frozen=True)
class Unordered:
    """A list in any order."""

    expected: Sequence[object]


@dataclass(frozen=True)
class Where:
    """Any value that ``holds``; ``what`` says which those are."""

    what: str
    holds: Callable[[object], bool]


@dataclass(frozen=True)
class Forbidden:
    """A key that must not be there; ``why`` says what it does."""

    why: str = ""


ANY = Where("anything", lambda _: True)
ABSENT = Forbidden()
LONGEST_TEXT = 255  # the least that any description may have
SOME_TEXT = Where(
    f"a text of up to {LONGEST_TEXT} printable ASCII characters",
    lambda value: (
        isinstance(value, str)
        and 0 < len(value.strip()) <= len(value) <= LONGEST_TEXT
        and value.isascii()
        and value.isprintable()
    ),
)


def expect(found: object, expected: Mapping[str, object], path: Path) -> Iterator[Mismatch]:
    """Yield how the named values in ``found``, at ``path``, differ from what is expected of them.

    A name such as ``A.B`` leads to one value inside of another; other values are of no interest.
    """
    for name, wanted in expected.items():
        *outer, last = name.split(".")
        yield from _entry(mapping(descend(found, *outer)), last, wanted, (*path, *outer))


def mismatches(actual: object, expected: object, path: Path) -> Iterator[Mismatch]:
    """Yield how ``actual``, which stands at ``path``, differs from ``expected``."""
    if isinstance(expected, Where):
        if not expected.holds(actual):
            yield Mismatch(path, f"is {_shown(actual)}, must be {expected.what}")
    elif isinstance(expected, Keyed):
        yield from _keyed(actual, expected, path)
    elif isinstance(expected, Unordered):
        yield from _unordered(actual, expected, path)
    elif isinstance(expected, dict) and symbols.function(expected) is None:
        yield from _mapping(actual, expected, path)
    elif isinstance(expected, list) and any(map(_is_structure, expected)):
        yield from _list(actual, expected, path)
    elif not symbols.same(actual, symbols.canonical(expected)):
        yield Mismatch(path, f"is {_shown(actual)}, must be {_shown(expected)}")


def used_once(uses: Mapping[Path, str]) -> Iterator[Mismatch]:
    """Yield every path whose name stands at another path, too."""
    count = Counter(uses.values())
    for path, name in uses.items():
        if count[name] > 1:
            yield Mismatch(path, f"is {name}, which is used in {count[name]} places")


def _is_structure(expected: object) -> bool:
    if isinstance(expected, (Where, Keyed, Unordered)):
        return True
    return isinstance(expected, dict) and symbols.function(expected) is None


def _entry(
    actual: Mapping[str, object], name: str, wanted: object, path: Path
) -> Iterator[Mismatch]:
    expected = wanted.expected if isinstance(wanted, Maybe) else wanted
    here = (*path, name)
    if name in actual:
        if isinstance(expected, Forbidden):
            text = expected.why or f"is {_shown(actual[name])}, must not be there"
            yield Mismatch(here, text)
        else:
            yield from mismatches(actual[name], expected, here)
    elif not isinstance(wanted, (Maybe, Forbidden)):
        yield Mismatch(here, f"is missing, must be {_wanted(expected)}")


def _mapping(actual: object, expected: Mapping[str, object], path: Path) -> Iterator[Mismatch]:
    if not isinstance(actual, dict) or symbols.function(actual) is not None:
        yield Mismatch(path, f"is {_shown(actual)}, must be an object of {_wanted(expected)}")
        return
    for name, wanted in expected.items():
        yield from _entry(actual, name, wanted, path)
    for name in actual:
        if name not in expected:
            yield Mismatch((*path, name), f"is {_shown(actual[name])}, must not be there")


def _list(actual: object, expected: Sequence[object], path: Path) -> Iterator[Mismatch]:
    if not isinstance(actual, list):
        yield Mismatch(path, f"is {_shown(actual)}, must be a list of {len(expected)}")
        return
    for index, (item, wanted) in enumerate(zip(actual, expected, strict=False)):
        yield from mismatches(item, wanted, (*path, index))
    for index in range(len(expected), len(actual)):
        yield Mismatch((*path, index), f"is {_shown(actual[index])}, must not be there")
    for wanted in expected[len(actual) :]:
        yield Mismatch(path, f"lacks {_wanted(wanted)}")


def _keyed(actual: object, expected: Keyed, path: Path) -> Iterator[Mismatch]:
    if not isinstance(actual, list):
        yield Mismatch(path, f"is {_shown(actual)}, must be {_names(expected)}")
        return
    seen: set[str] = set()
    for index, item in enumerate(actual):
        name = symbols.show(mapping(item).get(expected.key))
        here = (*path, index)
        if name in seen:
            yield Mismatch(here, f"has {name} a second time")
        elif name in expected.expected:
            wanted = {expected.key: name, **mapping(expected.expected[name])}
            yield from mismatches(item, wanted, here)
        else:
            yield Mismatch(here, f"has {name}, which must not be there")
        seen.add(name)
    for name in expected.expected:
        if name not in seen:
            yield Mismatch(path, f"lacks {name}")


def _names(expected: Keyed) -> str:
    return f"a list of {', '.join(expected.expected) or 'nothing'}"


def _unordered(actual: object, expected: Unordered, path: Path) -> Iterator[Mismatch]:
    if not isinstance(actual, list):
        yield Mismatch(path, f"is {_shown(actual)}, must be a list of {len(expected.expected)}")
        return
    left = list(expected.expected)
    for index, item in enumerate(actual):
        here = (*path, index)
        match = next((w for w in left if not any(mismatches(item, w, here))), None)
        if match is None:
            yield Mismatch(here, f"is {_shown(item)}, which is none of what is wanted")
        else:
            left.remove(match)
    for wanted in left:
        yield Mismatch(path, f"lacks {_wanted(wanted)}")


def _wanted(expected: object) -> str:
    text = _shown(expected)
    if isinstance(expected, Where):
        text = expected.what
    elif isinstance(expected, Keyed):
        text = _names(expected)
    elif isinstance(expected, Maybe):
        text = _wanted(expected.expected)
    elif isinstance(expected, Unordered):
        text = f"a list of {', '.join(map(_wanted, expected.expected))}"
    elif isinstance(expected, list):
        text = f"[{', '.join(map(_wanted, expected))}]"
    elif isinstance(expected, dict) and symbols.function(expected) is None:
        text = ", ".join(f"{name}: {_wanted(value)}" for name, value in expected.items())
        text = "{" + text + "}"
    return text


def _shown(value: object) -> str:
    text = symbols.show(symbols.canonical(value)) if value is not None else "missing"
    text = text or "empty"
    return text if len(text) <= 160 else text[:157] + "..."
