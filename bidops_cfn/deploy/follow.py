"""Following an operation to its end, to its time limit, or until it is cancelled.

The operation belongs to CloudFormation and goes on by itself. Leaving it (a time limit, Ctrl-C,
expired credentials) is never a failure of it; the last line is the command that follows it again.
"""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.cancellation import NotCancelled, request_cancel
from bidops_cfn.deploy.console import make_url
from bidops_cfn.deploy.events import UNKNOWN, describe_request, find_cause, find_stuck
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.operation import CancelMethod, Operation, has_begun
from bidops_cfn.deploy.poll import EndUnknown, OperationUnreadable, TimedOut, poll_operation
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import OutputClosed, Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.errors import (
    BidopsCfnError,
    CannotTell,
    CheckFailed,
    GuardRefused,
    Interrupted,
    StackNeedsHuman,
    StillRunning,
)

GOES_ON = "; CloudFormation goes on"
INTERRUPTED = f"interrupted{GOES_ON}"


class Terminated(KeyboardInterrupt):
    """Asked to end by a signal that no person at a terminal sends."""


def follow_operation(runtime: Runtime, operation: Operation) -> Stack:
    """Return the stack when the operation is over, cancelled on request or after its time limit.

    After its minutes an update is cancelled, and given as long again to roll back; anything else
    goes on. Raises ``StillRunning`` whenever it is left running, ``CannotTell`` when it cannot be
    followed to its end.
    """
    try:
        while True:
            try:
                stack = poll_operation(runtime, operation)
            except TimedOut:
                _handle_time_limit(runtime, operation)
            except KeyboardInterrupt as stop:
                handle_interrupt(runtime, operation, stop)
            else:
                operation.left = stack.status
                return stack
    except OperationUnreadable as lost:
        raise make_left_error(operation, str(lost), lost.fault, known=False) from lost
    except EndUnknown as unknown:
        raise make_left_error(operation, str(unknown), known=False) from None
    except OutputClosed as closed:
        raise make_left_error(operation, str(closed)) from None


def begin_and_follow(
    runtime: Runtime, operation: Operation, call: Call, done: str, again: str, **more: object
) -> Stack:
    """Begin an operation by its request, and return the stack when it is over.

    ``done`` is what is asked for (``deleted``), ``again`` the command to repeat. Raises
    ``GuardRefused`` when nothing has begun, and ``CannotTell`` when that is not known.
    """
    role = operation.target.environment.deploy.role_arn
    more |= {"StackName": operation.stack_id, "ClientRequestToken": operation.token}
    more |= {"RoleARN": role} if role else {}
    try:
        runtime.client(call, **more)
    except Fault as fault:
        if not _is_known_to_have_begun(runtime, operation, fault):
            what, why = f"{operation.name} cannot be {done}", f"{fault}; nothing was {done}"
            step = fault.before(f"Run it again: {again}")
            raise GuardRefused(what, why, hint=step) from fault
    except KeyboardInterrupt:
        if not _is_known_to_have_begun(runtime, operation):
            look = operation.target.look
            raise Interrupted("interrupted", "nothing was begun", hint=look) from None
        raise make_left_error(operation, INTERRUPTED, seen=False) from None
    runtime.stack_ids.keep(operation.stack_id)
    try:
        return follow_operation(runtime, operation)
    except KeyboardInterrupt:
        raise make_left_error(operation, INTERRUPTED, seen=False) from None


def _is_known_to_have_begun(
    runtime: Runtime, operation: Operation, fault: Fault | None = None
) -> bool:
    """Tell whether a request took effect whose call failed, or was interrupted."""
    try:
        runtime.output.status("Asking CloudFormation whether it has begun ...")
        return has_begun(runtime, operation, operation.token, fault)
    except (Fault, KeyboardInterrupt, OutputClosed) as unknown:
        what = f"cannot tell whether the operation on {operation.name} has begun"
        step = f"Look at the stack when AWS answers again: {operation.target.command('watch')}"
        raise CannotTell(what, str(unknown) or "interrupted", hint=step) from unknown


def _handle_time_limit(runtime: Runtime, operation: Operation) -> None:
    why = f"it took longer than {operation.minutes:g} minutes"
    if operation.overdue:
        what = "its rollback" if operation.cancelled else "its end"
        why = f"{why}, and {what} takes as long again"
    if operation.overdue or operation.cancel_method is not CancelMethod.CANCEL:
        raise make_left_error(operation, why) from None
    operation.overdue = True
    runtime.output.emit(Notice(f"{why}: cancelling the update"))
    try:
        request_cancel(runtime, operation, why)
    except NotCancelled as problem:
        why = f"{why}, and could not be cancelled: {problem}"
        raise make_left_error(operation, why, problem.fault, known=problem.known) from None


def handle_interrupt(runtime: Runtime, operation: Operation, stop: KeyboardInterrupt) -> None:
    """Cancel the operation if the person who pressed Ctrl-C chooses that; else leave it running."""
    if operation.cancelled or not _ask_to_cancel(runtime, operation.cancel_method, stop):
        raise make_left_error(operation, f"detached{GOES_ON}") from None
    try:
        request_cancel(runtime, operation, "it was cancelled here")
    except NotCancelled as problem:
        runtime.output.emit(Notice("the operation could not be cancelled", (str(problem),)))


