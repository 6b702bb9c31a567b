"""``watch``, which follows the latest operation, and ``events``, which lists the last ones.

CloudFormation keeps events for 90 days; who sent a request stands in CloudTrail alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bidops_cfn.deploy.change_set import list_change_sets
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.events import (
    CUTTING_SHORT,
    UNKNOWN,
    begins_operation,
    ends_operation,
    find_cause,
    is_of_stack,
    list_events,
)
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.follow import follow_operation
from bidops_cfn.deploy.operation import find_latest_operation
from bidops_cfn.deploy.records import Event, PastOperation, Result
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    find_stack,
    get_template,
    is_in_progress,
    make_absent_error,
    require_account,
)
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import (
    BACK,
    SUCCESS,
    make_ended_error,
    make_unreadable_error,
    report_success,
    require_services_running,
)
from bidops_cfn.errors import GuardRefused

GOOD = (*SUCCESS, "IMPORT_COMPLETE")
# What an operation is that began in a status, and the statuses in which it succeeds.
ACTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "CREATE_IN_PROGRESS": ("create", ("CREATE_COMPLETE",)),
    "UPDATE_IN_PROGRESS": ("update", ("UPDATE_COMPLETE",)),
    "DELETE_IN_PROGRESS": ("delete", ("DELETE_COMPLETE",)),
    "IMPORT_IN_PROGRESS": ("import", ("IMPORT_COMPLETE",)),
    "ROLLBACK_IN_PROGRESS": ("roll back", BACK),
    "UPDATE_ROLLBACK_IN_PROGRESS": ("roll back", BACK),
}


def watch(runtime: Runtime, target: Target, minutes: float) -> Result:
    """Follow the stack's latest operation from its first event; return how it ended.

    A time limit only ends the watching: the operation may be that of others.
    """
    require_account(runtime, target)
    stack = _find_stack(runtime, target)
    _require_executed(runtime, target, stack)
    operation = find_latest_operation(runtime, target, stack, minutes)
    runtime.stack_ids.keep(stack.id)
    stack = follow_operation(runtime, operation)
    deleted = stack.status == "DELETE_COMPLETE"
    if deleted and operation.event_log.start is None:
        raise _make_gone_error(target)  # it never was more than a placeholder
    if not (operation.deletes if deleted else stack.status in GOOD):
        raise make_ended_error(runtime, operation, stack)
    if deleted:
        stack = replace(stack, outputs=())  # they went with it
    else:
        try:
            text = get_template(runtime.client, stack.id)
        except Fault as fault:
            raise make_unreadable_error(target, stack, fault) from fault
        require_services_running(runtime, operation, stack, text)
    start = operation.event_log.start
    when = start.time if start else stack.updated
    begun = f", by the operation of {when:%Y-%m-%d %H:%M} UTC" if when else ""
    summary = f"{stack.name} is {stack.status}{begun}"
    result = report_success(runtime, target, stack, "finished", summary, operation=operation)
    return replace(result, next=f"Create it again: {target.creation()}") if deleted else result


def _find_stack(runtime: Runtime, target: Target) -> Stack:
    """Return the target's stack; one that is gone by the id that an operation on it has kept."""
    environment = target.environment
    stack = find_stack(runtime.client, environment.stack_name)
    if stack is None:
        place = (environment.account_id, environment.region, environment.stack_name)
        kept = runtime.stack_ids.find(*place)
        stack = find_stack(runtime.client, kept) if kept else None
    if stack is None:
        raise _make_gone_error(target)
    return stack


def _make_gone_error(target: Target) -> GuardRefused:
    environment = target.environment
    query = f"StackSummaries[?StackName=='{environment.stack_name}'].[StackId,StackStatusReason]"
    listing = "cloudformation list-stacks --stack-status-filter DELETE_COMPLETE"
    events = "cloudformation describe-stack-events --stack-name STACK_ID"
    details = ["cannot tell whether a creation was undone: none was begun or watched from here"]
    hint = (
        "Look for it among the stacks that are gone, and read its events by its id:\n"
        f'  {target.aws(listing, environment.region)} --query "{query}"\n'
        f"  {target.aws(events, environment.region)}\nOr create it: {target.creation()}"
    )
    return make_absent_error(environment, hint, details)


