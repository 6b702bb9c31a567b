"""``cancel``: cancelling an update in progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, timeout_option, yes_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Cancel the update of this environment's stack.")
@yes_option()
@timeout_option()
@output_option()
@pass_project
def command(project: Project, name: str, minutes: float | None, form: str, *, yes: bool) -> int:
    """Cancel the update that runs, and follow the stack back to where it was.

    \b
    Example:
      bidops-cfn cancel --env prod
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.cancel import cancel

        limit = minutes or target.environment.deploy.timeout_minutes
        return cancel(runtime, target, limit, yes=yes)

    return operate(project, name, form, action)
