"""Markdown that code hosts render as meant: tables, code spans, alerts, a fence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already, a pipe in one is escaped."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(_cell(cell) for cell in line) + " |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """Return ``text`` as a code span, fenced so that a backtick in it does no harm."""
    if not text:
        return ""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def alert(kind: str, lines: Iterable[str]) -> str:
    """Return a coloured box: ``kind`` is NOTE, TIP, IMPORTANT, WARNING or CAUTION."""
    return "".join(f"> {line}\n" for line in (f"[!{kind}]", *lines))


def bullets(lines: Iterable[str]) -> str:
    """Return a list, one line each."""
    return "".join(f"- {line}\n" for line in lines)


def fence(language: str, text: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def page(sections: Iterable[str]) -> str:
    """Return the sections as one text, an empty line between each."""
    return "\n".join(section.rstrip("\n") + "\n" for section in sections if section)
