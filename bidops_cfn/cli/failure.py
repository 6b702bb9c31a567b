"""How an error looks: one block on stderr, with the next thing to type last."""

from __future__ import annotations

import click

from bidops_cfn.errors import BidopsCfnError


def show_error(error: BidopsCfnError) -> None:
    """Print ``error`` to stderr: what and why, its details, and the hint."""
    click.secho("Error: ", fg="red", bold=True, nl=False, err=True)
    click.echo(str(error), err=True)
    for detail in error.details:
        click.echo(f"  {detail}", err=True)
    if error.hint:
        click.echo(f"\n{error.hint}", err=True)
