"""The one block that a failed operation ends with: what, why, and what to type next."""

from __future__ import annotations

from urllib.parse import quote

from bidops_cfn.deploy.cause import UNKNOWN, find_cause
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import BidopsCfnError, CheckFailed, StackNeedsHuman


def make_failure_error(target: Target, operation: Operation, stack: Stack) -> BidopsCfnError:
    """Return the error for an operation that ended in a stack status that is no success."""
    cause = find_cause(operation.events)
    why = cause if cause != UNKNOWN else stack.reason or UNKNOWN
    details = [*operation.advice, *describe_evidence(operation.evidence)]
    if operation.cancelled:
        details = [f"Before that: {cause}"] * (cause != UNKNOWN) + details
        why = operation.cancelled
    details.append(f"Console: {make_console_url(stack)}")
    rollback = target.command("rollback")
    named = "" if target.images else " (an image that is not named stays the previous one)"
    fix = f"Mend the cause and run the deployment again{named}: {target.command('deploy')}"
    match stack.status:
        case "UPDATE_ROLLBACK_COMPLETE":
            return CheckFailed(
                "the update failed and was rolled back", why, details=details, hint=fix
            )
        case "DELETE_COMPLETE":
            hint = f"Mend the cause and run the deployment again: {target.creation()}"
            return CheckFailed(
                "the creation failed and was undone", why, details=details, hint=hint
            )
        case "ROLLBACK_COMPLETE":
            hint = f"Mend the cause, then: {target.creation('--recreate')}"
            return CheckFailed(
                "the creation failed and was rolled back", why, details=details, hint=hint
            )
        case "UPDATE_ROLLBACK_FAILED" | "UPDATE_FAILED" | "CREATE_FAILED":
            hint = f"Bring the stack back to a stable state: {rollback}"
        case "DELETE_FAILED":
            hint = f"Remove what holds the resources, then: {target.command('destroy')}"
        case _:
            hint = "Look at the stack's events in the console; no command here can mend this."
    what = f"the stack is in {stack.status} and needs a human"
    return StackNeedsHuman(what, why, details=details, hint=hint)


def make_console_url(stack: Stack) -> str:
    """Return the address of the stack's events in the AWS console."""
    _, partition, _, region, *_ = stack.id.split(":")
    domain = {"aws-cn": "amazonaws.cn", "aws-us-gov": "amazonaws-us-gov.com"}.get(
        partition, "aws.amazon.com"
    )
    return (
        f"https://{region}.console.{domain}/cloudformation/home?region={region}"
        f"#/stacks/events?stackId={quote(stack.id, safe='')}"
    )
