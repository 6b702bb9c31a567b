"""``logs``: what the stack's containers wrote."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, service_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.cli.since import Since
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Show the logs of this environment's stack.")
@service_option("Show this service alone.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@click.option(
    "--since",
    type=Since(),
    default="1h",
    show_default=True,
    metavar="AGO|TIME",
    help="Begin so long ago (90s, 30m, 2d), or at this time (2026-03-01T23:30Z).",
)
@click.option(
    "--filter",
    "text",
    default="",
    metavar="TEXT",
    help="Only lines with this text, or of this filter pattern of CloudWatch Logs.",
)
@output_option("Lines of text, or one JSON object per line, on stdout.")
@pass_project
def command(
    project: Project,
    *,
    name: str,
    service: str | None,
    follow: bool,
    since: timedelta | datetime,
    text: str,
    form: str,
) -> int:
    """Show the log lines of the stack's services, oldest first, with times in UTC.

    The lines go to stdout, all else to stderr.

    \b
    Examples:
      bidops-cfn logs --env prod --since 15m
      bidops-cfn logs --env prod --service bff --follow
      bidops-cfn logs --env prod --filter '"statusCode":500' | less
      bidops-cfn logs --env prod --filter '{ $.level = "error" }' --output json
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.log_lines import LogRequest, show_logs

        return show_logs(runtime, target, LogRequest(since, service or "", text, follow))

    return operate(project, name, form, action, reading=True)
