"""``status``: the stack, what runs, and what is in ALARM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option
from bidops_cfn.cli.environments import choose_environments, environments_option, require_one
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import pass_project
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@environments_option("Report on this environment's stack.")
@click.option("--watch", is_flag=True, help="Report again whenever something changed, on stdout.")
@click.option(
    "--drift",
    is_flag=True,
    help="Let CloudFormation compare every resource with what was deployed; takes some minutes.",
)
@output_option()
@pass_project
def command(
    project: Project, *, names: tuple[str, ...], every: bool, watch: bool, drift: bool, form: str
) -> int:
    """Show stack, services, tasks, alarms and images, and whether the committed template runs.

    Exits 1 when something needs attention. With --watch, Ctrl-C ends it, and the exit code is that
    of the last report. Several environments are looked at side by side, for the worst exit code.
    Drift is what the last detection found; --drift begins one and waits for it.

    \b
    Examples:
      bidops-cfn status --env prod
      bidops-cfn status --env prod --watch
      bidops-cfn status --env prod --drift
      bidops-cfn status --all --profile night
      bidops-cfn status --env prod --output json | jq .services
    """
    chosen = choose_environments(project, names, every=every)
    if watch:
        require_one(chosen, "--watch", "reports of several would not be told apart", "status")
    if watch and drift:
        raise UsageError(
            "--watch and --drift exclude each other",
            "a detection takes minutes, and its result is reported once",
            hint=f"bidops-cfn status --env {chosen[0]} --drift",
        )

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.status import status, watch_status

        return watch_status(runtime, target) if watch else status(runtime, target, drift=drift)

    return operate(project, chosen, form, action, reading=watch)
