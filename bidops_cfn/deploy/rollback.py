"""``cancel`` and ``rollback``: back to where the stack was, from what runs or stopped half way."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.cancellation import NotCancelled, request_cancel
from bidops_cfn.deploy.events import find_stack_status
from bidops_cfn.deploy.follow import (
    begin_and_follow,
    follow_operation,
    make_failure_error,
    make_left_error,
)
from bidops_cfn.deploy.guards import require_action, require_answer
from bidops_cfn.deploy.operation import CancelMethod, find_latest_operation, prepare_operation
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import OutputClosed, Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    is_in_progress,
    list_stack_resources,
    require_stack,
)
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import BACK, SUCCESS, WENT_BACK, look_at_services
from bidops_cfn.errors import CheckFailed, GuardRefused, UsageError

CANCELLABLE = "UPDATE_IN_PROGRESS"
STUCK = "UPDATE_ROLLBACK_FAILED"


def cancel(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Cancel the update that runs and return when the stack is back where it was."""
    agree = require_answer(runtime, target.environment, yes=yes, otherwise="the update goes on")
    stack = require_stack(runtime, target)
    if stack.status != CANCELLABLE and find_stack_status(runtime.client, stack.id) != CANCELLABLE:
        raise _make_refusal_error(target, stack.status)
    operation = find_latest_operation(runtime, target, stack, minutes)
    agree(f"Cancel the update of {stack.name}")
    try:
        operation.cancel_method = CancelMethod.CANCEL
        request_cancel(runtime, operation, "it was cancelled here")
        operation.cancel_method = CancelMethod.NOTHING  # a second time
        stack = follow_operation(runtime, operation)
    except NotCancelled as problem:
        why = f"the update could not be cancelled: {problem}"
        raise make_left_error(operation, why, problem.fault, known=problem.known) from None
    except (KeyboardInterrupt, OutputClosed) as end:
        why = f"{str(end) or 'interrupted'}; the update may be cancelled already"
        raise make_left_error(operation, why) from None
    if stack.status in SUCCESS:
        what = "the update was over before it could be cancelled"
        raise CheckFailed(what, f"{stack.name} is {stack.status}", hint=target.look)
    if stack.status != WENT_BACK:
        raise make_failure_error(operation, stack)
    problems, step = look_at_services(runtime, target, stack)
    back = stack.status if problems else "back where it was before the update"
    details = (*problems, *operation.stopped, *operation.describe_successor())
    summary = f"{stack.name} is {back}"
    return target.succeed("cancelled", summary, stack.id, next=step, details=details)


def _make_refusal_error(target: Target, status: str) -> GuardRefused:
    name = target.environment.stack_name
    what = f"{name} cannot be cancelled"
    why = f"no update in progress, nothing to cancel; it is in {status}"
    hint = target.look
    if status == "CREATE_IN_PROGRESS":
        what, why = f"{name} is being created", "only updates can be cancelled"
        hint = f"Let it end, then delete it if it is not wanted: {target.command('destroy')}"
    elif is_in_progress(status):
        what, why = f"{name} is in {status}", "that cannot be cancelled"
        hint = target.follow
    return GuardRefused(what, why, hint=hint)


def rollback(
    runtime: Runtime, target: Target, skipped: Sequence[str], minutes: float, *, yes: bool
) -> Result:
    """Roll the stack back and return when it is stable; ``skipped`` are left as they are."""
    nothing = "nothing was rolled back"
    agree = require_answer(runtime, target.environment, yes=yes, otherwise=nothing)
    stack = require_stack(runtime, target)
    require_action(target, stack, StackAction.ROLL_BACK, "has nothing to roll back")
    _require_skippable(runtime, target, stack, skipped)
    agree(f"Roll {stack.name} back from {stack.status}")
    operation = prepare_operation(runtime, target, stack, "rollback", minutes)
    call = Call.CONTINUE_UPDATE_ROLLBACK if stack.status == STUCK else Call.ROLLBACK_STACK
    skip = {"ResourcesToSkip": list(skipped)} if skipped else {}
    command = target.command("rollback")
    stack = begin_and_follow(runtime, operation, call, "rolled back", command, **skip)
    if stack.status not in BACK:
        raise make_failure_error(operation, stack)
    problems, step = look_at_services(runtime, target, stack)
    again = {
        "ROLLBACK_COMPLETE": target.creation("--recreate"),
        "DELETE_COMPLETE": target.creation(),
    }.get(stack.status, target.command("deploy"))
    step = step or f"Deploy when the cause is fixed: {again}"
    summary = f"{stack.name} is {stack.status}"
    details = (*problems, *operation.describe_successor())
    return target.succeed("rolled back", summary, stack.id, next=step, details=details)


def _require_skippable(
    runtime: Runtime, target: Target, stack: Stack, skipped: Sequence[str]
) -> None:
    if not skipped:
        return
    failed = [
        one.logical_id
        for one in list_stack_resources(runtime.client, stack.id)
        if one.status.endswith("_FAILED")
    ]
    wrong = [logical_id for logical_id in skipped if logical_id not in failed]
    if stack.status != STUCK or wrong:
        options = [word for logical_id in failed for word in ("--skip", logical_id)]
        why = "only what failed in a rollback can"
        if stack.status != STUCK:
            why = f"{stack.name} is in {stack.status}, not {STUCK}"
        hint = f"What failed: {target.command('rollback', *options)}" if failed else ""
        raise UsageError(f"{', '.join(wrong or skipped)} cannot be skipped", why, hint=hint)
