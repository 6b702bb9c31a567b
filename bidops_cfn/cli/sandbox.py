"""``sandbox``: a local AWS that stays, for any AWS client to work against."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Mapping, Sequence

import click

from bidops_cfn.cli.completion import complete_environment
from bidops_cfn.cli.options import pass_project
from bidops_cfn.cli.output_file import show
from bidops_cfn.model import Environment
from bidops_cfn.project import Project

LIMITS = """\
It shows what a deployment would have created. It does not run it: tasks have no containers,
targets no health, alarms no data; operations finish at once; no permission is enforced; nothing
survives its end. A resource type or property that it cannot show is an error. See docs/sandbox.md.
"""


@click.command()
@click.option(
    "-e",
    "--env",
    "names",
    multiple=True,
    metavar="ENV",
    help="Set up this environment's account; repeatable. All environments unless given.",
    shell_complete=complete_environment,
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen on this port of 127.0.0.1. Any free one unless given.",
)
@pass_project
def command(project: Project, names: Sequence[str], port: int) -> None:
    """Keep a local AWS running, with NetworkStack, StorageStack and SecurityStack deployed.

    Prints the variables to export for the first environment; serves until Ctrl-C.

    \b
    Examples:
      bidops-cfn sandbox --env dev --port 5000   in one terminal; in another, paste what it prints
      bidops-cfn sandbox --env dev > sandbox.env &
      . ./sandbox.env && aws cloudformation list-exports
    """
    from bidops_cfn import params
    from bidops_cfn.cli.local import local_aws

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    environments = [
        params.load(project.params, name) for name in dict.fromkeys(names or project.environments)
    ]
    click.echo("Starting a local AWS ...", err=True)
    with local_aws(environments, port) as sandbox:
        variables = {each.name: sandbox.variables(each) for each in environments}
        show(exports(variables[environments[0].name]))
        click.echo(guide(environments, variables), nl=False, err=True)
        stop.wait()
    click.echo("\nStopped; everything in it is gone.", err=True)


def exports(variables: Mapping[str, str]) -> str:
    """Return the lines that a shell evaluates to set ``variables``."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def guide(environments: Sequence[Environment], variables: Mapping[str, Mapping[str, str]]) -> str:
    """Return what a person has to know: whose account this is, the limits, how to stop."""
    lines = [f"The variables are those of {environments[0].name}. A client's key decides:"]
    lines += [
        f"  {each.name}: account {each.account_id}, {each.region},"
        f" AWS_ACCESS_KEY_ID={variables[each.name]['AWS_ACCESS_KEY_ID']}"
        for each in environments
    ]
    stop = "Press Ctrl-C to stop."
    return "\n".join([*lines, "", LIMITS.rstrip(), "", stop, ""])
