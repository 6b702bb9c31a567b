"""One operation of a stack that is followed: its request, its events, and what was seen of it.

How it ended is what its own last event says. ``DescribeStacks`` may show for half a minute what
stood before it (aws-cdk-cli PR 1848), and the next operation, of others, right after it; so what it
shows counts only when it is newer than what stood before, and of this operation.

A request whose answer is lost may have arrived, and so may a refused one, when it is the repetition
of one that did: the events of the stack tell, by the request's token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.events import (
    CUTTING_SHORT,
    EventLog,
    begins_operation,
    describe_request,
    find_newest_event,
    is_of_stack,
    list_events,
)
from bidops_cfn.deploy.evidence import CLOCKS_APART, Evidence
from bidops_cfn.deploy.faults import TRANSIENT, Fault
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.runtime import Runtime, repeat
from bidops_cfn.deploy.stack import Stack, find_stack, is_in_progress
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json

ASK_SECONDS = 10.0  # for an event to appear
ASK_PAUSE = 1.0


class CancelMethod(Enum):
    """How an operation can be cancelled, as the question says it."""

    CANCEL = "cancel it: the update is rolled back"
    DELETE = "cancel it: the new stack is deleted"
    NOTHING = ""


@dataclass(slots=True)
class Operation:
    """One operation of the target's stack, followed for at most ``minutes``.

    ``token`` is that of our request, empty where others began it. ``before`` is the stack as it
    stood just before; None where that is not known, or where no read can show an older end.
    ``overdue`` says that it took longer than its minutes, ``cancelled`` why it was cancelled here,
    if it was, ``stopped`` which rollouts were stopped with it; ``advice`` is what
    hooks asked for, ``kept_policy`` a policy of the stack that is not replaced by ours, ``left``
    the status in which it was found to be over.
    """

    target: Target
    event_log: EventLog
    minutes: float
    token: str = ""
    cancel_method: CancelMethod = CancelMethod.NOTHING
    before: Stack | None = None
    change_set_id: str = ""
    evidence: Evidence = field(default_factory=Evidence)
    events: list[Event] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    kept_policy: Json | None = None
    readable: bool = True
    overdue: bool = False
    cancelled: str = ""
    stopped: list[str] = field(default_factory=list)
    left: str = ""

    @property
    def name(self) -> str:
        """The stack's name, as it stands in its id."""
        return self.stack_id.split("/")[1]

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return self.event_log.stack_id

    @property
    def successor(self) -> Event | None:
        """How an operation of others began after this one; None where none did."""
        return self.event_log.successor

    @property
    def ended(self) -> str:
        """The status in which it was seen to end; empty while it runs."""
        end = self.event_log.end
        return end.status if end else self.left

    @property
    def deletes(self) -> bool:
        """Whether its request was to delete the stack, or to roll it back, which may delete it."""
        start = self.event_log.start
        return start is not None and start.status in CUTTING_SHORT

    def is_end(self, stack: Stack) -> bool:
        """Tell whether ``stack``, as it was read, is what the operation left."""
        end = self.event_log.end
        return (
            not is_in_progress(stack.status)
            and stack.status != "REVIEW_IN_PROGRESS"
            and (end is None or end.status == stack.status)
            and self.is_newer(stack)
            and not self.is_of_others(stack)
        )

    def is_newer(self, stack: Stack) -> bool:
        """Tell whether ``stack`` was read after the operation had begun."""
        if stack.change_set_id and stack.change_set_id == self.change_set_id:
            return True
        if self.before is None:
            start = self.event_log.start
            if start is None or start.status != "UPDATE_IN_PROGRESS" or stack.updated is None:
                return True
            return stack.updated >= start.time - CLOCKS_APART
        if stack.updated is not None and stack.updated != self.before.updated:
            return self.before.updated is None or stack.updated > self.before.updated
        return stack.status != self.before.status

    @property
    def failed_again(self) -> bool:
        """Whether it left the failed status that stood before it, which no read can tell apart."""
        # Continuing a rollback or a deletion need not change LastUpdatedTime.
        end, before = self.event_log.end, self.before
        if end is None or before is None:
            return False
        return end.status.endswith("_FAILED") and end.status == before.status

    def describe_successor(self) -> Iterator[str]:
        """Yield that an operation of others has begun after this one, if one has."""
        if self.successor is not None:
            yield f"another operation has begun since: {describe_request(self.successor)}"

    def is_of_others(self, stack: Stack) -> bool:
        """Tell whether ``stack`` shows a change set that is neither ours nor of before."""
        known = ("", self.change_set_id, self.before.change_set_id if self.before else "")
        return bool(self.change_set_id) and stack.change_set_id not in known

    def find_created_resources(self) -> dict[str, str]:
        """Return the physical ids of what its own events say is complete, by logical id."""
        return {
            event.logical_id: event.physical_id
            for event in self.events
            if event.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
            and not is_of_stack(event, self.stack_id)
        }

    def make_ended_stack(self) -> Stack | None:
        """Return the stack as the operation's own last event says; None while it runs."""
        start, end = self.event_log.start, self.event_log.end
        if end is None:
            return None
        return replace(
            self.before or Stack(self.stack_id, self.name, end.status),
            status=end.status,
            reason=end.reason,
            outputs=(),
            change_set_id=self.change_set_id,
            updated=start.time if start else None,
        )


