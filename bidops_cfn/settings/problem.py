"""One thing wrong with the settings, how its key and its value are written, and where to look.

Settings that nothing has checked yet are read by ``table``, ``array`` and ``walk``, whatever shape
they have.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from bidops_cfn.frozen import frozen
from bidops_cfn.printable import printable

LONGEST_PATH = 200
MOST_LEVELS = 20
LARGEST = 2**63  # no integer of TOML is larger
TYPE_NAMES = {
    bool: "a boolean",
    int: "an integer",
    float: "a float",
    str: "a string",
    list: "an array",
    dict: "a table",
    date: "a date",
    datetime: "a date with a time",
    time: "a time",
}


@frozen
class Problem:
    """One thing wrong with a settings file: where it stands, what was found, what is allowed.

    ``found`` is empty where a required key is missing.
    """

    path: str
    found: str
    allowed: str

    def __str__(self) -> str:
        """Return ``services.bff.cpu: found 300; allowed: 256, 512, ...``."""
        found = f"found {self.found}" if self.found else "missing required key"
        path = self.path if len(self.path) <= LONGEST_PATH else f"{self.path[:LONGEST_PATH]}..."
        return f"{path}: {found}; allowed: {self.allowed}"


def shown(value: object) -> str:
    """Return ``value`` as a settings file would write it, on one line, cut where it is long."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value if len(value) <= 60 else f"{value[:57]}...")
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= LARGEST):
        return str(value)
    if isinstance(value, int):
        return "an integer of more than 64 bits"
    return TYPE_NAMES.get(type(value), type(value).__name__)


def span(least: int, most: int) -> str:
    """Return ``2`` or ``1 to 5``."""
    return f"{least}" if least == most else f"{least} to {most}"


def near(word: str, known: Sequence[str]) -> str:
    """Return `` (did you mean "us-east-1" or "us-east-2"?)`` where some of ``known`` are near."""
    close = difflib.get_close_matches(word, known, n=2)
    if close and len(close) == 2 and _ratio(word, close[0]) > _ratio(word, close[1]):
        del close[1]
    meant = " or ".join(f'"{one}"' for one in sorted(close))
    return f" (did you mean {meant}?)" if meant else ""


def question(word: str, known: Sequence[str]) -> str:
    """Return ``Did you mean "us-east-1"?`` where some of ``known`` are near, as a sentence."""
    meant = near(word, known).strip(" ()")
    return meant[:1].upper() + meant[1:]


def _ratio(word: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, word).ratio()


def quoted(text: str) -> str:
    """Return ``text`` in quotes as TOML writes it, everything in it visible."""
    return printable(json.dumps(text, ensure_ascii=False))


def join(path: str, key: str) -> str:
    """Return the key path of ``key`` inside the table at ``path``, quoted where TOML quotes it."""
    written = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else quoted(key)
    return f"{path}.{written}" if path else written


def table(values: object, *keys: str) -> dict[str, Any]:
    """Return the table at a key path of unchecked settings, or an empty one."""
    for key in keys:
        values = values.get(key) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def array(values: dict[str, Any], key: str) -> list[Any]:
    """Return the array at ``key`` of unchecked settings, or an empty one."""
    value = values.get(key)
    return value if isinstance(value, list) else []


def walk(value: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield everything in unchecked settings, tables and arrays too, with its key path."""
    yield path, value
    for where, inner in _inside(value, path):
        yield from walk(inner, where)


def too_deep(value: object, path: str = "", left: int = MOST_LEVELS) -> Iterator[Problem]:
    """Yield what is nested deeper than anything can be read, and would exhaust what reads it."""
    if not left:
        found = f"tables and arrays in more than {MOST_LEVELS} levels"
        yield Problem(path, found, "those that params.schema.json describes")
        return
    for where, inner in _inside(value, path):
        yield from too_deep(inner, where, left - 1)


def _inside(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from ((join(path, key), inner) for key, inner in value.items())
    elif isinstance(value, list):
        yield from ((f"{path}[{index}]", inner) for index, inner in enumerate(value))
