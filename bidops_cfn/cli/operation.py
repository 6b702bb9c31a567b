"""Running a deploying command, and how each of them ends: with exactly one ``result`` record.

Signals that ask the process to go (SIGTERM, SIGHUP) leave as Ctrl-C does, without a question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

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


def operate(
    project: Project,
    names: str | Sequence[str],
    form: str,
    action: Action,
    *,
    images: Callable[[], GivenImages] | None = None,
    bucket: str | None = None,
    sandbox: bool = False,
    rehearsed: str | None = None,
    reading: bool = False,
) -> int:
    """Run ``action`` on an environment, report how it ended, and return the exit code.

    Several run side by side. ``rehearsed`` is what goes wrong in the sandbox; ``reading`` says that
    facts are asked for: they go to stdout, as text too.
    """
    if not isinstance(names, str) and len(names) > 1:
        from bidops_cfn.cli.several import operate_several

        return operate_several(
            project,
            names,
            form,
            action,
            images=images,
            bucket=bucket,
            sandbox=sandbox,
            reading=reading,
        )
    name = names if isinstance(names, str) else names[0]
    shown = reading_output(form) if reading else output(form)
    access = chosen_access().of(name)

    def run() -> Result:
        from dataclasses import replace

        from bidops_cfn.cli.deploy_target import target
        from bidops_cfn.cli.surroundings import place, runtime, signals
        from bidops_cfn.deploy.target import GivenImages
        from bidops_cfn.settings import load

        if sandbox:
            require_account_of_sandbox(access)
        given = images() if images else GivenImages()
        environment = load.load(project.params, name)
        with place(shown, environment, rehearsed, sandbox=sandbox) as defaults, signals():
            given = replace(given, values={**defaults, **given.values})
            what = target(project, environment, given, bucket, access.words, local=sandbox)
            return act(action, runtime(shown, environment, access), what)

    return ended(shown, name, run)


def act(action: Action, runtime: Runtime, target: Target) -> Result:
    """Return the action's result; an error of it names the stack that it was about."""
    from dataclasses import replace

    from bidops_cfn.deploy.client import NotingClient

    noting = NotingClient(runtime.client)
    try:
        return action(replace(runtime, client=noting), target)
    except BidopsCfnError as error:
        error.stack_id = noting.stack_id
        raise


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


def reading_output(form: str) -> Plain:
    """Return where a command that is asked for facts tells them."""
    from bidops_cfn.cli.reading import Collected, Reading, ReadingLines

    if form in ("junit", "markdown"):
        return Collected(form)
    return ReadingLines() if form == "json" else Reading()


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

    return Result(
        outcome=choose_outcome(error),
        exit_code=error.exit_code,
        summary=str(error),
        details=error.details,
        next=error.hint,
        environment=environment,
        stack_id=error.stack_id,
    )


def choose_outcome(error: BidopsCfnError) -> str:
    """Return the result's word for ``error``."""
    if isinstance(error, CannotTell):
        return "cannot tell"
    return OUTCOMES.get(error.exit_code, "failed")


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
