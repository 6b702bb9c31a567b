"""The command group: lists the commands without importing them, and ends every run the same way.

An error becomes one block on stderr and its exit code; Ctrl-C becomes 130; a reader that closed
the pipe early ends us quietly, as it does any Unix filter; output that cannot be written is an
error like any other.
"""

from __future__ import annotations

import importlib
import os
import re
import signal
from collections.abc import Sequence
from typing import Any

import click

from bidops_cfn import __version__
from bidops_cfn.cli.output_file import abandon_output, refuse_stdout, show
from bidops_cfn.cli.terminal import color, show_error
from bidops_cfn.errors import BidopsCfnError, UsageError
from bidops_cfn.printable import block, printable

PROGRAM = "bidops-cfn"
COMPLETION = "_BIDOPS_CFN_COMPLETE"  # set by the shell's completion script of click

# name -> what it does, in the order in which a newcomer meets them
COMMANDS = {
    "render": "Write an environment's template.",
    "check": "Judge templates with cfn-lint and the house rules.",
    "review": "Write what a security team reads: facts, proofs, traceability, a page.",
    "diff": "Show what a change of template widens, narrows and replaces.",
    "explain": "Show what a requirement or rule asks for, and where the template shows it.",
    "init-env": "Add an environment, made from another one.",
    "preflight": "Check whether an environment can be deployed.",
    "plan": "Show what a deployment would change.",
    "deploy": "Create or update an environment's stack.",
    "watch": "Follow the latest operation of a stack.",
    "cancel": "Cancel the update that runs.",
    "rollback": "Roll a stack back that stopped half way.",
    "restart": "Replace the tasks of services by new ones.",
    "stackset": "Hand the template to StackSets, for many accounts.",
    "status": "Show what runs, what is in ALARM, and whether templates match.",
    "verify": "Show whether the specification is true of what runs, with figures.",
    "drill": "Stop a task, and measure how its service takes that.",
    "events": "Show the last operations of a stack, and how each ended.",
    "logs": "Show what the services wrote, and follow it.",
    "open": "Print where the AWS console shows a stack, its services, logs, alarms.",
    "destroy": "Delete an environment's stack.",
    "policy": "Print the IAM policy of a role that deploys.",
    "sandbox": "Keep a local AWS running, with the other stacks deployed.",
}

# command -> the module that it is in, where that has another name
FAMILIES = {
    "preflight": "plan",
    "stackset": "deploy",
    "drill": "verify",
    **dict.fromkeys(("status", "events", "logs", "open"), "operating"),
    **dict.fromkeys(("watch", "cancel", "rollback", "restart", "destroy"), "operating"),
}

CHOICES = re.compile(r"(?<=[:,])\n\t")

# Those that take --profile and --region.
IN_AN_ACCOUNT = {
    *("diff", "init-env", "preflight", "plan", "deploy", "watch", "cancel", "rollback", "restart"),
    "stackset",
    *("status", "verify", "drill", "events", "logs", "open", "destroy"),
}


# ``--project``, before a command's name and behind it.
PROJECT: dict[str, Any] = {
    "type": click.Path(exists=True, file_okay=False),
    "metavar": "DIR",
    "help": "Work in the project that holds DIR instead of the current folder.",
}


def choose(context: click.Context, _parameter: click.Parameter, folder: str | None) -> None:
    """Work in ``folder``, if it is given behind a command's name."""
    if folder is not None:
        context.obj = os.path.realpath(folder)


class LazyCommands(click.Group):
    """A group that imports a command's module when that command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command ``cmd_name`` and return it."""
        if cmd_name not in COMMANDS:
            return None
        word = cmd_name.replace("-", "_")
        module = importlib.import_module(f"bidops_cfn.cli.{FAMILIES.get(cmd_name, word)}")
        command: click.Command = getattr(module, f"{word}_command")
        if all(one.name != "project" for one in command.params):
            option = click.Option(["--project"], expose_value=False, callback=choose, **PROJECT)
            command.params.append(option)
            if cmd_name in IN_AN_ACCOUNT:
                from bidops_cfn.cli.access import access_options

                command.params += access_options()
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from ``COMMANDS``, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyCommands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command has examples: bidops-cfn COMMAND --help",
)
@click.version_option(__version__, "--version", prog_name=PROGRAM)
@click.option("--project", envvar="BIDOPS_CFN_PROJECT", **PROJECT)
@click.pass_context
def commands(context: click.Context, project: str | None) -> None:
    """Render, prove and deploy the ECS compute stack of BidOps AI.

    \b
    Try the whole job on a local AWS, without an account:
      bidops-cfn deploy --env dev --sandbox --yes
    """
    try:
        context.obj = os.path.realpath(project or os.curdir)
    except FileNotFoundError as error:
        raise UsageError(
            "no current folder",
            "it was removed",
            hint="Change into the project's folder, or name it: bidops-cfn --project DIR COMMAND",
        ) from error


def root(arguments: Sequence[str]) -> int:
    """Run the command line with ``arguments`` and return its exit code."""
    try:
        return outcome(arguments)
    except BrokenPipeError:
        # The reader of the output has seen enough.
        abandon_output()
        return 128 + signal.SIGPIPE


def show_usage(error: click.ClickException) -> None:
    """Print what click has to say, and what may have been meant."""
    from bidops_cfn.cli.usage_hint import usage_hint

    if type(error).show is not click.UsageError.show:  # the help, shown for want of arguments
        error.show()
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage(), err=True)
        click.echo(f"Try '{context.command_path} --help' for help.\n", err=True)
    # The message repeats what was typed; click's own list of what may be is in lines.
    message = CHOICES.sub(" ", error.format_message())
    click.echo(f"Error: {printable(message)}", err=True)
    if context is None:
        click.echo(f"Try '{PROGRAM} COMMAND --help' for help.", err=True)
    hint = usage_hint(error, PROGRAM, tuple(COMMANDS))
    if hint:
        click.echo(f"\n{block(hint)}", err=True)


def outcome(arguments: Sequence[str]) -> int:
    """Run the command line, show the error that ended it, and return the exit code."""
    try:
        if COMPLETION in os.environ:
            commands.main(prog_name=PROGRAM)
        # Not commands.main: it would take a closed pipe for a failure, exit code 1.
        with commands.make_context(PROGRAM, list(arguments), color=color()) as context:
            result = commands.invoke(context)
        show("")
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        show_usage(error)
        return error.exit_code
    except BidopsCfnError as error:
        show_error(error)
        return error.exit_code
    except OSError as error:
        # click writes help and versions by itself; what is no stream of ours has a name.
        if isinstance(error, BrokenPipeError) or error.filename is not None:
            raise
        abandon_output()
        show_error(refuse_stdout(error))
        return UsageError.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted: nothing was executed.", err=True)
        return 130
    return result if isinstance(result, int) else 0
