"""Whether a deployment may begin, given what the stack is doing and who else is at it."""

from __future__ import annotations

from bidops_cfn.deploy import change_set as change_sets
from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import BidopsCfnError, StackBusy, StackNeedsHuman


def admit(runtime: Runtime, target: Target, stack: Stack | None) -> Action:
    """Return ``CREATE`` or ``UPDATE``; raise what the stack's state asks for instead."""
    what = action(stack.status if stack else None)
    if stack is None:
        return what
    if what is Action.CREATE:
        review(runtime, stack, target.creation())
        return what
    if what is Action.UPDATE:
        for other in change_sets.all_of(runtime.wire, stack.id):
            if other.live:
                runtime.output.emit(
                    Notice(
                        f"change set {other.name} waits to be executed, and becomes obsolete",
                        (other.description,) if other.description else (),
                    )
                )
        return what
    raise refusal(runtime, target, stack, what)


def review(runtime: Runtime, stack: Stack, again: str) -> None:
    """Raise ``StackBusy`` if a change set of the placeholder ``stack`` may still be executed.

    ``again`` is the command that can follow when it is gone.
    """
    for other in change_sets.all_of(runtime.wire, stack.id):
        if other.live:
            raise StackBusy(
                f"{stack.name} is under review",
                f"change set {other.name} waits to be executed",
                details=[other.description] if other.description else [],
                hint="Execute its plan (deploy --plan), or leave that to whoever made it. "
                "If nobody wants it, delete it:\n"
                f"  aws cloudformation delete-change-set --change-set-name {other.id}\n"
                f"then: {again}",
            )


def refusal(runtime: Runtime, target: Target, stack: Stack, what: Action) -> BidopsCfnError:
    """Return the error for a stack that can be neither created nor updated now."""
    if what is Action.WAIT:
        return StackBusy(
            f"{stack.name} is in {stack.status}",
            stack.reason or "another operation runs",
            hint=f"Follow it: {target.command('watch')}\n"
            f"Or queue behind it: {target.command('deploy', '--wait')}",
        )
    if what is Action.RECREATE:
        return StackNeedsHuman(
            f"{stack.name} is in {stack.status}",
            "its creation failed, and what is left of it cannot be updated",
            hint=f"Delete what is left, create it anew: {target.creation('--recreate')}",
        )
    details = [
        f"{one.logical_id} ({one.type}) {one.status}: {one.reason}"
        for one in stacks.resources(runtime.wire, stack.id)
        if one.status.endswith("_FAILED")
    ]
    if what is Action.ROLL_BACK:
        return StackNeedsHuman(
            f"{stack.name} is in {stack.status}",
            stack.reason or "an operation stopped half way",
            details=details,
            hint=f"Bring it back to a stable state first: {target.command('rollback')}",
        )
    step = {
        "DELETE_FAILED": f"Remove what holds it, then: {target.command('destroy')}",
        "ROLLBACK_FAILED": f"Remove what holds it, then: {target.command('destroy')}",
    }.get(stack.status, "Look at it in the console; no command here knows this state.")
    return StackNeedsHuman(
        f"{stack.name} is in {stack.status}",
        stack.reason or "no deployment can leave this state",
        details=details,
        hint=step,
    )
