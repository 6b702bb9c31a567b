"""``cancel``: calling off an update that runs, and following it back."""

from __future__ import annotations

from bidops_cfn.deploy.attachment import joined
from bidops_cfn.deploy.attend import Undo, call_off, carried
from bidops_cfn.deploy.conclusion import SUCCESS
from bidops_cfn.deploy.consent import consent
from bidops_cfn.deploy.failure import failure
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.standing import require_stack
from bidops_cfn.deploy.state import in_progress
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CheckFailed, GuardRefused

CANCELLABLE = "UPDATE_IN_PROGRESS"
CANCELLED = "UPDATE_ROLLBACK_COMPLETE"


def cancel(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Cancel the update that runs and return when the stack is back where it was."""
    stack = require_stack(runtime, target)
    if stack.status != CANCELLABLE:
        raise refusal(target, stack.status)
    consent(
        runtime,
        target.environment,
        f"Cancel the update of {stack.name}",
        yes=yes,
        otherwise="the update goes on",
    )
    operation = joined(runtime, stack)
    operation.cancelled = "it was cancelled here"
    stack = carried(
        runtime, target, operation, lambda: call_off(runtime, operation, Undo.CANCEL), minutes
    )
    if stack.status in SUCCESS:
        raise CheckFailed(
            "the update was over before it could be cancelled",
            f"{stack.name} is {stack.status}",
            hint=f"See what runs: {target.command('status')}",
        )
    if stack.status != CANCELLED:
        raise failure(target, operation, stack)
    return Result(
        outcome="cancelled",
        exit_code=0,
        summary=f"{stack.name} is back where it was before the update",
        environment=target.environment.name,
        stack_id=stack.id,
    )


def refusal(target: Target, status: str) -> GuardRefused:
    """Return the error for a stack on which no update runs."""
    name = target.environment.stack_name
    if status == "CREATE_IN_PROGRESS":
        hint = f"Let it end, then delete it if it is not wanted: {target.command('destroy')}"
        return GuardRefused(f"{name} is being created", "only updates can be cancelled", hint=hint)
    if in_progress(status):
        hint = f"Follow it: {target.command('watch')}"
        return GuardRefused(f"{name} is in {status}", "that cannot be cancelled", hint=hint)
    hint = f"See what stands there: {target.command('status')}"
    return GuardRefused(f"nothing runs on {name}", f"it is in {status}", hint=hint)
