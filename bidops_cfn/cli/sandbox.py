"""``sandbox``: a local AWS that stays, for any AWS client to work against."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from bidops_cfn.cli import options
from bidops_cfn.cli.local import ELSEWHERE, PACE_VARIABLE, SLOWEST, leads_elsewhere
from bidops_cfn.cli.output_file import show, write
from bidops_cfn.cli.terminal import fold
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project
from bidops_cfn.settings.environment import Environment

STOP = "Press Ctrl-C to stop."
LIMITS = (
    "It shows what a deployment would have created. It does not run it: tasks have no containers,"
    " alarms no data; operations take a tenth of AWS's time; no permission is enforced;"
    " nothing survives its end. A resource type or property that it cannot show is an error. See"
    " docs/sandbox.md."
)


@click.command()
@options.env(
    "Set up this environment's account; repeatable. All environments unless given.", several=True
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Listen on this port of 127.0.0.1. Any free one unless given.",
)
@click.option(
    "--neighbours",
    type=click.Choice(["exports", "cdk"]),
    default="exports",
    show_default=True,
    help="The shape of the other stacks: everything exported under the names of the settings; or"
    " stacks as CDK makes them, most outputs without exports and a group for each endpoint.",
)
@click.option(
    "--exec",
    "line",
    metavar="COMMAND",
    help="Run COMMAND in a shell that works against the sandbox, and end with it and its exit"
    " code.",
)
@click.option(
    "--env-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what a shell has to read to FILE, as a whole, once the sandbox answers; FILE is"
    " removed at the end.",
)
@click.option(
    "--deployed",
    is_flag=True,
    help="Let the environments' own stacks stand in it from the start, with image 1.0.0.",
)
@options.rehearse
@click.option(
    "--pace",
    type=options.Number(0, SLOWEST),
    metavar="FACTOR",
    help="How many seconds here are one of AWS: 0 ends every operation at once."
    f"  [default: {PACE_VARIABLE}, or 0.1]",
)
@options.pass_project
def sandbox_command(
    project: Project,
    *,
    names: Sequence[str],
    port: int,
    neighbours: str,
    line: str | None,
    env_file: Path | None,
    deployed: bool,
    rehearsed: str | None,
    pace: float | None,
) -> int:
    """Keep a local AWS running, with NetworkStack, StorageStack and SecurityStack deployed.

    Prints the variables to export for the first environment; serves until Ctrl-C.

    \b
    Examples:
      bidops-cfn sandbox --env dev --exec 'aws cloudformation list-exports'
      bidops-cfn sandbox --env dev --exec bash      a shell, until you leave it
      bidops-cfn sandbox --env dev --neighbours cdk    stacks as CDK makes them
      bidops-cfn sandbox --env dev --deployed --rehearse crash:bff --exec bash
      bidops-cfn sandbox --env dev --port 5000      prints lines to paste
      bidops-cfn sandbox --env dev --env-file sandbox.env &
      until [ -e sandbox.env ]; do sleep 1; done; . ./sandbox.env
    """
    from bidops_cfn.cli.local import local_aws, require_known
    from bidops_cfn.compute import template
    from bidops_cfn.deploy.template import prepare_body
    from bidops_cfn.settings import load

    require_known(rehearsed)
    if line is not None and env_file is not None:
        raise UsageError(
            "--exec and --env-file cannot be used together",
            "the command of --exec has the variables already",
            hint="Leave out one of them.",
        )
    if env_file is not None:
        remove_earlier(env_file)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())
    environments = [
        load.load(project.params, name) for name in dict.fromkeys(names or project.environments)
    ]
    click.echo("Starting a local AWS ...", err=True)
    texts = {each.name: prepare_body(template.render(each)) for each in environments if deployed}
    with local_aws(
        environments, port, neighbours, pace=pace, rehearsed=rehearsed, deployed=texts
    ) as sandbox:
        variables = {each.name: sandbox.variables(each) for each in environments}
        first = variables[environments[0].name]
        if line is not None:
            return run(line, first, stop)
        with written(env_file, first):
            show(exports(first))  # the file stands when they are read
            with contextlib.redirect_stdout(sys.stderr):
                click.echo(guide(environments, variables), nl=False, err=True)
                stop.wait()
    click.echo("\nStopped; everything in it is gone.", err=True)
    return 0


def remove_earlier(path: Path) -> None:
    """Remove the file of an earlier sandbox, which would be read before this one answers.

    Raises ``UsageError`` for any other: it would be lost, here and at the end.
    """
    ours, address = ("unset ", "export AWS_"), "export AWS_ENDPOINT_URL=http://"
    try:
        lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
        known = all(one.startswith(ours) for one in lines) and (
            not lines or any(one.startswith(address) for one in lines)  # else keys of an account
        )
        if path.exists() and not (path.is_file() and known):
            raise UsageError(
                f"cannot write {path}",
                "what is there is of no sandbox, and would be removed",
                hint="Name a file that is not there: --env-file sandbox.env",
            )
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot remove {path}", error.strerror or str(error)) from error


def run(line: str, variables: Mapping[str, str], stop: threading.Event) -> int:
    """Run a shell's command line against the sandbox and return its exit code.

    A signal that asks us to end is passed on; Ctrl-C reaches the command from the terminal.
    """
    kept = {name: value for name, value in os.environ.items() if not leads_elsewhere(name)}
    child = subprocess.Popen(["/bin/sh", "-c", line], env={**kept, **variables})  # noqa: S603 - the user's own command
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    if stop.is_set():  # asked to end while it was starting
        child.terminate()
    code = child.wait()
    return 128 - code if code < 0 else code  # as a shell reports the end by a signal


@contextlib.contextmanager
def written(path: Path | None, variables: Mapping[str, str]) -> Iterator[None]:
    """Hold the file that a shell reads, while the sandbox answers; none where no path is given."""
    if path is None:
        yield
        return
    names = dict.fromkeys([*ELSEWHERE, *sorted(filter(leads_elsewhere, os.environ))])
    text = f"unset {' '.join(names)}\n{exports(variables)}"
    write(path, text)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if path.read_text(encoding="utf-8") == text:  # another sandbox may write its own
                path.unlink()


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
    return "".join(f"{folded(line)}\n" for line in [*lines, "", LIMITS, "", STOP])


def folded(line: str) -> str:
    """Return a line as lines that fit the terminal, its indentation doubled where it goes on."""
    indent = " " * (len(line) - len(line.lstrip()))
    return fold(line.strip(), indent, indent * 2)
