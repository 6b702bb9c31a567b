"""Running a command on environments, and how each ends: with exactly one ``result`` record.

Signals that ask the process to go (SIGTERM, SIGHUP) leave as Ctrl-C does, without a question.
"""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Any

from bidops_cfn.cli import options
from bidops_cfn.cli.access import chosen_access, require_account_of_sandbox
from bidops_cfn.errors import BidopsCfnError, CannotTell, Interrupted, UsageError
from bidops_cfn.project import Project

if TYPE_CHECKING:
    from bidops_cfn.cli.plain import Plain
    from bidops_cfn.deploy.records import Result
    from bidops_cfn.deploy.runtime import OutputClosed, Runtime
    from bidops_cfn.deploy.target import GivenImages, Target

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


@dataclass(frozen=True, slots=True)
class Operation:
    """A command on its environments; on several, side by side.

    ``form`` is that of the output; ``images`` returns what ``--image`` says; ``rehearsed`` is what
    goes wrong in the sandbox; ``reading`` says that facts are asked for: they go to stdout, as text
    too.
    """

    project: Project
    names: Sequence[str]
    form: str
    images: Callable[[], GivenImages] | None = None
    bucket: str | None = None
    sandbox: bool = False
    rehearsed: str | None = None
    reading: bool = False

    def run(self, action: Action) -> int:
        """Run ``action``, report how it ended, and return the exit code, the worst of several."""
        if len(self.names) > 1:
            from bidops_cfn.cli.several import operate_several

            return operate_several(self, action)
        shown = make_output(self.form, reading=self.reading)
        return ended(shown, self.names[0], lambda: self._run_one(shown, action))

    def given(self) -> GivenImages:
        """Return the images that are given; raises ``UsageError`` where they cannot be read."""
        from bidops_cfn.deploy.target import GivenImages

        return self.images() if self.images else GivenImages()

    def _run_one(self, shown: Plain, action: Action) -> Result:
        from bidops_cfn.cli.local import local_account
        from bidops_cfn.cli.surroundings import make_runtime, make_target
        from bidops_cfn.settings import load

        name = self.names[0]
        access = chosen_access().of(name)
        if self.sandbox:
            require_account_of_sandbox(access)
        given = self.given()
        environment = load.load(self.project.params, name)
        place: AbstractContextManager[Mapping[str, str]] = nullcontext({})
        if self.sandbox:
            place = local_account(shown, environment, self.rehearsed)
        with place as defaults, signals():
            given = replace(given, values={**defaults, **given.values})
            target = make_target(
                self.project, environment, given, self.bucket, access.words, local=self.sandbox
            )
            return act(action, make_runtime(shown, environment, access), target)


def operates(*, reading: bool = False) -> Callable[[Callable[..., Action]], Callable[..., int]]:
    """Run, on the one environment of ``--env``, the action that a command returns.

    The command has ``--output`` too, and gets its other options; ``reading`` as of ``Operation``.
    """

    def decorate(function: Callable[..., Action]) -> Callable[..., int]:
        @options.output(options.FACTS if reading else options.LINES)
        @options.pass_project
        @functools.wraps(function)
        def wrapper(project: Project, /, *, name: str, form: str, **rest: Any) -> int:
            return Operation(project, [name], form, reading=reading).run(function(**rest))

        return wrapper

    return decorate


def limit(target: Target, minutes: float | None) -> float:
    """Return the time limit in minutes: what was typed, or that of the settings."""
    return minutes or target.environment.deploy.timeout_minutes


def act(action: Action, runtime: Runtime, target: Target) -> Result:
    """Return the action's result; an error of it names the stack that it was about."""
    from bidops_cfn.deploy.client import NotingClient

    noting = NotingClient(runtime.client)
    try:
        return action(replace(runtime, client=noting), target)
    except BidopsCfnError as error:
        error.stack_id = noting.stack_id
        raise


def make_output(form: str, *, reading: bool = False) -> Plain:
    """Return where a command tells what happens: JSON lines, a live display, or plain lines."""
    from bidops_cfn.cli.plain import Collected, Lines, Plain, lively

    if form == "json":
        return Lines(reading=reading)
    if form != "text":
        return Collected(form)
    if reading or not lively():
        return Plain(reading=reading)
    from bidops_cfn.cli.live import Live

    return Live()


@contextmanager
def signals() -> Iterator[None]:
    """Hold handlers that turn the signals which end a process politely into an interrupt.

    A signal that was ignored when we started (``nohup``) stays ignored.
    """
    from bidops_cfn.deploy.follow import Terminated

    def terminate(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    with handled(("SIGTERM", "SIGHUP"), terminate):
        yield


@contextmanager
def handled(
    names: Sequence[str], handle: Callable[[int, FrameType | None], None]
) -> Iterator[None]:
    """Hold ``handle`` for the signals of ``names``, but for those that were ignored already."""
    known = [getattr(signal, name) for name in names if hasattr(signal, name)]
    heard = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def ended(shown: Plain, environment: str, action: Callable[[], Result]) -> int:
    """Return the exit code of ``action``, after its result was reported; an error goes on."""
    from bidops_cfn.deploy.runtime import OutputClosed

    try:
        with shown:
            return reported(shown, environment, action)
    except OutputClosed as closed:
        raise unreadable(closed) from closed


def reported(shown: Plain, environment: str, action: Callable[[], Result]) -> int:
    """Report the action's one result, or the one that its error means."""
    from bidops_cfn.deploy.runtime import OutputClosed

    try:
        result = uninterrupted(action)
    except BidopsCfnError as error:
        with suppress(OutputClosed):  # the error itself matters more
            shown.fail(make_result(error, environment))
        raise
    shown.emit(result)
    return result.exit_code


def make_result(error: BidopsCfnError, environment: str) -> Result:
    """Return the result that an error means."""
    from bidops_cfn.deploy.records import Result

    told = OUTCOMES.get(error.exit_code, "failed")
    return Result(
        outcome="cannot tell" if isinstance(error, CannotTell) else told,
        exit_code=error.exit_code,
        summary=str(error),
        details=error.details,
        next=error.hint,
        environment=environment,
        stack_id=error.stack_id,
    )


def unreadable(closed: OutputClosed) -> Exception:
    """Return the error for output that is not read; a closed pipe is none of ours."""
    if isinstance(closed.__cause__, BrokenPipeError):
        return closed.__cause__
    return UsageError("cannot write what happens", str(closed.__cause__))


def uninterrupted(action: Callable[[], Result]) -> Result:
    """Return the action's result; an interrupt that it did not handle becomes an error."""
    try:
        return action()
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted", "before anything was executed", hint="Run it again when you are ready."
        ) from None
