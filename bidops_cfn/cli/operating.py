"""Commands that operate a stack: ``watch``, ``cancel``, ``rollback``, ``restart``, ``destroy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bidops_cfn.cli.completion import complete_logical_id
from bidops_cfn.cli.operation import Operation
from bidops_cfn.cli.options import (
    env_option,
    output_option,
    pass_project,
    service_option,
    timeout_option,
    yes_option,
)
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target


@click.command()
@env_option("Watch this environment's stack.", required=True)
@timeout_option
@output_option()
@pass_project
def watch_command(project: Project, name: str, minutes: float | None, form: str) -> int:
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

    return Operation(project, [name], form, action).run()


@click.command()
@env_option("Cancel the update of this environment's stack.", required=True)
@yes_option
@timeout_option
@output_option()
@pass_project
def cancel_command(
    project: Project, name: str, minutes: float | None, form: str, *, yes: bool
) -> int:
    """Cancel the update that runs, and follow the stack back to where it was.

    \b
    Example:
      bidops-cfn cancel --env prod
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.rollback import cancel

        limit = minutes or target.environment.deploy.timeout_minutes
        return cancel(runtime, target, limit, yes=yes)

    return Operation(project, [name], form, action).run()


@click.command()
@env_option("Roll this environment's stack back.", required=True)
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    metavar="LOGICAL_ID",
    shell_complete=complete_logical_id,
    help="Leave this resource as it is, if rolling it back failed; repeatable.",
)
@yes_option
@timeout_option
@output_option()
@pass_project
def rollback_command(
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

    return Operation(project, [name], form, action).run()


@click.command()
@env_option("Restart services of this environment's stack.", required=True)
@service_option("Restart this service alone.")
@timeout_option
@yes_option
@output_option()
@pass_project
def restart_command(
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

    return Operation(project, [name], form, action).run()


@click.command()
@env_option("Delete this environment's stack.", required=True)
@yes_option
@timeout_option
@output_option()
@pass_project
def destroy_command(
    project: Project, name: str, minutes: float | None, form: str, *, yes: bool
) -> int:
    """Delete an environment's stack; asks for the environment's name.

    Refused while termination protection is on or other stacks import from it.

    \b
    Example:
      bidops-cfn destroy --env dev
    """

    def action(runtime: Runtime, target: Target) -> Result:
        from bidops_cfn.deploy.destroy import destroy

        limit = minutes or target.environment.deploy.timeout_minutes
        return destroy(runtime, target, limit, yes=yes)

    return Operation(project, [name], form, action).run()