def _ask_to_cancel(runtime: Runtime, cancel_method: CancelMethod, stop: KeyboardInterrupt) -> bool:
    """Ask the person who pressed Ctrl-C; a second Ctrl-C, silence or no terminal mean no."""
    if (
        cancel_method is CancelMethod.NOTHING
        or isinstance(stop, Terminated)
        or not runtime.terminal.interactive
    ):
        return False
    try:
        answer = runtime.terminal.ask(
            f"Interrupted. [d] detach and let it run, [c] {cancel_method.value}? [d/c] "
        )
    except KeyboardInterrupt:
        return False
    return answer.strip().lower() in ("c", "cancel")


def make_left_error(
    operation: Operation,
    why: str,
    fault: Fault | None = None,
    *,
    known: bool = True,
    seen: bool = True,
) -> StillRunning:
    """Return the error for an operation that is left: it still runs, or that is not ``known``.

    Its details are what was ``seen`` of it. What one left that was seen to end is not known.
    """
    kind: type[StillRunning] = CannotTell
    details = list(describe_evidence(operation.evidence)) if seen else []
    if not known:
        what = f"cannot tell how the operation on {operation.name} goes on"
        details += operation.describe_successor()
    elif operation.ended:
        what = f"cannot tell what the operation on {operation.name} left"
        why = f"it ended in {operation.ended}; {why.removesuffix(GOES_ON)}"
    else:
        kind, what = StillRunning, f"the operation on {operation.name} still runs"
    step = f"Follow it again: {operation.target.command('watch')}"
    return kind(what, why, details=details, hint=fault.before(step) if fault else step)


def make_failure_error(operation: Operation, stack: Stack) -> BidopsCfnError:
    """Return the error for an operation that ended in a stack status that is no success."""
    cause = find_cause(operation.events)
    unknown = UNKNOWN if operation.readable else "the stack's events cannot be read"
    why = cause if cause != UNKNOWN else stack.reason or unknown
    details = [*operation.advice, *describe_evidence(operation.evidence)]
    intervention = operation.event_log.intervention
    cut_short = describe_request(intervention) if intervention else operation.cancelled
    if cut_short:
        details = [f"Before that: {cause}"] * (cause != UNKNOWN) + details
        why = cut_short
    details += [*operation.describe_successor(), f"Console: {make_url('stack', stack.id)}"]
    step = _choose_next_step(operation, stack.status)
    what = _name_end(operation, stack.status)
    if what:
        return CheckFailed(what, why, details=details, hint=step)
    what = f"the stack is in {stack.status} and needs a human"
    return StackNeedsHuman(what, why, details=details, hint=step)


def _name_end(operation: Operation, status: str) -> str:
    cut_short = operation.event_log.intervention is not None
    ended, was = ("was cancelled", "") if operation.cancelled or cut_short else ("failed", "was ")
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return f"the update {ended} and {was}rolled back"
    if status == "ROLLBACK_COMPLETE":
        return f"the creation {ended} and {was}rolled back"
    if status != "DELETE_COMPLETE":
        return ""
    start = operation.event_log.start
    begun = start.status if start else "CREATE_IN_PROGRESS"
    doing = {"CREATE_IN_PROGRESS": "created", "UPDATE_IN_PROGRESS": "updated"}.get(begun)
    if doing == "created" and not cut_short:
        return f"the creation {ended} and {was}undone"
    return f"the stack was deleted while it was being {doing}" if doing else "it was deleted"


def _choose_next_step(operation: Operation, status: str) -> str:
    target = operation.target
    named = "" if target.images else " (an image that is not named stays the previous one)"
    again = "Fix the cause and run the deployment again"
    if operation.event_log.intervention or (operation.cancelled and not operation.overdue):
        again = "Run the deployment again if it is still wanted"
    destroy, rollback = target.command("destroy"), target.command("rollback")
    stuck = find_stuck(operation.events)
    skip = target.command("rollback", *(word for one in stuck for word in ("--skip", one)))
    held = f"Remove what holds the resources, then: {destroy}"
    stopped = f"Bring the stack back to a stable state: {rollback}"
    step = {
        "UPDATE_ROLLBACK_COMPLETE": f"{again}{named}: {target.command('deploy')}",
        "DELETE_COMPLETE": f"{again}: {target.creation()}",
        "ROLLBACK_COMPLETE": f"Fix the cause, then: {target.creation('--recreate')}",
        "DELETE_FAILED": held,
        "ROLLBACK_FAILED": held,
        "UPDATE_ROLLBACK_FAILED": stopped,
        "UPDATE_FAILED": stopped,
        "CREATE_FAILED": stopped,
    }.get(status, "Look at the stack's events in the console; no command here can fix this.")
    if status == "UPDATE_ROLLBACK_FAILED" and stuck:
        step += f"\nIf {' and '.join(stuck)} cannot be rolled back, leave it as it is: {skip}"
    if operation.successor is not None:
        return f"Follow the other operation: {target.command('watch')}\n{step}"
    return step
