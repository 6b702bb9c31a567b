"""Lines of a width: broken between words, and long words after a character that parts them."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PARTS = re.compile(r"[^/:,.=_-]*[/:,.=_-]+|[^/:,.=_-]+")


def wrapped(line: str, width: int, indent: str = "", *, whole: bool = False) -> Iterator[str]:
    """Yield ``line`` in lines of at most ``width`` columns; those after the first are indented.

    ``whole`` words stay in one piece, and may be longer than a line.
    """
    start = line[: len(line) - len(line.lstrip())]
    current = start
    room = width - len(indent)
    for word in re.findall(r"\S+\s*", line[len(start) :]):
        for piece in [word] if whole else _pieces(word, room):
            if len(current) + len(piece.rstrip()) > width and current.strip():
                yield current.rstrip()
                current = indent
            current += piece
    if current.strip():
        yield current.rstrip()


def _pieces(word: str, room: int) -> Iterator[str]:
    """Yield a word in pieces that fit, parted where it has a sign that parts it."""
    if len(word.rstrip()) <= room:
        yield word
        return
    piece = ""
    for part in _PARTS.findall(word):
        rest = part
        while len(piece) + len(rest.rstrip()) > room:
            if piece:
                yield piece
                piece = ""
            else:
                yield rest[:room]
                rest = rest[room:]
        piece += rest
    if piece:
        yield piece
