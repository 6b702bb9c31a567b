"""How tables are written, and how a number of things reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bidops_cfn.printable import printable

NOTHING = "-"


def tsv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a tab-separated table: a header, then each row once, in order, so that it diffs well.

    Nothing in a cell is more than one line.
    """
    lines = sorted({"\t".join(_cell(cell) for cell in row) for row in rows})
    return "\n".join(["\t".join(columns), *lines]) + "\n"


def _cell(text: str) -> str:
    return printable(text) or NOTHING


def counted(number: int, noun: str) -> str:
    """Return ``1 resource``, ``2 resources``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
