"""``watch``: following the latest operation of an environment's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, timeout_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Watch this environment's stack.")
@timeout_option()
@output_option()
@pass_project
def command(project: Project, name: str, minutes: float | None, form: str) -> int:
    """Follow the latest operation of a stack to its end, or tell how it ended.

    Leaving (Ctrl-C, a closed terminal, the time limit) never touches the operation.

    \b
    Examples:
      bidops-cfn watch --env prod
      bidops-cfn watch --env prod --timeout 5 --output json
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.watch import watch

        return watch(runtime, target, minutes or target.environment.deploy.timeout_minutes)

    return operate(project, name, form, action)
