"""Where something stands in a JSON text: the lines of every key and item, by path."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from bidops_cfn.facts.document import Path

_TOKEN = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Lines(NamedTuple):
    """First and last line, counted from 1."""

    first: int
    last: int


def source_lines(text: str) -> Mapping[Path, Lines]:
    """Return the lines of every value of a valid JSON text; a member starts at its key."""
    tokens: list[tuple[str, int]] = []
    line = 1
    for match in _TOKEN.finditer(text):
        if match[0] == "\n":
            line += 1
        else:
            tokens.append((match[0], line))
    found: dict[Path, Lines] = {}
    _read(tokens, 0, (), tokens[0][1], found)
    return found


def _read(
    tokens: list[tuple[str, int]], place: int, path: Path, first: int, found: dict[Path, Lines]
) -> int:
    """Note the value that begins at ``place`` and all in it; return where the next token is."""
    opening = tokens[place][0]
    if opening in "{[":
        place += 1
        index = 0
        while tokens[place][0] not in "}]":
            step, begin = (index, tokens[place][1])
            if opening == "{":
                step, place = json.loads(tokens[place][0]), place + 2
            place = _read(tokens, place, (*path, step), begin, found)
            place += tokens[place][0] == ","
            index += 1
    found[path] = Lines(first, tokens[place][1])
    return place + 1
