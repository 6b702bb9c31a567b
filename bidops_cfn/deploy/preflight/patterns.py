"""Wildcards of listener rules: ``*`` stands for any text, ``?`` for one character."""

from __future__ import annotations

from functools import cache

ANY, ONE = "*", "?"


def covers(wide: str, narrow: str) -> bool:
    """Tell whether everything that ``narrow`` matches is matched by ``wide``."""

    @cache
    def rest(at: int, of: int) -> bool:
        if at == len(wide):
            return of == len(narrow)
        if wide[at] == ANY:
            return rest(at + 1, of) or (of < len(narrow) and rest(at, of + 1))
        if of == len(narrow) or narrow[of] == ANY:
            return False
        return wide[at] in (ONE, narrow[of]) and rest(at + 1, of + 1)

    return rest(0, 0)


def overlap(one: str, other: str) -> bool:
    """Tell whether some text is matched by both patterns."""

    @cache
    def rest(at: int, of: int) -> bool:
        if at == len(one) or of == len(other):
            return set(one[at:]) | set(other[of:]) <= {ANY}
        if ANY in (one[at], other[of]):  # it takes a character of the other's, or ends here
            return rest(at + 1, of) or rest(at, of + 1)
        same = one[at] == other[of] or ONE in (one[at], other[of])
        return same and rest(at + 1, of + 1)

    return rest(0, 0)
