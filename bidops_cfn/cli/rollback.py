"""``rollback``: bringing a stack that stopped half way back to a stable state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.completion import complete_logical_id
from bidops_cfn.cli.deploy_options import output_option, timeout_option, yes_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Roll this environment's stack back.")
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    metavar="LOGICAL_ID",
    shell_complete=complete_logical_id,
    help="Leave this resource as it is, if rolling it back failed; repeatable.",
)
@yes_option()
@timeout_option()
@output_option()
@pass_project
def command(
    project: Project,
    name: str,
    skipped: tuple[str, ...],
    minutes: float | None,
    form: str,
    *,
    yes: bool,
) -> int:
    """Roll a stack back that is in CREATE_FAILED, UPDATE_FAILED or UPDATE_ROLLBACK_FAILED.

    \b
    Examples:
      bidops-cfn rollback --env test
      bidops-cfn rollback --env test --skip BffService
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.rollback import rollback

        limit = minutes or target.environment.deploy.timeout_minutes
        return rollback(runtime, target, skipped, limit, yes=yes)

    return operate(project, name, form, action)
