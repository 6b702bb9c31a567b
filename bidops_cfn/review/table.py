"""Tab-separated tables: a header, then one fact per line, sorted, so that a diff is the meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bidops_cfn.printable import printable

NOTHING = "-"


def tsv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the table as text: duplicates once, lines in order, nothing in a cell but one line."""
    lines = sorted({"\t".join(_cell(cell) for cell in row) for row in rows})
    return "\n".join(["\t".join(columns), *lines]) + "\n"


def _cell(text: str) -> str:
    return printable(text) or NOTHING
