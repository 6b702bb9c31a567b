"""``rollback``: bringing a stack that stopped half way back to a stable state."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.attend import carried
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.consent import consent
from bidops_cfn.deploy.events import Journal, newest
from bidops_cfn.deploy.failure import failure
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.standing import require_stack
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused, StackBusy, UsageError

STUCK = "UPDATE_ROLLBACK_FAILED"
BACK = ("UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE")


def rollback(
    runtime: Runtime, target: Target, skipped: Sequence[str], minutes: float, *, yes: bool
) -> Result:
    """Roll the stack back and return when it is stable; ``skipped`` are left as they are.

    Skipping is for a rollback that failed before, and only for the resources that failed in it.
    """
    stack = require_stack(runtime, target)
    require_stopped(target, stack)
    require_skippable(runtime, target, stack, skipped)
    consent(
        runtime,
        target.environment,
        f"Roll {stack.name} back from {stack.status}",
        yes=yes,
        otherwise="nothing was rolled back",
    )
    token = f"bidops-cfn-rollback-{runtime.unique()[:8]}"
    operation = Operation(Journal(stack.id, {token}, newest(runtime.wire, stack.id)), before=stack)
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
        runtime.wire(call, **request)

    stack = carried(runtime, target, operation, send, minutes)
    if stack.status not in BACK:
        raise failure(target, operation, stack)
    option = ["--recreate"] if stack.status == "ROLLBACK_COMPLETE" else []
    return Result(
        outcome="rolled back",
        exit_code=0,
        summary=f"{stack.name} is {stack.status}",
        next=f"Deploy when the cause is mended: {target.command('deploy', *option)}",
        environment=target.environment.name,
        stack_id=stack.id,
    )


def require_stopped(target: Target, stack: Stack) -> None:
    """Raise unless the stack stopped half way through an operation."""
    what = action(stack.status)
    if what is Action.WAIT:
        raise StackBusy(
            f"{stack.name} is in {stack.status}",
            "an operation runs",
            hint=f"Follow it: {target.command('watch')}",
        )
    if what is not Action.ROLL_BACK:
        raise GuardRefused(
            f"{stack.name} has nothing to roll back",
            f"it is in {stack.status}",
            hint=f"See what stands there: {target.command('status')}",
        )


def require_skippable(
    runtime: Runtime, target: Target, stack: Stack, skipped: Sequence[str]
) -> None:
    """Raise ``UsageError`` if something is to be skipped that did not fail in a rollback."""
    if not skipped:
        return
    failed = [
        one.logical_id
        for one in stacks.resources(runtime.wire, stack.id)
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
