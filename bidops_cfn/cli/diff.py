"""``diff``: what a change of template widens, narrows and replaces."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.completion import complete_against
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.terminal import color, width
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.review.difference.compared import Difference

STYLES = {
    "  WIDENED": "red",
    "  WEAKENED": "red",
    "  REMOVED": "red",
    "  REPLACED": "red",
    "  cannot tell": "yellow",
    "  narrowed": "green",
}


@click.command()
@options.env("Compare this environment's fresh render with what is committed.")
@click.option(
    "--against",
    metavar="deployed|ENV|REV",
    shell_complete=complete_against,
    help="With --env: compare with the deployed stack, another environment or a git revision.",
)
@click.option("--exit-code", is_flag=True, help="Exit 1 when the templates differ, as git diff.")
@options.form(
    ["text", "json", "markdown"], "For people, for programs, or for a comment on a pull request."
)
@click.option("--full", is_flag=True, help="Text: show every changed value.")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[OLD NEW]")
@options.pass_project
def diff_command(
    project: Project,
    name: str | None,
    *,
    against: str | None,
    exit_code: bool,
    form: str,
    full: bool,
    files: tuple[Path, ...],
) -> int:
    """Show what differs between two templates: access first, then resources, then the rest.

    Permissions, flows and exposures are compared as sets: WIDENED is what was not possible before.
    What changed and is in none of these sets is named: cannot tell. Files may be JSON or YAML.

    \b
    Examples:
      bidops-cfn diff --env prod                     settings against committed
      bidops-cfn diff --env prod --against deployed  against what runs
      bidops-cfn diff --env prod --against test      what differs beyond names
      bidops-cfn diff --env prod --against main --output markdown
      bidops-cfn diff old.json new.json --exit-code
    """
    from bidops_cfn.cli import versions
    from bidops_cfn.review.difference.compared import compare

    if files and (name is not None or against is not None):
        raise UsageError("two kinds of comparison", "give two files, or --env with --against")
    chosen = name is not None or len(files) == 2
    options.require_choice(project, "compare", chosen, "--env ENV or two files")
    sides = versions.of_environment(project, name, against) if name else versions.of_files(*files)
    found = compare(*sides)
    show(formatted(found, form, full=full))
    return 1 if exit_code and not found.empty else 0


def formatted(found: Difference, form: str, *, full: bool) -> str:
    """Return the difference in the form that was asked for, coloured on a terminal."""
    if form == "json":
        from bidops_cfn.review.difference.compared import as_json

        return as_json(found)
    if form == "markdown":
        from bidops_cfn.review.difference.comment import comment

        return comment(found)
    from bidops_cfn.review.difference.text import text

    terminal = sys.stdout.isatty()
    # A terminal would cut long words; what a program reads keeps them in one piece.
    lines = text(found, full=full, width=width(), whole=not terminal).splitlines(keepends=True)
    coloured = color() is not False and terminal
    return "".join(map(_styled, lines) if coloured else lines)


def _styled(line: str) -> str:
    for start, colour in STYLES.items():
        if line.startswith(start):
            return click.style(start, fg=colour, bold=True) + line[len(start) :]
    return line
