"""``restart``: new tasks for the services of an environment's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.deploy_options import output_option, service_option, timeout_option, yes_option
from bidops_cfn.cli.operation import operate
from bidops_cfn.cli.options import env_option, pass_project
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option(required=True, text="Restart services of this environment's stack.")
@service_option("Restart this service alone.")
@timeout_option()
@yes_option()
@output_option()
@pass_project
def command(
    project: Project,
    *,
    name: str,
    service: str | None,
    minutes: float | None,
    yes: bool,
    form: str,
) -> int:
    """Replace the tasks of services by new ones with the same task definitions.

    For a rotated secret, which a task reads when it starts. Followed like a deployment; ECS goes
    back to the tasks before when the new ones fail. Leaving (Ctrl-C) never touches it.

    \b
    Examples:
      bidops-cfn restart --env dev
      bidops-cfn restart --env prod --service bff
      bidops-cfn restart --env prod --yes --output json
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.restart import restart

        limit = minutes or target.environment.deploy.timeout_minutes
        return restart(runtime, target, service or "", limit, yes=yes)

    return operate(project, name, form, action)
