"""How an error looks: one block on stderr, with the next thing to type last."""

from __future__ import annotations

import os
import sys
import textwrap

import click

from bidops_cfn.cli.columns import width
from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.printable import block, one_line


def show_error(error: BidopsCfnError) -> None:
    """Print ``error`` to stderr: what and why, its details, and the hint.

    What and why are one line, which is folded at a terminal alone.
    """
    head, what = "Error: ", one_line(str(error))
    click.secho(head, fg="red", bold=True, nl=False, err=True, color=color())
    if sys.stderr.isatty():
        what = fold(what, head, " " * len(head)).removeprefix(head)
    click.echo(what, err=True)
    for detail in error.details:
        click.echo(folded(detail), err=True)
    if error.hint:
        click.echo(f"\n{block(error.hint)}", err=True)


def color() -> bool | None:
    """Return False where people asked for no colour (https://no-color.org); click decides else."""
    unwanted = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return False if unwanted else None


def folded(detail: str) -> str:
    """Return ``detail`` indented, its long lines continued on further indented ones."""
    return fold(one_line(detail), "  ", "      ")


def fold(text: str, first: str, others: str) -> str:
    """Return ``text`` in lines that fit, which begin as said; no word is cut."""
    return textwrap.fill(
        text,
        width(),
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )
