"""``cancel``: cancelling an update that runs, and following its rollback."""

from __future__ import annotations

from bidops_cfn.deploy.cancellation import (
    CancelMethod,
    NotCancelled,
    describe_stops,
    request_cancel,
)
from bidops_cfn.deploy.confirmation import confirm
from bidops_cfn.deploy.events import find_stack_status
from bidops_cfn.deploy.failure import make_failure_error
from bidops_cfn.deploy.follow import (
    follow_operation,
    make_not_cancelled_error,
    make_still_running_error,
)
from bidops_cfn.deploy.operation import find_latest_operation
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import is_in_progress, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import SUCCESS
from bidops_cfn.errors import CheckFailed, GuardRefused

CANCELLABLE = "UPDATE_IN_PROGRESS"
CANCELLED = "UPDATE_ROLLBACK_COMPLETE"


def cancel(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Cancel the update that runs and return when the stack is back where it was."""
    stack = require_stack(runtime, target)
    if stack.status != CANCELLABLE and find_stack_status(runtime.client, stack.id) != CANCELLABLE:
        raise make_refusal_error(target, stack.status)
    operation = find_latest_operation(runtime, stack)
    confirm(
        runtime,
        target.environment,
        f"Cancel the update of {stack.name}",
        yes=yes,
        otherwise="the update goes on",
    )
    try:
        request_cancel(runtime, operation, CancelMethod.CANCEL, "it was cancelled here")
        stack = follow_operation(runtime, target, operation, CancelMethod.NOTHING, minutes)
    except NotCancelled as problem:
        raise make_not_cancelled_error(target, "the update", operation, problem) from None
    except KeyboardInterrupt:
        why = "interrupted; the update may be cancelled already"
        raise make_still_running_error(target, why, operation) from None
    if stack.status in SUCCESS:
        raise CheckFailed(
            "the update was over before it could be cancelled",
            f"{stack.name} is {stack.status}",
            hint=f"See what runs: {target.command('status')}",
        )
    if stack.status != CANCELLED:
        raise make_failure_error(target, operation, stack)
    return Result(
        outcome="cancelled",
        exit_code=0,
        summary=f"{stack.name} is back where it was before the update",
        details=(*describe_stops(operation), *operation.describe_successor()),
        environment=target.environment.name,
        stack_id=stack.id,
    )


def make_refusal_error(target: Target, status: str) -> GuardRefused:
    """Return the error for a stack on which no update runs."""
    name = target.environment.stack_name
    if status == "CREATE_IN_PROGRESS":
        hint = f"Let it end, then delete it if it is not wanted: {target.command('destroy')}"
        return GuardRefused(f"{name} is being created", "only updates can be cancelled", hint=hint)
    if is_in_progress(status):
        hint = f"Follow it: {target.command('watch')}"
        return GuardRefused(f"{name} is in {status}", "that cannot be cancelled", hint=hint)
    hint = f"See what runs: {target.command('status')}"
    why = f"no update in progress, nothing to cancel; it is in {status}"
    return GuardRefused(f"{name} cannot be cancelled", why, hint=hint)
