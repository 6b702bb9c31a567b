"""Which environments a command works on: ``--env``, several times, or ``--all``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from bidops_cfn.cli.completion import complete_environment
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project

F = TypeVar("F", bound=Callable[..., Any])
PRODUCTION = "prod"


def environments_option(text: str) -> Callable[[F], F]:
    """Return the options ``--env``, repeatable, and ``--all``: ``names`` and ``every``."""

    def decorate(function: F) -> F:
        every = click.option(
            "--all", "every", is_flag=True, help="Every environment side by side, but for prod."
        )
        names = click.option(
            "-e",
            "--env",
            "names",
            metavar="ENV",
            multiple=True,
            help=f"{text} Several: side by side.",
            shell_complete=complete_environment,
        )
        return names(every(function))

    return decorate


def choose_environments(project: Project, names: Sequence[str], *, every: bool) -> tuple[str, ...]:
    """Return the environments to work on, each once: those that are named, then those of ``--all``.

    Production is worked on by its name alone, and ``--all`` says so: it is ``prod``, and what asks
    for its name before a deployment. Raises ``SettingsError``, and click's error where none is
    named.
    """
    if not names and not every:
        context = click.get_current_context()
        option = next(one for one in context.command.params if one.name == "names")
        raise click.MissingParameter(ctx=context, param=option)
    chosen = dict.fromkeys(names)
    if every:
        from bidops_cfn.settings import load

        left_out = [
            one.name
            for one in load.load_all(project.params, project.environments)
            if one.name not in chosen and (one.name == PRODUCTION or one.deploy.confirm_name)
        ]
        chosen.update(dict.fromkeys(one for one in project.environments if one not in left_out))
        for name in left_out:
            click.echo(f"Note: --all leaves {name} out; name it too: --env {name}", err=True)
    return tuple(chosen)


def require_one(names: Sequence[str], option: str, why: str, command: str) -> str:
    """Return the one name; raise ``UsageError`` where ``option`` does not go with several."""
    if len(names) != 1:
        raise UsageError(
            f"{option} takes one environment, not {len(names)}",
            why,
            hint="One at a time:\n"
            + "\n".join(f"  bidops-cfn {command} --env {one} {option}" for one in names),
        )
    return names[0]
