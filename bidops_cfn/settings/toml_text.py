"""The text of a TOML file: where each key stands, and how it is copied for a new environment.

``tomllib`` reads values and forgets their lines. The text is one that it has read, or one that it
refused for a key that stands there twice; it is looked at only when something is wrong, to say
where. What is copied is the text rather than its values, so that comments and order stay: a name is
replaced in strings and comments alone, where it stands as a word of its own.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.problem import MOST_LEVELS, Problem, join
from bidops_cfn.settings.shapes import Table

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<comment>#[^\n]*)|(?P<end>\n)|(?P<mark>\[\[|\]\]|[\[\]{}=,.])|(?P<word>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)

STRING_OR_COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#.*')


@frozen
class Token:
    """A piece of the text: its kind, itself, and its line."""

    kind: str
    text: str
    line: int


@frozen
class KeyLines:
    """The first line of each key path, and of each path that stands there again: path, line."""

    first: Mapping[str, int]
    repeated: tuple[tuple[str, int], ...]

    def of(self, path: str) -> int | None:
        """Return the line of ``path``, or of the nearest thing around it; None for the file."""
        while path and path not in self.first:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.first.get(path)


def key_lines(text: str) -> KeyLines:
    """Return where the keys of ``text`` stand."""
    first: dict[str, int] = {}
    written: set[str] = set()
    repeated: list[tuple[str, int]] = []
    counts: Counter[str] = Counter()
    table: tuple[str, ...] = ()
    for statement in _statements(text):
        head = statement[0]
        if head.text in ("[", "[["):
            paths = _paths("", statement[1:])
            if head.text == "[[" and paths:
                counts[paths[-1]] += 1
                paths = (*paths, f"{paths[-1]}[{counts[paths[-1]] - 1}]")
            table = paths
        else:
            paths = _paths(table[-1] if table else "", statement)
        path = paths[-1] if paths else ""
        if path in written:
            repeated.append((path, head.line))
        written.add(path)
        for one in paths:
            first.setdefault(one, head.line)
        for index, line in enumerate(_items(statement)):
            first.setdefault(f"{path}[{index}]", line)
    return KeyLines(first, tuple(repeated))


def located(file: str, text: str, found: Sequence[Problem]) -> Iterator[str]:
    """Yield each problem behind its file and line, ``params/dev.toml:42: ...``, from the top."""
    if not found:
        return
    keys = key_lines(text)
    lines = [keys.of(problem.path) or 0 for problem in found]
    for line, problem in sorted(zip(lines, found, strict=True), key=lambda pair: pair[0]):
        yield f"{file}:{line}: {problem}" if line else f"{file}: {problem}"


def unread(file: str, text: str, error: Exception) -> Iterator[str]:
    """Yield why ``tomllib`` refused ``text``: its ``error``, or the keys that stand there twice."""
    keys = key_lines(text)
    if str(error).startswith("Cannot ") and keys.repeated:
        for path, line in keys.repeated:
            found = f"found again, after line {keys.of(path)}; allowed: each key and table once"
            yield f"{file}:{line}: {path}: {found}"
        return
    at, digits = re.search(r"\(at line (\d+), ", str(error)), re.search(r"[0-9_]{4000,}", text)
    if at:
        yield f"{file}:{at.group(1)}: not valid TOML: {error}"
    elif isinstance(error, RecursionError):
        yield f"{file}: not to be read as TOML: arrays or tables are nested too deeply"
    elif digits:
        line = text.count("\n", 0, digits.start()) + 1
        yield f"{file}:{line}: not valid TOML: an integer of more than 64 bits"
    else:
        yield f"{file}: not valid TOML: {error}"


def copied(text: str, source: str, name: str) -> str:
    """Return the settings ``text`` of the environment ``source`` for the environment ``name``."""
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(source)}(?![A-Za-z0-9])")
    return STRING_OR_COMMENT.sub(lambda found: word.sub(name, found[0]), text)


def with_number(text: str, path: str, number: int) -> str:
    """Return the settings ``text`` with ``number`` at the key ``path``, which stands there."""
    line = key_lines(text).first[path]
    lines = text.splitlines(keepends=True)
    lines[line - 1] = re.sub(r"(=\s*)[0-9]+", rf"\g<1>{number}", lines[line - 1], count=1)
    return "".join(lines)


def renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of ``new`` that differ from those of ``old``, by key path."""
    before = dict(leaves(old))
    return {path: value for path, value in leaves(new) if before.get(path) != value}


def shared(old: Mapping[str, Any], new: Mapping[str, Any], shape: Table) -> dict[str, Any]:
    """Return the settings that both have, though they are usually an environment's own."""
    before = dict(leaves(old))
    return {path: value for path, value in owned(new, shape) if before.get(path) == value}


def owned(values: Mapping[str, Any], shape: Table, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting that is usually an environment's own, with its key path."""
    for name, value in values.items():
        key, here = shape.keys[name], join(path, name)
        if key.own:
            yield from leaves({name: value}, path)
        elif isinstance(key.shape, Table):
            yield from owned(value, key.shape, here)


def leaves(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every value that is no table, with its key path."""
    for key, value in values.items():
        here = join(path, key)
        if isinstance(value, Mapping):
            yield from leaves(value, here)
        else:
            yield here, value


def _statements(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each statement; an array may span lines, a comment is none."""
    line, depth = 1, 0
    statement: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        if kind == "end" and not depth and statement:
            yield statement
            statement = []
        elif kind not in ("end", "comment"):
            statement.append(Token(kind, found, line))
            depth += _depth(statement[-1])
        line += found.count("\n")
    if statement:
        yield statement


def _depth(token: Token) -> int:
    """Return how many brackets ``token`` opens; negative for what it closes."""
    if token.kind != "mark":
        return 0
    return len(re.findall(r"[\[{]", token.text)) - len(re.findall(r"[\]}]", token.text))


def _paths(table: str, tokens: list[Token]) -> tuple[str, ...]:
    """Return the key path that ``tokens`` begin with, below ``table``, after those around it."""
    paths = [table]
    for token in tokens[: 4 * MOST_LEVELS]:  # no key beyond has a path of its own
        if token.kind == "mark" and token.text != ".":
            break
        if token.kind == "string":
            paths.append(join(paths[-1], _unquoted(token.text)))
        elif token.kind == "word":
            paths.append(join(paths[-1], token.text))
    return tuple(paths[1:])


def _unquoted(text: str) -> str:
    """Return the key that a quoted ``text`` is; the text itself where it is no TOML."""
    try:
        return str(tomllib.loads(f"key = {text}")["key"])
    except ValueError:
        return text


def _items(statement: list[Token]) -> Iterator[int]:
    """Yield the line of each item of the array that a statement's value is."""
    marks = [token.text for token in statement]
    if "=" not in marks:
        return
    depth, wanted = 0, False
    for token in statement[marks.index("=") + 1 :]:
        if wanted and (token.kind != "mark" or _depth(token) > 0):
            yield token.line
            wanted = False
        depth += _depth(token)
        wanted = wanted or (depth == 1 and token.kind == "mark" and token.text in ("[", ","))
