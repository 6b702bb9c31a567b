"""Where each key of a TOML text stands: ``tomllib`` reads values and forgets their lines.

The text is one that ``tomllib`` has read, or one that it refused for a key that stands there twice.
Looked at only when something is wrong, to say where.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.problem import Problem, join

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"{3,5}|\'{3}.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"|(?P<comment>#[^\n]*)|(?P<end>\n)|(?P<mark>\[\[|\]\]|[\[\]{}=,.])|(?P<word>[^\s\[\]{}=,.#\"']+)",
    re.DOTALL,
)


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
    at = re.search(r"\(at line (\d+), ", str(error))
    line_part = f":{at.group(1)}" if at else ""
    yield f"{file}{line_part}: not valid TOML: {error}"


def _statements(text: str) -> Iterator[list[Token]]:
    """Yield the tokens of each statement; an array may span lines, a comment is none."""
    line, depth = 1, 0
    statement: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup or "", match.group()
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
    for token in tokens:
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
