"""Options that commands share, each declared once, and what they mean together."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from bidops_cfn.cli.completion import (
    complete_environment,
    complete_image,
    complete_rehearsal,
)
from bidops_cfn.errors import UsageError
from bidops_cfn.project import Project, find
from bidops_cfn.settings.services import PRODUCTION, SERVICES

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

AGO = re.compile(r"(\d{1,6})([smhdw])")
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=3653)  # the longest retention of a log group, but "never"
EXPECTED = "expected how long ago (90s, 30m, 1h, 2d, 1w), or a time (2026-03-01T23:30Z)"
LINES = "Text for people on stderr, or one JSON object per line on stdout."
FACTS = "Lines of text, or one JSON object per line, on stdout."


def refuse_empty(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Return ``value``; click reports one that is empty, as that of an unset variable is."""
    if "" in (value if isinstance(value, tuple) else (value,)):
        raise click.BadParameter("it is empty", ctx=context, param=parameter)
    return value


class Number(click.FloatRange):
    """A range of numbers; ``nan``, which is beyond no bound, is none of them."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return what was typed; click reports what cannot be used."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


yes = click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
# Without it the settings' limit holds.
timeout = click.option(
    "--timeout",
    "minutes",
    type=Number(min=0, min_open=True),
    metavar="MINUTES",
    help="Time limit, instead of deploy.timeout_minutes of the settings.",
)
image = click.option(
    "--image",
    "images",
    multiple=True,
    metavar="SERVICE=TAG|DIGEST|URI",
    shell_complete=complete_image,
    help="Image of a service: a tag, a digest, or the repository's URI with one; repeatable."
    " On update, a service without one keeps its image.",
)
bucket = click.option(
    "--s3-bucket",
    "bucket",
    metavar="NAME",
    callback=refuse_empty,
    help="For a template too big for a request.",
)
rehearse = click.option(
    "--rehearse",
    "rehearsed",
    metavar="WHAT",
    shell_complete=complete_rehearsal,
    help="Let it go wrong as on AWS: crash:SERVICE or unhealthy:SERVICE (new tasks exit, or"
    " fail their health checks), no-capacity, quota, slow (and succeed), hook, or throttle.",
)


def pass_project(function: Callable[Concatenate[Project, P], R]) -> Callable[P, R]:
    """Call ``function`` with the project that holds ``--project`` or the current folder."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(find(start(click.get_current_context())), *args, **kwargs)

    return wrapper


def start(context: click.Context) -> Path:
    """Return the folder that the command line works in."""
    return Path(context.find_object(str) or Path.cwd())


def env(text: str, *, required: bool = False, several: bool = False) -> Callable[[F], F]:
    """Return the option ``--env``, one ``name``, or ``several``, which are ``names``."""
    return click.option(
        "-e",
        "--env",
        "names" if several else "name",
        metavar="ENV",
        required=required,
        multiple=several,
        callback=refuse_empty,
        help=text,
        shell_complete=complete_environment,
    )


def environments(text: str) -> Callable[[F], F]:
    """Return the options ``--env``, repeatable, and ``--all``: ``names`` and ``every``."""
    every = click.option(
        "--all", "every", is_flag=True, help="Every environment side by side, but for prod."
    )
    names = env(f"{text} Several: side by side.", several=True)
    return lambda function: names(every(function))


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


def require_one(names: Sequence[str], option: str, why: str) -> str:
    """Return the one name; raise ``UsageError`` where ``option`` does not go with several."""
    if len(names) != 1:
        command = click.get_current_context().info_name
        raise UsageError(
            f"{option} takes one environment, not {len(names)}",
            why,
            hint="One at a time:\n"
            + "\n".join(f"  bidops-cfn {command} --env {one} {option}" for one in names),
        )
    return names[0]


def require_choice(project: Project, what: str, chosen: int, choices: str) -> None:
    """Raise ``UsageError`` unless one of ``choices`` was made: nothing, or two things ``what``."""
    if chosen != 1:
        raise UsageError(
            f"{'two things' if chosen else 'nothing'} to {what}",
            f"give {choices}",
            hint=f"Environments of this project: {', '.join(project.environments)}",
        )


def output(text: str = LINES, forms: Sequence[str] = ("text", "json")) -> Callable[[F], F]:
    """Return the option ``--output``, which names the ``form``; the first is the default."""
    return click.option(
        "--output",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=text,
    )


def form(forms: Sequence[str], text: str) -> Callable[[F], F]:
    """Return the option ``--output``, and ``--format``, its former name."""
    former = renamed("--format", "--output", "form", click.Choice(forms))
    option = output(text, forms)
    return lambda function: option(former(function))


def file(text: str) -> Callable[[F], F]:
    """Return the option ``--out``, which names a file."""
    return click.option(
        "-o", "--out", "file", type=click.Path(path_type=Path), metavar="FILE", help=text
    )


def sandbox(text: str) -> Callable[[F], F]:
    """Return the option ``--sandbox``."""
    return click.option("--sandbox", is_flag=True, help=text)


def service(text: str, *, first: bool = False) -> Callable[[F], F]:
    """Return the option ``--service``; the ``first`` service is the default, or none is."""
    names = [one.name for one in SERVICES]
    default = names[0] if first else None
    return click.option(
        "--service", type=click.Choice(names), default=default, show_default=first, help=text
    )


def since(default: str, text: str) -> Callable[[F], F]:
    """Return the option ``--since``."""
    return click.option(
        "--since",
        type=Since(),
        default=default,
        show_default=True,
        metavar="AGO|TIME",
        help=text,
    )


class Since(click.ParamType):  # type: ignore[type-arg] # generic since click 8.3 only
    """``1h``, ``2d``, or a time of ISO 8601 with its zone or in UTC."""

    name = "since"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | datetime:
        """Return what was typed; click reports what cannot be used."""
        ago = AGO.fullmatch(value)
        if ago is not None:
            long = timedelta(**{UNITS[ago[2]]: int(ago[1])})
            if not timedelta() < long <= LONGEST:
                self.fail(f"{value!r} is not between a second and ten years.", param, ctx)
            return long
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no time; {EXPECTED}.", param, ctx)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        now = datetime.now(UTC)
        if when > now:  # a time of the place, typed without its zone
            self.fail(
                f"{value!r} is in the future; in UTC it is {now:%Y-%m-%dT%H:%MZ}.", param, ctx
            )
        return when


def renamed(old: str, new: str, parameter: str, kind: click.ParamType[Any]) -> Callable[[F], F]:
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
