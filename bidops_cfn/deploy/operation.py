"""One operation of a stack that is followed: its stack, its events, and what was seen of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bidops_cfn.deploy.events import EventLog, begins_operation, find_newest_event, list_events
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, is_in_progress


@dataclass(slots=True)
class Operation:
    """One operation of a stack.

    ``before`` is the stack as it stood just before; None where no read can show an older end.
    ``cancelled`` says why it was cancelled here, if it was.
    """

    event_log: EventLog
    before: Stack | None = None
    change_set_id: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    events: list[Event] = field(default_factory=list)
    ended: bool = False
    readable: bool = True
    cancelled: str = ""

    @property
    def name(self) -> str:
        """The stack's name, as it stands in its id."""
        return self.event_log.stack_id.split("/")[1]

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return self.event_log.stack_id

    def is_newer(self, stack: Stack) -> bool:
        """Tell whether ``stack`` was read after the operation had begun."""
        return (
            self.ended
            or self.before is None
            or stack.status != self.before.status
            or stack.updated != self.before.updated
            or (bool(self.change_set_id) and stack.change_set_id == self.change_set_id)
        )

    def is_over(self, stack: Stack) -> bool:
        """Tell whether ``stack`` shows that the operation has come to its end."""
        return (
            not is_in_progress(stack.status)
            and stack.status != "REVIEW_IN_PROGRESS"
            and self.is_newer(stack)
        )


def prepare_operation(runtime: Runtime, stack: Stack, token: str) -> Operation:
    """Return the operation that a request with ``token`` is about to begin on ``stack``."""
    newest = find_newest_event(runtime.client, stack.id)
    return Operation(EventLog(stack.id, {token}, newest), before=stack)


def find_latest_operation(runtime: Runtime, stack: Stack) -> Operation:
    """Return the stack's latest operation, running or over, to be followed from its beginning."""
    start, mark = find_first_event(runtime, stack)
    event_log = EventLog(stack.id, set(), mark)
    if start is not None:
        event_log.tokens.add(start.token)
        event_log.operations.update({start.operation} - {""})
    return Operation(event_log)


def find_first_event(runtime: Runtime, stack: Stack) -> tuple[Event | None, str]:
    """Return the event with which the latest operation began, and the id of the one before it."""
    start: Event | None = None
    for event in list_events(runtime.client, stack.id):
        if start is not None:
            return start, event.id
        if begins_operation(event, stack.id):
            start = event
    return start, ""
