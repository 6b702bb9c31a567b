"""``verify``: the specification against the running stack."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.environments import choose_environments, environments_option, require_one
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import form_option, pass_project
from bidops_cfn.cli.since import Since
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@environments_option("Verify this environment's stack.")
@click.option(
    "--since",
    type=Since(),
    default="24h",
    show_default=True,
    metavar="AGO|TIME",
    help="Measure what happened from so long ago (90m, 2d), or from this time (2026-03-01T23:30Z).",
)
@form_option(
    ("text", "json", "junit", "markdown"), "For people, for programs, or as a document, on stdout."
)
@pass_project
def command(
    project: Project,
    *,
    names: tuple[str, ...],
    every: bool,
    since: timedelta | datetime,
    form: str,
) -> int:
    """Compare the running stack with the specification, row by row; change nothing.

    There is a row for each requirement, scenario and assumption of the proofs. It holds, fails, or
    is not observed, and says why; nothing holds without an answer of AWS. Exits 1 when a row fails,
    7 when AWS does not tell.

    \b
    Examples:
      bidops-cfn verify --env prod
      bidops-cfn verify --env dev --env test --profile dev=me --profile test=me2
      bidops-cfn verify --env prod --since 7d | grep -v ^holds
      bidops-cfn verify --env prod --output junit > verify.xml
      bidops-cfn verify --env prod --output json | jq 'select(.outcome=="fails")'
    """
    chosen = choose_environments(project, names, every=every)
    if form not in ("text", "json"):
        require_one(chosen, f"--output {form}", "a document is about one environment", "verify")

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.verify.survey import verify

        return verify(runtime, target, since)

    return operate(project, chosen, form, action, reading=True)
