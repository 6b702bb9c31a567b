"""Being there while an operation runs: time limits, Ctrl-C, credentials that expire.

The operation belongs to CloudFormation and goes on without us. Leaving it is never a failure of
it; the command to come back with is always the last line.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime, Unheard
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.watch import LostSight, TimedOut, follow
from bidops_cfn.errors import StillRunning


class Undo(Enum):
    """How an operation can be called off, as the question says it."""

    CANCEL = "cancel it: the update is rolled back"
    DELETE = "cancel it: the new stack is deleted"
    NOTHING = ""


class Terminated(KeyboardInterrupt):
    """Asked to end by a signal that no person at a terminal sends."""


def attend(
    runtime: Runtime, target: Target, operation: Operation, undo: Undo, minutes: float
) -> Stack:
    """Return the stack when the operation is over, called off where somebody or time wanted it.

    After ``minutes`` an update is cancelled, and given as long again to roll back; anything else is
    left running. Raises ``StillRunning`` whenever we leave.
    """
    while True:
        try:
            return follow(runtime, operation, minutes * 60)
        except TimedOut:
            if operation.cancelled:
                why = f"{operation.cancelled} and was called off; that takes as long again"
                raise left(target, why) from None
            if undo is not Undo.CANCEL:
                raise left(target, f"it still runs after {minutes:g} minutes") from None
            operation.cancelled = f"it took longer than {minutes:g} minutes"
            runtime.output.emit(Notice(f"{operation.cancelled}: the update is called off now"))
            call_off(runtime, operation, undo)
        except LostSight as lost:
            remedy = lost.fault.remedy.format(permission=lost.fault.call.text)
            raise left(target, str(lost), f"{remedy}." if remedy else "") from lost
        except Unheard:
            raise left(target, "nobody reads the output any more") from None
        except KeyboardInterrupt as stop:
            heed(runtime, target, operation, undo, stop)


def carried(
    runtime: Runtime, target: Target, operation: Operation, send: Callable[[], None], minutes: float
) -> Stack:
    """Begin an operation that cannot be called off, and return the stack when it is over."""
    try:
        send()
        return attend(runtime, target, operation, Undo.NOTHING, minutes)
    except KeyboardInterrupt:
        raise left(target, "interrupted just as it began") from None


def heed(
    runtime: Runtime, target: Target, operation: Operation, undo: Undo, stop: KeyboardInterrupt
) -> None:
    """Call the operation off if the person who pressed Ctrl-C wants that; else leave it running."""
    if operation.cancelled or not wants_cancel(runtime, undo, stop):
        raise left(target, "detached; CloudFormation goes on") from None
    operation.cancelled = "it was cancelled here"
    call_off(runtime, operation, undo)


def left(target: Target, why: str, hint: str = "") -> StillRunning:
    """Return the error for an operation that we leave running."""
    back = f"Follow it again: {target.command('watch')}"
    return StillRunning(
        f"{target.environment.stack_name} is still being worked on",
        why,
        hint=f"{hint}\n{back}" if hint else back,
    )


def wants_cancel(runtime: Runtime, undo: Undo, stop: KeyboardInterrupt) -> bool:
    """Ask the person who pressed Ctrl-C; a second Ctrl-C, silence or no terminal mean no."""
    if undo is Undo.NOTHING or isinstance(stop, Terminated) or not runtime.terminal.interactive:
        return False
    try:
        answer = runtime.terminal.ask(
            f"Interrupted. [d] detach and let it run, [c] {undo.value}? [d/c] "
        )
    except KeyboardInterrupt:
        return False
    return answer.strip().lower() in ("c", "cancel")


def call_off(runtime: Runtime, operation: Operation, undo: Undo) -> None:
    """Ask CloudFormation to undo the operation; one that has ended meanwhile is fine."""
    token = f"bidops-cfn-cancel-{runtime.unique()[:8]}"
    operation.journal.tokens.add(token)
    call = Call.CANCEL_UPDATE_STACK if undo is Undo.CANCEL else Call.DELETE_STACK
    runtime.output.status("Calling it off ...")
    try:
        runtime.wire(call, StackName=operation.stack_id, ClientRequestToken=token)
    except Rejected as fault:
        runtime.output.emit(Notice("it could not be called off", (fault.why,)))
