"""Commands on a stack that is there.

Those that look: ``status``, ``events``, ``logs``, ``open``, ``watch``. Those that change it:
``cancel``, ``rollback``, ``restart``, ``destroy``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.completion import complete_logical_id
from bidops_cfn.cli.operation import Action, Operation, limit, operates
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project


@click.command()
@options.environments("Report on this environment's stack.")
@click.option("--watch", is_flag=True, help="Report again whenever something changed, on stdout.")
@click.option(
    "--drift",
    is_flag=True,
    help="Let CloudFormation compare every resource with what was deployed; takes some minutes.",
)
@options.output()
@options.pass_project
def status_command(
    project: Project, *, names: tuple[str, ...], every: bool, watch: bool, drift: bool, form: str
) -> int:
    """Show stack, services, tasks, alarms and images, and whether the committed template runs.

    Exits 1 when something needs attention. With --watch, each report begins with its time in UTC,
    Ctrl-C ends it, and the exit code is that of the last one. Several environments are looked at
    side by side, for the worst exit code. Drift is what the last detection found; --drift begins
    one and waits for it.

    \b
    Examples:
      bidops-cfn status --env prod
      bidops-cfn status --env prod --watch
      bidops-cfn status --env prod --drift
      bidops-cfn status --all --profile night
      bidops-cfn status --env prod --output json | jq .services
    """
    chosen = options.choose_environments(project, names, every=every)
    if watch:
        options.require_one(chosen, "--watch", "reports of several would not be told apart")
    if watch and drift:
        raise UsageError(
            "--watch and --drift exclude each other",
            "a detection takes minutes, and its result is reported once",
            hint=f"bidops-cfn status --env {chosen[0]} --drift",
        )

    from bidops_cfn.deploy.status import status, watch_status

    return Operation(project, chosen, form, reading=watch).run(
        lambda runtime, target: (
            watch_status(runtime, target) if watch else status(runtime, target, drift=drift)
        )
    )


@click.command()
@options.env("Show the operations of this environment's stack.", required=True)
@click.option(
    "--last",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    metavar="N",
    help="How many operations, the newest ones.",
)
@operates(reading=True)
def events_command(last: int) -> Action:
    """Show the last operations of a stack: when, how long, how each ended, and its first cause.

    Times are in UTC. CloudFormation keeps events for 90 days.

    \b
    Examples:
      bidops-cfn events --env prod
      bidops-cfn events --env prod --last 20
      bidops-cfn events --env prod --output json | jq -r .cause
    """
    from bidops_cfn.deploy.watch import show_operations

    return lambda runtime, target: show_operations(runtime, target, last)


@click.command()
@options.env("Show the logs of this environment's stack.", required=True)
@options.service("Show this service alone.")
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines until Ctrl-C.")
@options.since("1h", "Begin so long ago (90s, 30m, 2d), or at this time (2026-03-01T23:30Z).")
@click.option(
    "--filter",
    "text",
    default="",
    metavar="TEXT",
    help="Only lines with this text, or of this filter pattern of CloudWatch Logs.",
)
@operates(reading=True)
def logs_command(
    service: str | None, since: timedelta | datetime, text: str, *, follow: bool
) -> Action:
    """Show the log lines of the stack's services, oldest first, with times in UTC.

    The lines go to stdout, all else to stderr.

    \b
    Examples:
      bidops-cfn logs --env prod --since 15m
      bidops-cfn logs --env prod --service bff --follow
      bidops-cfn logs --env prod --filter '"statusCode":500' | less
      bidops-cfn logs --env prod --filter '{ $.level = "error" }' --output json
    """
    from bidops_cfn.deploy.log_lines import show_logs

    asked = (since, service or "", text)
    return lambda runtime, target: show_logs(runtime, target, *asked, follow=follow)


@click.command()
@click.argument("what", type=click.Choice(["stack", "service", "logs", "alarms"]), default="stack")
@options.env("Show where this environment's stack is.", required=True)
@options.service("Show this service, or its logs, alone.")
@click.option("--browser", is_flag=True, help="Open each address in a browser, too.")
@operates(reading=True)
def open_command(what: str, service: str | None, *, browser: bool) -> Action:
    """Print where the AWS console shows the stack, its services, their logs, or its alarms.

    \b
    Examples:
      bidops-cfn open --env prod
      bidops-cfn open logs --env prod --service bff --browser
      bidops-cfn open alarms --env prod --output json
    """
    if service and what not in ("service", "logs"):
        raise click.UsageError(f"--service goes with service and logs, not with {what}.")
    import webbrowser

    from bidops_cfn.deploy.console import show_links

    visit = webbrowser.open if browser else None
    return lambda runtime, target: show_links(runtime, target, what, service or "", visit)


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
