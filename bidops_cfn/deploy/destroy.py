"""``destroy``: deleting the stack, when nothing needs it and somebody types its name."""

from __future__ import annotations

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.admission import review
from bidops_cfn.deploy.deletion import delete
from bidops_cfn.deploy.preflight.exports import in_use
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.standing import require_account
from bidops_cfn.deploy.state import in_progress
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import GuardRefused, StackBusy


def destroy(runtime: Runtime, target: Target, minutes: float, *, yes: bool) -> Result:
    """Delete the target's stack and return when it is gone; none there is fine.

    Refused while the stack is protected, while others import from it, and while it is busy.
    """
    require_account(runtime, target)
    stack = stacks.find(runtime.wire, target.environment.stack_name)
    if stack is not None:
        require_free(runtime, target, stack)
        stack = delete(runtime, target, stack, minutes, yes=yes)
    return Result(
        outcome="destroyed",
        exit_code=0,
        summary=f"there is no stack {target.environment.stack_name}"
        + (" any more" if stack else ""),
        environment=target.environment.name,
        stack_id=stack.id if stack else "",
    )


def require_free(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise unless the stack may be deleted."""
    if stack.status == "REVIEW_IN_PROGRESS":
        review(runtime, stack, target.command("destroy"))
        return
    if in_progress(stack.status):
        raise StackBusy(
            f"{stack.name} is in {stack.status}",
            "an operation runs",
            hint=f"Follow it: {target.command('watch')}",
        )
    if stack.termination_protection:
        raise GuardRefused(
            f"{stack.name} is protected",
            "termination protection is on",
            hint="If it really is to go, somebody has to switch the protection off first:\n"
            "  aws cloudformation update-termination-protection --no-enable-termination-protection "
            f"--stack-name {stack.name}",
        )
    used = in_use(runtime.wire, sorted(one.export for one in stack.outputs if one.export))
    if used:
        raise GuardRefused(
            f"other stacks import from {stack.name}",
            "CloudFormation would refuse",
            details=[f"{name}: imported by {', '.join(users)}" for name, users in used],
            hint="Delete those stacks, or deploy them without these imports, first.",
        )
