"""Options that several commands share, and the project that they work in."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from bidops_cfn.cli.completion import complete_environment
from bidops_cfn.project import Project, find

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


def pass_project(function: Callable[Concatenate[Project, P], R]) -> Callable[P, R]:
    """Call ``function`` with the project that holds ``--project`` or the current folder."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(find(start(click.get_current_context())), *args, **kwargs)

    return wrapper


def start(context: click.Context) -> Path:
    """Return the folder that the command line works in."""
    return Path(context.find_object(str) or Path.cwd())


def env_option(*, required: bool = False, text: str = "The environment.") -> Callable[[F], F]:
    """Return the option ``--env``."""
    return click.option(
        "-e",
        "--env",
        "name",
        metavar="ENV",
        required=required,
        help=text,
        shell_complete=complete_environment,
    )


def project_option() -> click.Option:
    """Return ``--project`` as it stands behind a command's name."""

    def choose(context: click.Context, _parameter: click.Parameter, folder: str | None) -> None:
        if folder is not None:
            context.obj = os.path.realpath(folder)

    return click.Option(
        ["--project"],
        type=click.Path(exists=True, file_okay=False),
        metavar="DIR",
        expose_value=False,
        callback=choose,
        help="Work in the project that holds DIR instead of the current folder.",
    )


def form_option(forms: Sequence[str], text: str) -> Callable[[F], F]:
    """Return the option ``--output``, which names a form, and ``--format``, its former name."""

    def decorate(function: F) -> F:
        renamed = renamed_option("--format", "--output", "form", click.Choice(forms))
        option = click.option(
            "--output",
            "form",
            type=click.Choice(forms),
            default=forms[0],
            show_default=True,
            help=text,
        )
        return option(renamed(function))

    return decorate


def file_option(text: str) -> Callable[[F], F]:
    """Return the option ``--out``, which names a file."""
    return click.option(
        "-o", "--out", "file", type=click.Path(path_type=Path), metavar="FILE", help=text
    )


def renamed_option(
    old: str, new: str, parameter: str, kind: click.ParamType[Any]
) -> Callable[[F], F]:
    """Return the hidden option ``old``, whose value stands for that of ``new``."""
    name = f"old_{parameter}"

    def decorate(function: Callable[..., Any]) -> Any:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            value = kwargs.pop(name)
            if value is not None:
                note_renaming(old, new)
                kwargs[parameter] = value
            return function(*args, **kwargs)

        return click.option(old, name, type=kind, hidden=True)(wrapper)

    return decorate


def note_renaming(old: str, new: str) -> None:
    """Say on stderr that an option has another name."""
    click.echo(f"Note: {old} is now {new}; the old name will be removed.", err=True)