def _require_executed(runtime: Runtime, target: Target, stack: Stack) -> None:
    if stack.status != "REVIEW_IN_PROGRESS":
        return
    found = list(list_change_sets(runtime.client, stack.id))
    if any(one.execution.startswith("EXECUTE_") for one in found):
        return  # the stack was read a moment too early
    what = f"no operation to watch on {stack.name}"
    why = "its first change set has not been executed"
    waiting = [f"{one.name} waits: {one.description}" for one in found if one.live]
    step = f"Execute its plan: {target.command('deploy', '--plan', 'FILE')}"
    raise GuardRefused(what, why, details=waiting, hint=step)


@dataclass(slots=True)
class Span:
    """The events of one operation, oldest first, from the one with which it began."""

    events: list[Event]
    status: str
    end: Event | None = None
    cut: Event | None = None


def show_operations(runtime: Runtime, target: Target, last: int) -> Result:
    """Report the last operations of the stack, the newest first; also of one that is gone."""
    require_account(runtime, target)
    stack = _find_stack(runtime, target)
    spans = list(_split_operations(_read_events(runtime.client, stack.id, last), stack.id))[-last:]
    records = [_describe_span(span, latest=span is spans[-1]) for span in spans]
    for record in reversed(records):
        runtime.output.emit(record)
    count = f"{len(records)} operation{'s' * (len(records) != 1)}" if records else "no operation"
    runs = bool(records) and records[-1].outcome == "running"
    step = f"Follow the one that runs: {target.command('watch')}" if runs else ""
    summary = f"{count} of {stack.name}, which is {stack.status}"
    return target.succeed("finished", summary, stack.id, next=step)


def _read_events(client: Client, stack_id: str, last: int) -> list[Event]:
    """Return events that hold the ``last`` operations, oldest first; no page more than needed."""
    found: list[Event] = []
    begun = 0
    for event in list_events(client, stack_id):
        found.append(event)
        # What was cut short began before what may have cut it.
        begun += begins_operation(event, stack_id) and event.status not in CUTTING_SHORT
        if begun == last:
            break
    return found[::-1]


def _split_operations(events: Iterable[Event], stack_id: str) -> Iterator[Span]:
    """Yield the operations of events, oldest first, from the first beginning on."""
    span: Span | None = None
    for event in events:
        if begins_operation(event, stack_id):
            if span and event.status in CUTTING_SHORT and is_in_progress(span.status):
                span.cut = event
            else:
                if span:
                    yield span
                span = Span([], event.status)
        if span is None:
            continue
        span.events.append(event)
        if is_of_stack(event, stack_id):
            span.status = event.status
            span.end = event if ends_operation(event, stack_id) else None
    if span:
        yield span


def _describe_span(span: Span, *, latest: bool) -> PastOperation:
    start = span.events[0]
    action, good = ACTIONS.get(start.status, ("other", ()))
    outcome = _choose_outcome(span, action, good, latest=latest)
    cause = find_cause(span.events) if outcome != "succeeded" else UNKNOWN
    begin, end = start.time, span.end.time if span.end else None
    return PastOperation(
        action=action,
        begin=begin,
        end=end,
        seconds=round((end - begin).total_seconds()) if end else None,
        outcome=outcome,
        status=span.status,
        cause="" if cause == UNKNOWN else cause,
        token=start.token,
        cancelled_by=span.cut.token if span.cut else "",
    )


def _choose_outcome(span: Span, action: str, good: tuple[str, ...], *, latest: bool) -> str:
    if span.end is None:
        return "running" if latest and is_in_progress(span.status) else "cannot tell"
    if span.status.endswith("_FAILED"):
        return "failed"
    if span.cut is not None:
        return "cancelled"
    if span.status in good:
        return "succeeded"
    return "rolled back" if "ROLLBACK" in span.status or action == "create" else "cannot tell"
