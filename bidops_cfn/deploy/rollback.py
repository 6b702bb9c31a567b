"""``rollback``: bringing a stack that stopped half way back to a stable state."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.confirmation import confirm
from bidops_cfn.deploy.failure import make_failure_error
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import begin_and_follow
from bidops_cfn.deploy.guards import require_action
from bidops_cfn.deploy.operation import prepare_operation
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    list_stack_resources,
    require_stack,
)
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused, UsageError

STUCK = "UPDATE_ROLLBACK_FAILED"
# Without a stable state to go back to, RollbackStack deletes the stack.
BACK = ("UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "DELETE_COMPLETE")


def rollback(
    runtime: Runtime, target: Target, skipped: Sequence[str], minutes: float, *, yes: bool
) -> Result:
    """Roll the stack back and return when it is stable; ``skipped`` are left as they are.

    Skipping is for a rollback that failed before, and only for the resources that failed in it.
    """
    stack = require_stack(runtime, target)
    require_stopped(target, stack)
    require_skippable(runtime, target, stack, skipped)
    confirm(
        runtime,
        target.environment,
        f"Roll {stack.name} back from {stack.status}",
        yes=yes,
        otherwise="nothing was rolled back",
    )
    token = f"bidops-cfn-rollback-{runtime.unique()[:8]}"
    operation = prepare_operation(runtime, stack, token)
    role = target.environment.deploy.role_arn
    optional: dict[str, object] = {"RoleARN": role} if role else {}
    if stack.status == STUCK:
        if skipped:
            optional["ResourcesToSkip"] = list(skipped)
        call = Call.CONTINUE_UPDATE_ROLLBACK
    else:
        call = Call.ROLLBACK_STACK
    request = {"StackName": stack.id, "ClientRequestToken": token, **optional}

    def send() -> None:
        runtime.client(call, **request)

    try:
        stack = begin_and_follow(runtime, target, operation, token, send, minutes=minutes)
    except Fault as fault:
        raise GuardRefused(
            f"{stack.name} cannot be rolled back",
            f"{fault}; nothing was rolled back",
            hint=fault.before(f"Run it again: {target.command('rollback')}"),
        ) from fault
    if stack.status not in BACK:
        raise make_failure_error(target, operation, stack)
    again = {
        "ROLLBACK_COMPLETE": target.creation("--recreate"),
        "DELETE_COMPLETE": target.creation(),
    }.get(stack.status, target.command("deploy"))
    return Result(
        outcome="rolled back",
        exit_code=0,
        summary=f"{stack.name} is {stack.status}",
        next=f"Deploy when the cause is fixed: {again}",
        details=tuple(operation.describe_successor()),
        environment=target.environment.name,
        stack_id=stack.id,
    )


def require_stopped(target: Target, stack: Stack) -> None:
    """Raise unless the stack stopped half way through an operation."""
    require_action(target, stack, StackAction.ROLL_BACK, "has nothing to roll back")


def require_skippable(
    runtime: Runtime, target: Target, stack: Stack, skipped: Sequence[str]
) -> None:
    """Raise ``UsageError`` if something is to be skipped that did not fail in a rollback."""
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
        raise UsageError(
            f"{', '.join(wrong or skipped)} cannot be skipped",
            "only what failed in a rollback can"
            if stack.status == STUCK
            else f"{stack.name} is in {stack.status}, not {STUCK}",
            hint=f"What failed: {target.command('rollback', *options)}" if failed else "",
        )