def prepare_operation(
    runtime: Runtime, target: Target, stack: Stack, what: str, minutes: float
) -> Operation:
    """Return the operation that a request of ours is about to begin on ``stack``: ``delete``."""
    token = f"bidops-cfn-{what}-{runtime.unique()[:8]}"
    newest = find_newest_event(runtime.client, stack.id)
    return Operation(target, EventLog(stack.id, {token}, newest), minutes, token, before=stack)


def find_latest_operation(
    runtime: Runtime, target: Target, stack: Stack, minutes: float
) -> Operation:
    """Return the stack's latest operation, running or over, to be followed from its beginning."""
    start, mark = _find_first_event(runtime, stack)
    event_log = EventLog(stack.id, set(), mark)
    if start is not None:
        event_log.tokens.update({start.token} - {""})
        event_log.operations.update({start.operation} - {""})
    evidence = Evidence(joined=True, since=start.time if start else None)
    return Operation(target, event_log, minutes, evidence=evidence)


def _find_first_event(runtime: Runtime, stack: Stack) -> tuple[Event | None, str]:
    """Return the event with which the latest operation began, and the id of the one before it."""
    start: Event | None = None
    mark = ""
    for event in list_events(runtime.client, stack.id):
        if start is None:
            start = event if begins_operation(event, stack.id) else None
            continue
        mark = mark or event.id
        of_stack = is_of_stack(event, stack.id)
        if start.status not in CUTTING_SHORT or (of_stack and not is_in_progress(event.status)):
            break
        if of_stack:
            start, mark = (event if begins_operation(event, stack.id) else None), ""
    return start, mark


def has_begun(
    runtime: Runtime,
    operation: Operation,
    token: str,
    fault: Fault | None = None,
    ask: Callable[[], bool] = lambda: False,
) -> bool:
    """Tell whether the request with ``token`` took effect, although its call ended in ``fault``.

    Asked again for ``ASK_SECONDS`` unless AWS refused the call. ``ask`` is asked too. Raises a
    ``Fault`` when neither can be read.
    """
    refused = fault is not None and not isinstance(fault, TRANSIENT)
    return any(
        _is_effective(runtime.client, operation, token, ask)
        for _ in repeat(runtime.clock, 0 if refused else ASK_SECONDS, ASK_PAUSE)
    )


def _is_effective(
    client: Client, operation: Operation, token: str, ask: Callable[[], bool]
) -> bool:
    """Tell whether events, ``ask``, or where there are no events the stack show the request."""
    try:
        if _shows_request(client, operation, token):
            return True
    except Fault:
        if ask():
            return True
        stack = find_stack(client, operation.stack_id)
        return stack is None or is_in_progress(stack.status) or operation.is_newer(stack)
    try:
        return ask()
    except Fault:
        return False


def _shows_request(client: Client, operation: Operation, token: str) -> bool:
    log = operation.event_log
    for event in list_events(client, log.stack_id):
        if event.id == (log.newest or log.mark):
            return False
        unmarked = not event.token and not event.operation
        if begins_operation(event, log.stack_id) and (event.token == token or unmarked):
            return True
    return False
