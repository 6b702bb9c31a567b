"""What the deploying commands have in common: their surroundings, and how they end.

Each ends with exactly one ``result`` record, also when an error ends it. Signals that ask the
process to go (SIGTERM, SIGHUP) leave as Ctrl-C does, without a question.
"""

from __future__ import annotations

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
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import Runtime
    from bidops_cfn.deploy.target import Target

F = TypeVar("F", bound=Callable[..., Any])

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


def output(form: str) -> Plain:
    """Return where a command tells what happens: JSON lines, a live display, or plain lines."""
    from bidops_cfn.cli.lines import Lines
    from bidops_cfn.cli.plain import Plain

    return Lines() if form == "json" else Plain()


def ended(shown: Plain, environment: str, action: Callable[[], Result]) -> int:
    """Return the exit code of ``action``, after its result was reported; an error goes on."""
    from bidops_cfn.deploy.records import Result

    try:
        result = action()
    except BidopsCfnError as error:
        shown.flush()
        shown.emit(
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


@contextmanager
def runtime(shown: Plain, environment: Environment) -> Iterator[Runtime]:
    """Hold the surroundings of an operation in the region that the shell asks for.

    A shell that asks for none gets the environment's region.
    """
    from bidops_cfn.deploy.attend import Terminated
    from bidops_cfn.deploy.client import Boto, configured_region
    from bidops_cfn.deploy.clock import SystemClock
    from bidops_cfn.deploy.runtime import Runtime

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    before = {number: signal.signal(number, terminate) for number in ending_signals()}
    try:
        yield Runtime(
            wire=Boto(configured_region() or environment.region),
            clock=SystemClock(),
            output=shown,
            terminal=shown,
            chance=random.random,
            unique=lambda: uuid.uuid4().hex,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end a process politely, where the system knows them."""
    return tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


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
    bucket: str | None = None,
) -> Target:
    """Return what the project holds for the environment: fresh render, committed file, findings."""
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
        images=images,
        bucket=bucket,
    )
