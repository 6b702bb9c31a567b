"""The one block that a failed operation ends with: what, why, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from bidops_cfn.deploy.events import find_first_failure
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import StoppedTask
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import BidopsCfnError, CheckFailed, StackNeedsHuman

TASKS_SHOWN = 2


def make_failure_error(target: Target, operation: Operation, stack: Stack) -> BidopsCfnError:
    """Return the error for an operation that ended in a stack status that is no success."""
    event = find_first_failure(operation.events)
    why = stack.reason or "no event says why"
    if operation.cancelled:
        why = operation.cancelled
    elif event is not None:
        why = f"{event.logical_id} ({event.resource_type}): {event.reason or event.status}"
    elif alarm := next((one for one in operation.events if "alarm" in one.reason.lower()), None):
        why = alarm.reason
    details = [*describe_evidence(operation.evidence), f"Console: {make_console_url(stack)}"]
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


def describe_evidence(evidence: Evidence) -> Iterator[str]:
    """Yield what was seen of the services that failed."""
    for service in sorted({*evidence.rollouts, *evidence.stopped, *evidence.unhealthy}):
        if service in evidence.rollouts:
            yield f"{service}: {evidence.rollouts[service]}"
        for task in evidence.stopped.get(service, ())[:TASKS_SHOWN]:
            yield from describe_stopped_task(service, task)
        for target in evidence.unhealthy.get(service, ()):
            yield f"{service}: target {target}"


def describe_stopped_task(service: str, task: StoppedTask) -> Iterator[str]:
    """Yield a stopped task: ECS's reason, its containers, its last log lines."""
    code = f" [{task.stop_code}]" if task.stop_code else ""
    yield f"{service}: task {task.task[:8]} stopped{code}: {task.reason}"
    yield from (f"    {container}" for container in task.containers)
    yield from (f"    log: {line}" for line in task.log)


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
