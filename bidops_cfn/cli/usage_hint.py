"""What may have been meant by a command line that click cannot read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import click

from bidops_cfn.cli.completion import environments
from bidops_cfn.settings.problem import near, question

NO_COMMAND = re.compile(r"No such command '(.*)'", re.DOTALL)
EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL)
ENVIRONMENT = "--env"


def usage_hint(error: click.ClickException, program: str, commands: Sequence[str]) -> str:
    """Return what to type instead of what ``error`` is about; nothing where that is not known."""
    return "\n".join(_hints(error, program, commands))


def _hints(error: click.ClickException, program: str, commands: Sequence[str]) -> Iterator[str]:
    context = getattr(error, "ctx", None) or click.Context(click.Command(program))
    known = environments(context)
    message = error.format_message()
    if match := NO_COMMAND.match(message):
        word = match.group(1)
        if word in known:
            yield f"{word} is an environment: {program} COMMAND {ENVIRONMENT} {word}"
        else:
            yield question(word, commands)
    elif match := EXTRA.match(message):
        word = match.group(1).split(" ")[0]
        command = f"{context.command_path} {ENVIRONMENT}"
        if _takes_environment(context) and word in known:
            yield f"Name the environment with an option: {command} {word}"
        elif _takes_environment(context) and near(word, known):
            yield f"{question(word, known)} Name the environment with an option: {command} ENV"
    elif _about_environment(error) and known:
        yield f"Environments of this project: {', '.join(known)}"


def _takes_environment(context: click.Context) -> bool:
    return any(ENVIRONMENT in one.opts for one in context.command.params)


def _about_environment(error: click.ClickException) -> bool:
    """Tell whether ``--env`` is missing, or its value is, or is empty."""
    if isinstance(error, click.BadParameter):
        return error.param is not None and ENVIRONMENT in error.param.opts
    return isinstance(error, click.BadOptionUsage) and error.option_name == ENVIRONMENT
