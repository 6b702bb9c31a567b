"""What the deploying commands have in common: options, surroundings, and how they end.

Each ends with exactly one ``result`` record, also when an error ends it. Signals that ask the
process to go (SIGTERM, SIGHUP) leave as Ctrl-C does, without a question.
"""

from __future__ import annotations

import functools
import os
import random
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bidops_cfn.errors import BidopsCfnError, UsageError
from bidops_cfn.model import Environment
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.check.engine import Engine
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target

F = TypeVar("F", bound=Callable[..., Any])
Action = Callable[["Runtime", "Target"], "Result"]

OUTCOMES = {
    1: "failed",
    2: "unusable",
    3: "refused",
    4: "change set failed",
    5: "needs a human",
    6: "busy",
    7: "still running",
    8: "declined",
    130: "interrupted",
}


def output_option() -> Callable[[F], F]:
    """Return the option ``--output``."""
    return click.option(
        "--output",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="Text for people on stderr, or one JSON object per line on stdout.",
    )


def timeout_option() -> Callable[[F], F]:
    """Return the option ``--timeout``; without it the settings' limit holds."""
    return click.option(
        "--timeout",
        "minutes",
        type=click.FloatRange(min=0, min_open=True),
        metavar="MINUTES",
        help="Time limit, instead of deploy.timeout_minutes of the settings.",
    )


def yes_option() -> Callable[[F], F]:
    """Return the option ``--yes``."""
    return click.option("-y", "--yes", is_flag=True, help="Ask nothing.")


def output(form: str) -> Plain:
    """Return where a command tells what happens: JSON lines, a live display, or plain lines."""
    from bidops_cfn.cli.lines import Lines
    from bidops_cfn.cli.plain import Plain, lively

    if form == "json":
        return Lines()
    if lively():
        from bidops_cfn.cli.live import Live

        return Live()
    return Plain()


def ended(shown: Plain, environment: str, action: Callable[[], Result]) -> int:
    """Return the exit code of ``action``, after its result was reported; an error goes on."""
    from bidops_cfn.deploy.records import Result

    with shown:
        try:
            result = action()
        except BidopsCfnError as error:
            shown.fail(
                Result(
                    outcome=OUTCOMES.get(error.exit_code, "failed"),
                    exit_code=error.exit_code,
                    summary=str(error),
                    details=error.details,
                    next=error.hint,
                    environment=environment,
                )
            )
            raise
        shown.emit(result)
    return result.exit_code


def operate(
    project: Project,
    name: str,
    form: str,
    action: Action,
    *,
    images: Callable[[], Mapping[str, str]] = dict,
    bucket: str | None = None,
    sandbox: bool = False,
) -> int:
    """Run ``action`` on the environment ``name``, report how it ended, and return the exit code."""
    shown = output(form)

    def run() -> Result:
        from bidops_cfn import params

        given = images()
        environment = params.load(project.params, name)
        with place(shown, environment, sandbox=sandbox) as defaults, signals():
            what = target(project, environment, {**defaults, **given}, bucket)
            return action(runtime(shown, environment), what)

    return ended(shown, name, run)


@contextmanager
def place(shown: Plain, environment: Environment, *, sandbox: bool) -> Iterator[Mapping[str, str]]:
    """Hold the AWS to work in, the account or a local one, with the images that it offers."""
    if not sandbox:
        yield {}
        return
    from bidops_cfn.cli import local

    with local.started(shown, environment) as started, variables(started.variables(environment)):
        yield local.images()


def runtime(shown: Plain, environment: Environment) -> Runtime:
    """Return the surroundings of an operation in the region that the shell asks for.

    A shell that asks for none gets the environment's region.
    """
    from bidops_cfn.deploy.client import Boto, configured_region
    from bidops_cfn.deploy.clock import SystemClock
    from bidops_cfn.deploy.runtime import Runtime

    return Runtime(
        wire=Boto(configured_region() or environment.region),
        clock=SystemClock(),
        output=shown,
        terminal=shown,
        chance=random.random,
        unique=lambda: uuid.uuid4().hex,
    )


@contextmanager
def signals() -> Iterator[None]:
    """Hold handlers that turn the signals which end a process politely into an interrupt."""
    from bidops_cfn.deploy.attend import Terminated

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    polite = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, terminate) for number in polite}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Hold environment variables for AWS clients, without the profile that would overrule them."""
    before = dict(os.environ)
    os.environ.pop("AWS_PROFILE", None)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def target(
    project: Project,
    environment: Environment,
    images: Mapping[str, str],
    bucket: str | None,
) -> Target:
    """Return what the project holds for the environment: fresh render and committed file."""
    from bidops_cfn import template
    from bidops_cfn.deploy.target import Target

    path = project.template(environment.name)
    try:
        committed = path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {project.shown(path)}", str(error)) from error
    return Target(
        environment=environment,
        rendered=template.render(environment),
        committed=committed,
        path=project.shown(path),
        findings=lambda: findings(project, environment.name),
        images=images,
        bucket=bucket,
    )


@functools.cache
def engine() -> Engine:
    """Return the rules, loaded once in a process."""
    from bidops_cfn.check.engine import Engine

    return Engine()


def findings(project: Project, name: str) -> list[str]:
    """Return what ``check`` finds in the committed template of the environment ``name``."""
    from bidops_cfn.check.engine import Request

    path = project.template(name)
    report = engine().check(Request(path, project.shown(path), name, project.root))
    return [f"{one.rule} {one.logical_id or one.pointer}: {one.message}" for one in report.findings]
