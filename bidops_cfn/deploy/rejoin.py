"""``watch``: following the latest operation again, or telling how it ended."""

from __future__ import annotations

from bidops_cfn.deploy import change_set as change_sets
from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy import verdict
from bidops_cfn.deploy.attachment import joined
from bidops_cfn.deploy.attend import Undo, attend
from bidops_cfn.deploy.conclusion import SUCCESS, success
from bidops_cfn.deploy.failure import console, failure
from bidops_cfn.deploy.records import Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.standing import require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CheckFailed, GuardRefused

GOOD = (*SUCCESS, "IMPORT_COMPLETE", "DELETE_COMPLETE")


def rejoin(runtime: Runtime, target: Target, minutes: float) -> Result:
    """Follow the stack's latest operation from its first event; return how it ended.

    A time limit only ends the watching: the operation may be somebody else's.
    """
    stack = require_stack(runtime, target)
    require_begun(runtime, target, stack)
    operation = joined(runtime, stack)
    stack = attend(runtime, target, operation, Undo.NOTHING, minutes)
    if stack.status not in GOOD:
        raise failure(target, operation, stack)
    if stack.status != "DELETE_COMPLETE":
        require_running(runtime, target, stack)
    begun = f", by the operation of {stack.updated:%Y-%m-%d %H:%M} UTC" if stack.updated else ""
    return success(runtime, target, stack, "finished", f"{stack.name} is {stack.status}{begun}")


def require_begun(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise ``GuardRefused`` for a placeholder whose change sets nobody has executed."""
    if stack.status != "REVIEW_IN_PROGRESS":
        return
    found = list(change_sets.all_of(runtime.wire, stack.id))
    if any(one.execution.startswith("EXECUTE_") for one in found):
        return  # the stack was read a moment too early
    raise GuardRefused(
        f"nothing runs on {stack.name}",
        "nobody has executed its first change set",
        details=[f"{one.name} waits: {one.description}" for one in found if one.live],
        hint=f"Execute its plan: {target.command('deploy', '--plan', 'FILE')}",
    )


def require_running(runtime: Runtime, target: Target, stack: Stack) -> None:
    """Raise ``CheckFailed`` unless the stack's services run what the stack says."""
    text = stacks.deployed_template(runtime.wire, stack.id)
    found = verdict.problems(runtime, stack.id, text)
    if found:
        raise CheckFailed(
            "the stack is complete, and its services do not run what was deployed",
            found[0],
            details=[*found[1:], f"Console: {console(stack)}"],
            hint=f"See what runs: {target.command('status')}",
        )
