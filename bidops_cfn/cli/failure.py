"""How an error looks: one block on stderr, with the next thing to type last."""

from __future__ import annotations

import os
import textwrap

import click

from bidops_cfn.cli.columns import width
from bidops_cfn.errors import BidopsCfnError
from bidops_cfn.printable import block, one_line


def show_error(error: BidopsCfnError) -> None:
    """Print ``error`` to stderr: what and why, its details, and the hint."""
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True, color=color())
    click.echo(one_line(str(error)), err=True)
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
    return textwrap.fill(
        one_line(detail),
        width(),
        initial_indent="  ",
        subsequent_indent="      ",
        break_long_words=False,
        break_on_hyphens=False,
    )
