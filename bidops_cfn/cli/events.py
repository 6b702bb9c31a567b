"""``events``: the last operations of an environment's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Show the operations of this environment's stack.")
@click.option(
    "--last",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="How many operations, the newest ones.",
)
@output_option("Lines of text, or one JSON object per line, on stdout.")
@pass_project
def command(project: Project, name: str, last: int, form: str) -> int:
    """Show the last operations of a stack: when, how long, how each ended, and its first cause.

    Times are in UTC. CloudFormation keeps events for 90 days.

    \b
    Examples:
      bidops-cfn events --env prod
      bidops-cfn events --env prod --last 20
      bidops-cfn events --env prod --output json | jq -r .cause
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.past_operations import show_operations

        return show_operations(runtime, target, last)

    return operate(project, name, form, action, reading=True)
