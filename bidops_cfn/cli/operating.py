"""Commands that operate a stack: ``watch``, ``cancel``, ``rollback``, ``restart``, ``destroy``."""

from __future__ import annotations

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.completion import complete_logical_id
from bidops_cfn.cli.operation import Action, limit, operates


@click.command()
@options.env("Watch this environment's stack.", required=True)
@options.timeout
@operates()
def watch_command(minutes: float | None) -> Action:
    """Follow the latest operation of a stack to its end, or tell how it ended.

    Leaving (Ctrl-C, a closed terminal, the time limit) never touches the operation.

    \b
    Examples:
      bidops-cfn watch --env prod
      bidops-cfn watch --env prod --timeout 5 --output json
    """
    from bidops_cfn.deploy.watch import watch

    return lambda runtime, target: watch(runtime, target, limit(target, minutes))


@click.command()
@options.env("Cancel the update of this environment's stack.", required=True)
@options.yes
@options.timeout
@operates()
def cancel_command(minutes: float | None, *, yes: bool) -> Action:
    """Cancel the update that runs, and follow the stack back to where it was.

    \b
    Example:
      bidops-cfn cancel --env prod
    """
    from bidops_cfn.deploy.rollback import cancel

    return lambda runtime, target: cancel(runtime, target, limit(target, minutes), yes=yes)


@click.command()
@options.env("Roll this environment's stack back.", required=True)
@click.option(
    "--skip",
    "skipped",
    multiple=True,
    metavar="LOGICAL_ID",
    shell_complete=complete_logical_id,
    help="Leave this resource as it is, if rolling it back failed; repeatable.",
)
@options.yes
@options.timeout
@operates()
def rollback_command(skipped: tuple[str, ...], minutes: float | None, *, yes: bool) -> Action:
    """Roll a stack back that is in CREATE_FAILED, UPDATE_FAILED or UPDATE_ROLLBACK_FAILED.

    \b
    Examples:
      bidops-cfn rollback --env test
      bidops-cfn rollback --env test --skip BffService
    """
    from bidops_cfn.deploy.rollback import rollback

    return lambda runtime, target: rollback(
        runtime, target, skipped, limit(target, minutes), yes=yes
    )


@click.command()
@options.env("Restart services of this environment's stack.", required=True)
@options.service("Restart this service alone.")
@options.timeout
@options.yes
@operates()
def restart_command(service: str | None, minutes: float | None, *, yes: bool) -> Action:
    """Replace the tasks of services by new ones with the same task definitions.

    For a rotated secret, which a task reads when it starts. Followed like a deployment; ECS goes
    back to the tasks before when the new ones fail. Leaving (Ctrl-C) never touches it.

    \b
    Examples:
      bidops-cfn restart --env dev
      bidops-cfn restart --env prod --service bff
      bidops-cfn restart --env prod --yes --output json
    """
    from bidops_cfn.deploy.restart import restart

    return lambda runtime, target: restart(
        runtime, target, service or "", limit(target, minutes), yes=yes
    )


@click.command()
@options.env("Delete this environment's stack.", required=True)
@options.yes
@options.timeout
@operates()
def destroy_command(minutes: float | None, *, yes: bool) -> Action:
    """Delete an environment's stack; asks for the environment's name.

    Refused while termination protection is on or other stacks import from it.

    \b
    Example:
      bidops-cfn destroy --env dev
    """
    from bidops_cfn.deploy.destroy import destroy

    return lambda runtime, target: destroy(runtime, target, limit(target, minutes), yes=yes)
