"""The one block that a failed operation ends with: what, why, and what to type next."""

from __future__ import annotations

from bidops_cfn.deploy.cause import UNKNOWN, find_cause
from bidops_cfn.deploy.console import make_stack_url
from bidops_cfn.deploy.events import describe_request
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import BidopsCfnError, CheckFailed, StackNeedsHuman


def make_failure_error(target: Target, operation: Operation, stack: Stack) -> BidopsCfnError:
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
    details += [*operation.describe_successor(), f"Console: {make_stack_url(stack.id)}"]
    step = choose_next_step(target, operation, stack.status)
    what = name_end(operation, stack.status)
    if what:
        return CheckFailed(what, why, details=details, hint=step)
    what = f"the stack is in {stack.status} and needs a human"
    return StackNeedsHuman(what, why, details=details, hint=step)


def name_end(operation: Operation, status: str) -> str:
    """Return how a failed operation ended; empty where it stopped half way."""
    cut_short = operation.event_log.intervention is not None
    ended, was = ("was cancelled", "") if operation.cancelled or cut_short else ("failed", "was ")
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return f"the update {ended} and {was}rolled back"
    if status == "ROLLBACK_COMPLETE":
        return f"the creation {ended} and {was}rolled back"
    if status == "DELETE_COMPLETE":
        start = operation.event_log.start
        begun = start.status if start else "CREATE_IN_PROGRESS"
        doing = {"CREATE_IN_PROGRESS": "created", "UPDATE_IN_PROGRESS": "updated"}.get(begun)
        if cut_short or doing != "created":
            return (
                f"the stack was deleted while it was being {doing}" if doing else "it was deleted"
            )
    return f"the creation {ended} and {was}undone" if status == "DELETE_COMPLETE" else ""


def choose_next_step(target: Target, operation: Operation, status: str) -> str:
    """Return what to type after an operation that ended in ``status``, which is no success."""
    named = "" if target.images else " (an image that is not named stays the previous one)"
    again = "Fix the cause and run the deployment again"
    if operation.event_log.intervention or (operation.cancelled and not operation.overdue):
        again = "Run the deployment again if it is still wanted"
    destroy, rollback = target.command("destroy"), target.command("rollback")
    step = {
        "UPDATE_ROLLBACK_COMPLETE": f"{again}{named}: {target.command('deploy')}",
        "DELETE_COMPLETE": f"{again}: {target.creation()}",
        "ROLLBACK_COMPLETE": f"Fix the cause, then: {target.creation('--recreate')}",
        "DELETE_FAILED": f"Remove what holds the resources, then: {destroy}",
        **dict.fromkeys(
            ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "CREATE_FAILED"),
            f"Bring the stack back to a stable state: {rollback}",
        ),
    }.get(status, "Look at the stack's events in the console; no command here can fix this.")
    if operation.successor is not None:
        return f"Follow the other operation: {target.command('watch')}\n{step}"
    return step
