"""Joining an operation that somebody else started, or that we left: which events are its own."""

from __future__ import annotations

from bidops_cfn.deploy.events import STACK_TYPE, Journal, is_automatic, newest_first
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack


def joined(runtime: Runtime, stack: Stack) -> Operation:
    """Return the stack's latest operation, running or over, to be followed from its beginning."""
    start, mark = beginning(runtime, stack)
    journal = Journal(stack.id, set(), mark)
    if start is not None:
        journal.tokens.add(start.token)
        journal.operations.update({start.operation} - {""})
    return Operation(journal)


def beginning(runtime: Runtime, stack: Stack) -> tuple[Event | None, str]:
    """Return the event with which the latest operation began, and the id of the one before it."""
    start: Event | None = None
    for event in newest_first(runtime.wire, stack.id):
        if start is not None:
            return start, event.id
        if begins(event, stack.id):
            start = event
    return start, ""


def begins(event: Event, stack_id: str) -> bool:
    """Tell whether somebody's request, not CloudFormation itself, began an operation."""
    return (
        event.resource_type == STACK_TYPE
        and event.physical_id == stack_id
        and event.status.endswith("_IN_PROGRESS")
        and "CLEANUP" not in event.status
        and event.status != "REVIEW_IN_PROGRESS"
        and not is_automatic(event)
    )
