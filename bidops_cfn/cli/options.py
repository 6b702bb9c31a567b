"""Options that several commands share, and the project that they work in."""

from __future__ import annotations

import functools
from collections.abc import Callable
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
