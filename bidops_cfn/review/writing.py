"""How a review is written: Markdown that code hosts render as meant, and tab-separated tables.

Text from a template, a setting or AWS goes into ``code`` or ``plain``; everything else of Markdown
takes Markdown, and keeps each piece of it on its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bidops_cfn.printable import printable

_MEANING = re.compile(r"[\\`*<>&\[\]|~]|\$(?!\{)|:(?=//)|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already, a pipe in one is escaped.

    A column in which no row has anything is left out.
    """
    lines = [columns, ["---"] * len(columns), *rows]
    told = [place for place, cells in enumerate(zip(*lines, strict=True)) if any(cells[2:])]
    told = told or [*range(len(columns))]
    return "".join(
        "| " + " | ".join(_cell(line[place]) for place in told) + " |\n" for line in lines
    )


def _cell(text: str) -> str:
    return printable(text).strip().replace("|", "\\|")


def plain(text: str) -> str:
    """Return ``text`` as it is, where Markdown would find marks in it."""
    return _MEANING.sub(lambda match: f"&#{ord(match.group())};", printable(text))


def prose(text: str) -> str:
    """Return a sentence of ours that quotes names in backticks: names are code, the rest plain."""
    parts = text.split("`")
    return "".join(code(part) if place % 2 else plain(part) for place, part in enumerate(parts))


def code(text: str) -> str:
    r"""Return ``text`` as a code span that holds it whatever it is, in a table too.

    A fence of backticks is longer than any inside. A pipe behind a backslash ends the cell for some
    readers and not for others, so such a text is an element with both written as numbers.
    """
    text = printable(text)
    if "\\|" in text or text.isspace():
        return f"<code>{plain(text).replace(' ', '&#32;')}</code>"
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    room = " " if longest or text[:1] == text[-1:] == " " else ""
    return f"{ticks}{room}{text}{room}{ticks}" if text else ""


def alert(kind: str, lines: Iterable[str]) -> str:
    """Return a coloured box: ``kind`` is NOTE, TIP, IMPORTANT, WARNING or CAUTION."""
    return "".join(f"> {line}\n" for line in (f"[!{kind}]", *map(printable, lines)))


def bullets(lines: Iterable[str]) -> str:
    """Return a list, one line each."""
    return "".join(f"- {line}\n" for line in map(printable, lines))


def fence(language: str, text: str) -> str:
    """Return a code block."""
    return f"```{language}\n{text.rstrip()}\n```\n"


def folded(title: str, text: str) -> str:
    """Return Markdown that opens when its title, which is ours, is chosen."""
    return f"<details><summary>{title}</summary>\n\n{text.rstrip()}\n\n</details>\n"


def page(sections: Iterable[str]) -> str:
    """Return the sections as one text, an empty line between each."""
    return "\n".join(section.rstrip("\n") + "\n" for section in sections if section)


def tsv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a tab-separated table: a header, then each row once, in order, so that it diffs well.

    Nothing in a cell is more than one line.
    """
    lines = sorted({"\t".join(printable(cell) or "-" for cell in row) for row in rows})
    return "\n".join(["\t".join(columns), *lines]) + "\n"


def counted(number: int, noun: str) -> str:
    """Return ``1 resource``, ``2 resources``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
