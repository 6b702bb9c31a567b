"""``check``: judge templates with cfn-lint and the house rules, in one pass."""

from __future__ import annotations

import functools
import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.terminal import told_after_a_while
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project, find

if TYPE_CHECKING:
    from bidops_cfn.check.engine import Engine
    from bidops_cfn.check.report import Report, Request

FORMS = ("text", "json", "sarif", "junit", "github")


@click.command()
@options.env("Check this environment's committed template; with --template, FILE as this one.")
@click.option("--all", "everything", is_flag=True, help="Check every committed template.")
@click.option(
    "-t",
    "--template",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Check FILE, as the environment that its metadata names.",
)
@options.form(FORMS, "The form of the report, on stdout.")
@click.option("--no-cache", "anew", is_flag=True, help="Judge anew what was judged today already.")
@click.pass_context
def check_command(
    context: click.Context,
    name: str | None,
    *,
    everything: bool,
    file: Path | None,
    form: str,
    anew: bool,
) -> None:
    """Judge templates; exit 0 when nothing is found, 1 when something is, 2 when it cannot be done.

    Warnings count as findings, and nothing inside a template can silence a rule.

    \b
    Examples:
      bidops-cfn check --all                     every committed template
      bidops-cfn check --env prod                one of them
      bidops-cfn check --template out.json       any file, as its metadata says
      bidops-cfn check --template out.json --env test
                                                 any file, as test
      bidops-cfn check --all --output sarif > out.sarif
    """
    from bidops_cfn.check.report import FORMS as REPORTS
    from bidops_cfn.check.verdicts import Verdicts

    verdicts = Verdicts(None if anew else kept())
    requests = _requests(options.start(context), name, everything, file)
    judging = "the template" if len(requests) == 1 else f"{len(requests)} templates"
    with told_after_a_while(f"Judging {judging} with cfn-lint and the house rules ..."):
        reports = [verdicts.of(one, judged) for one in requests]
    show(REPORTS[form](reports))
    if any(report.findings for report in reports):
        context.exit(1)


@functools.cache
def _engine() -> Engine:
    gc.set_threshold(1_000_000)  # cfn-lint makes half a million objects that stay
    from bidops_cfn.check.engine import Engine

    return Engine()


def judged(request: Request) -> Report:
    """Judge one file; the rules are loaded once in a process."""
    return _engine().check(request)


def kept() -> Path | None:
    """Return the user's folder of verdicts; a pipeline (CI) always judges anew."""
    from bidops_cfn.cli.surroundings import find_cache_folder

    return None if os.environ.get("CI") else find_cache_folder("verdicts")


def _requests(folder: Path, name: str | None, everything: bool, file: Path | None) -> list[Request]:
    from bidops_cfn.check.report import Request
    from bidops_cfn.settings import load

    if file is not None:
        if everything:
            raise UsageError("two things to check", "give --template FILE or --all")
        home = _home(file.absolute().parent) or _home(folder)
        if name is not None and name not in (project := find(folder)).environments:
            raise load.unknown(project.params, name)
        return [Request(file, str(file), name or "", home.root if home else None)]
    project = find(folder)
    chosen = everything + (name is not None)
    options.require_choice(project, "check", chosen, "--env ENV, --all or --template FILE")
    names = project.environments if name is None else (name,)
    load.load_all(project.params, names)  # every mistake in all of them, before the long work
    return [_committed(project, one) for one in names]


def _committed(project: Project, name: str) -> Request:
    from bidops_cfn.check.report import Request

    file = project.template(name)
    if not file.exists():
        raise UsageError(
            f"{project.shown(file)} does not exist",
            f"the template of {name} was never rendered",
            hint="Render and commit it: bidops-cfn render --all",
        )
    return Request(file, project.shown(file), name, project.root)


def _home(folder: Path) -> Project | None:
    """Return the project that ``folder`` lies in; a template may lie outside of all."""
    try:
        return find(folder)
    except UsageError:
        return None
