"""Texts with wildcards, compared as the sets of texts that they match.

``app-logs/*`` is part of ``*-logs/*`` although neither begins with the other. What a deployment
only knows is one letter of its own: equal symbols are equal, and no ``?`` stands for one.

    value --pattern--> letters, ONE, MANY --covers, overlap--> yes or no
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bidops_cfn.facts import symbols

Pattern = tuple[str, ...]  # one character, a symbol after NUL, or one of the wildcards below

ONE = "\0?"
MANY = "\0*"
SEGMENT = "\0:"  # any text without a colon: a wildcard inside a part of an ARN
OTHER = "\0"  # a letter that stands in no pattern
EVERYTHING: Pattern = (MANY,)

MOST_STEPS = 20_000
ARN_PARTS = 6


def pattern(value: object) -> Pattern:
    """Return the pattern that the canonical ``value`` is, with ``*`` and ``?`` as wildcards."""
    return _tokens(value, {"*": MANY, "?": ONE})


def literal(value: object) -> Pattern:
    """Return the pattern that matches ``value`` alone, stars included."""
    return _tokens(value, {})


def arn_pattern(value: object) -> Pattern:
    """Return the pattern of an ARN in a condition: each of its six parts is matched alone."""
    found: list[str] = []
    parts = 1
    for letter in pattern(value):
        parts += letter == ":"
        found.append(SEGMENT if letter == MANY and parts < ARN_PARTS else letter)
    return tuple(found)


def lower(tokens: Pattern) -> Pattern:
    """Return ``tokens`` without a difference between capital and small letters."""
    return tuple(token.lower() if len(token) == 1 else token for token in tokens)


def _tokens(value: object, wild: dict[str, str]) -> Pattern:
    found: list[str] = []
    for part in symbols.parts_of(value):
        written = symbols.text(part)
        if written is None:
            found.append("\0" + symbols.key(part))
        else:
            found += (wild.get(letter, letter) for letter in written)
    return tuple(found)


@lru_cache(maxsize=8192)
def covered(narrow: Pattern, wide: tuple[Pattern, ...]) -> bool:
    """Tell whether each text that ``narrow`` matches is matched by one of ``wide``.

    False where that takes too long to find out, which nothing but a hostile pattern does.
    """
    if narrow in wide or EVERYTHING in wide:
        return True
    wide = tuple(one for one in wide if not _apart(narrow, one))
    if not wide:
        return False
    letters = {token for one in wide for token in one if len(token) == 1} | {OTHER, ":"}
    start = (0, _closure(wide, ((number, 0) for number in range(len(wide)))))
    waiting, seen = [start], {start}
    while waiting:
        at, states = waiting.pop()
        if len(seen) > MOST_STEPS:
            return False
        if at == len(narrow):
            if not any(place == len(wide[number]) for number, place in states):
                return False
            continue
        token = narrow[at]
        following = [(at + 1, states)] if token in (MANY, SEGMENT) else []
        after = at if token in (MANY, SEGMENT) else at + 1
        following += [(after, _step(wide, states, one)) for one in _letters(token, letters)]
        for one in following:
            if one not in seen:
                seen.add(one)
                waiting.append(one)
    return True


def _apart(one: Pattern, other: Pattern) -> bool:
    """Tell whether two patterns already begin so differently that they have no text in common."""
    first, second = _beginning(one), _beginning(other)
    size = min(len(first), len(second))
    return first[:size] != second[:size]


@lru_cache(maxsize=8192)
def _beginning(tokens: Pattern) -> Pattern:
    """Return what every text of a pattern begins with, up to a wildcard or a symbol."""
    size = next((at for at, token in enumerate(tokens) if len(token) > 1), len(tokens))
    return tokens[:size]


def _letters(token: str, letters: set[str]) -> set[str]:
    if token in (ONE, MANY):
        return letters
    return letters - {":"} if token == SEGMENT else {token}


States = frozenset[tuple[int, int]]  # which pattern, and how much of it is matched


def _closure(wide: Sequence[Pattern], states: Iterator[tuple[int, int]]) -> States:
    found = set()
    for number, place in states:
        found.add((number, place))
        for further, token in enumerate(wide[number][place:], place + 1):
            if token not in (MANY, SEGMENT):
                break
            found.add((number, further))
    return frozenset(found)


def _step(wide: Sequence[Pattern], states: States, letter: str) -> States:
    def after() -> Iterator[tuple[int, int]]:
        for number, place in states:
            token = wide[number][place] if place < len(wide[number]) else ""
            if token == MANY or (token == SEGMENT and letter != ":"):
                yield number, place
            elif token == letter or (token == ONE and (len(letter) == 1 or letter == OTHER)):
                yield number, place + 1

    return _closure(wide, after())


@lru_cache(maxsize=8192)
def overlap(one: Pattern, other: Pattern) -> bool:
    """Tell whether a text may match both; a symbol may be any text."""
    if _apart(one, other):
        return False
    waiting, seen = [(0, 0)], {(0, 0)}
    while waiting:
        place, there = waiting.pop()
        if place == len(one) and there == len(other):
            return True
        first = one[place] if place < len(one) else ""
        second = other[there] if there < len(other) else ""
        steps = []
        if _free(first):
            steps += [(place + 1, there), *([(place, there + 1)] if second else [])]
        if _free(second):
            steps += [(place, there + 1), *([(place + 1, there)] if first else [])]
        if first and second and (first == second or ONE in (first, second)):
            steps.append((place + 1, there + 1))
        for step in steps:
            if step not in seen:
                seen.add(step)
                waiting.append(step)
    return False


def _free(token: str) -> bool:
    return len(token) > 1 and token != ONE


@dataclass(frozen=True)
class Texts:
    """A set of texts: what matches one of ``patterns``, or all others where ``excluded``."""

    patterns: tuple[Pattern, ...]
    excluded: bool = False

    def covers(self, other: Texts) -> bool:
        """Tell whether every text of ``other`` is one of these."""
        if self.excluded and other.excluded:
            return all(covered(one, other.patterns) for one in self.patterns)
        if self.excluded:
            return not any(overlap(a, b) for a in self.patterns for b in other.patterns)
        if other.excluded:
            return EVERYTHING in self.patterns
        return all(covered(one, self.patterns) for one in other.patterns)

    def overlaps(self, other: Texts) -> bool:
        """Tell whether a text may be in both."""
        if self.excluded and other.excluded:
            return True
        if self.excluded or other.excluded:
            out, within = (self, other) if self.excluded else (other, self)
            return not all(covered(one, out.patterns) for one in within.patterns)
        return any(overlap(a, b) for a in self.patterns for b in other.patterns)


ALL = Texts((EVERYTHING,))
