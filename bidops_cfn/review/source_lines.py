"""Where something stands in a JSON text: the lines of every key and item, by path."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from json.decoder import scanstring  # type: ignore[attr-defined] # not in the stubs
from typing import NamedTuple

from bidops_cfn.facts.paths import Path

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^,\]}\s]+")


class Lines(NamedTuple):
    """First and last line, counted from 1."""

    first: int
    last: int


def source_lines(text: str) -> Mapping[Path, Lines]:
    """Return the lines of every value of a valid JSON text; a member starts at its key."""
    reader = _Reader(text)
    reader.value((), reader.skip(0))
    return reader.found


class _Reader:
    """One pass over the text; positions are character offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[Path, Lines] = {}
        self._ends = [match.start() for match in re.finditer("\n", text)]

    def skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def value(self, path: Path, start: int, key_start: int | None = None) -> int:
        opening = self.text[start]
        if opening == "{":
            end = self._members(path, start + 1)
        elif opening == "[":
            end = self._items(path, start + 1)
        elif opening == '"':
            end = int(scanstring(self.text, start + 1)[1])
        else:
            match = _SCALAR.match(self.text, start)
            end = match.end() if match else start + 1
        first = start if key_start is None else key_start
        self.found[path] = Lines(self._line(first), self._line(end - 1))
        return end

    def _members(self, path: Path, position: int) -> int:
        position = self.skip(position)
        while self.text[position] != "}":
            key, after = scanstring(self.text, position + 1)
            value = self.skip(self.skip(after) + 1)
            position = self._next(self.value((*path, key), value, position))
        return position + 1

    def _items(self, path: Path, position: int) -> int:
        position = self.skip(position)
        index = 0
        while self.text[position] != "]":
            position = self._next(self.value((*path, index), position))
            index += 1
        return position + 1

    def _next(self, position: int) -> int:
        position = self.skip(position)
        return self.skip(position + 1) if self.text[position] == "," else position

    def _line(self, position: int) -> int:
        return bisect_left(self._ends, position) + 1
