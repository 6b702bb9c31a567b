"""The stack events of one operation: ours, and nothing that happened before or beside it; and why.

CloudFormation gives every operation an id, and events carry the token of the request that started
it. An automatic rollback is an operation of its own, with its own id; it belongs to ours.

The cause of a failure is the first one, not what followed from it: a resource that fails names it,
except where it only names a hook, whose own event has the reason; an export in use or an invalid
template stands on the event with which the stack's rollback begins, and no resource fails at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.stack import is_in_progress

STACK_TYPE = "AWS::CloudFormation::Stack"
CUTTING_SHORT = ("UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS")
LATE = timedelta(seconds=30)  # by which an event may be listed after newer ones
UNKNOWN = "no event says why"
# What only says that something else failed: "Resource update cancelled", and the list of failures.
CONSEQUENCE = re.compile(r"^Resource \w+ cancelled|following resource\(s\) failed", re.IGNORECASE)
NO_REASON = ("User Initiated",)
HOOKED = "following hook(s) failed"


@dataclass(slots=True)
class EventLog:
    """The events of one operation of a stack, each read once, and what they say of its end.

    ``tokens`` are those of our requests; ``mark`` is the newest event before the operation began,
    empty when there was none. What has no token and no operation id (as some endpoints answer)
    counts as ours when it is newer than the mark.

    ``newest`` is the newest event that was read, of any operation. ``start`` and ``latest`` are the
    operation's first and latest word on the stack itself; it is ``end`` when the operation is over.
    ``intervention`` is how a request of others cut it short (they cancelled the update, they
    deleted the stack); ``successor`` is how an operation of others began after it.
    """

    stack_id: str
    tokens: set[str]
    mark: str = ""
    operations: set[str] = field(default_factory=set)
    start: Event | None = None
    latest: Event | None = None
    intervention: Event | None = None
    successor: Event | None = None
    newest: str = ""
    _seen: set[str] = field(default_factory=set)
    _reached: datetime | None = None

    @property
    def end(self) -> Event | None:
        """The operation's last word on the stack; None while it runs."""
        over = self.latest is not None and ends_operation(self.latest, self.stack_id)
        return self.latest if over else None

    @property
    def status(self) -> str:
        """The stack's status by the operation's latest word, empty before the first."""
        return self.latest.status if self.latest else ""

    def read_new(self, client: Client) -> list[Event]:
        """Return the operation's events since the last call, oldest first, each once.

        An event may be listed after newer ones, and stand on two pages while new ones come.
        """
        new: dict[str, Event] = {}
        newest = ""
        for event in list_events(client, self.stack_id):
            newest = newest or event.id
            late = self._reached is None or event.time >= self._reached - LATE
            if event.id == self.mark or (event.id in self._seen and not late):
                break
            if event.id not in self._seen:
                new[event.id] = event
        self.newest = newest or self.mark
        self._seen.update(new)
        oldest_first = list(new.values())[::-1]  # which holds where times are equal
        found = sorted(oldest_first, key=lambda event: event.time)
        if found:
            self._reached = max(found[-1].time, self._reached or found[-1].time)
        return [event for event in found if self.owns(event)]

    def owns(self, event: Event) -> bool:
        """Tell whether an event belongs to the operation, and learn what it says of it."""
        ours, begins = self._is_ours(event), begins_operation(event, self.stack_id)
        seen = self.start is not None or self.end is not None
        theirs = event.token not in ("", *self.tokens)
        if seen and not ours and begins:
            if self.end is not None or event.status not in CUTTING_SHORT:
                self.successor = self.successor or event
                return False
            self.intervention = event
        elif not ours:
            return False
        elif seen and begins and theirs and event.status in CUTTING_SHORT:
            self.intervention = event  # counted to ours, which it cuts short
        self.operations.update({event.operation} - {""})
        if is_of_stack(event, self.stack_id):
            self.tokens.update({event.token} - {""})
            if is_in_progress(event.status):
                self.start = self.start or event
            if self.latest is None or event.time >= self.latest.time:
                self.latest = event
        return True

    def _is_ours(self, event: Event) -> bool:
        if event.token in self.tokens or event.operation in self.operations:
            return True
        runs = self.start is not None and self.end is None
        if event.token or event.operation:
            return runs and _is_automatic_rollback(event)
        begins = begins_operation(event, self.stack_id)
        return self.successor is None and not (begins and self.end is not None)


def list_events(client: Client, stack_id: str) -> Iterator[Event]:
    """Yield the events of a stack, the newest first, as AWS does."""
    for event in paginate(client, Call.DESCRIBE_STACK_EVENTS, "StackEvents", StackName=stack_id):
        yield _parse_event(event)


def find_newest_event(client: Client, stack_id: str) -> str:
    """Return the id of the newest event, empty when there is none."""
    return next((event.id for event in list_events(client, stack_id)), "")


def find_request(client: Client, stack_id: str, mark: str, token: str) -> Event | None:
    """Return the event with which the request with ``token`` began an operation.

    Without one, that of the first request after the event ``mark``, or else of the last before it.
    """
    found, passed = None, False
    for event in list_events(client, stack_id):
        passed = passed or event.id == mark
        if passed and found is not None:
            break
        if begins_operation(event, stack_id):
            found = event
            if event.token == token:
                break
    return found


def find_stack_status(client: Client, stack_id: str) -> str:
    """Return the stack's status by its newest event about itself, empty when there is none."""
    events = list_events(client, stack_id)
    return next((one.status for one in events if is_of_stack(one, stack_id)), "")


def _parse_event(described: Json) -> Event:
    hook = " ".join(
        described[key]
        for key in ("HookType", "HookStatus", "HookStatusReason")
        if described.get(key)
    )
    return Event(
        id=described["EventId"],
        time=described["Timestamp"],
        logical_id=described.get("LogicalResourceId", ""),
        resource_type=described.get("ResourceType", ""),
        status=described.get("ResourceStatus", ""),
        reason=described.get("ResourceStatusReason") or "",
        physical_id=described.get("PhysicalResourceId") or "",
        token=described.get("ClientRequestToken") or "",
        operation=described.get("OperationId") or "",
        hook=hook,
        hook_id=described.get("HookInvocationId") or "",
        hook_failed=described.get("HookStatus") == "HOOK_COMPLETE_FAILED"
        and described.get("HookFailureMode", "FAIL") == "FAIL",
    )


def is_of_stack(event: Event, stack_id: str) -> bool:
    """Tell whether an event is about the stack itself, not a resource or a stack within it."""
    return event.resource_type == STACK_TYPE and event.physical_id == stack_id


def begins_operation(event: Event, stack_id: str) -> bool:
    """Tell whether a request, not CloudFormation itself, began an operation."""
    return (
        is_of_stack(event, stack_id)
        and is_in_progress(event.status)
        and "CLEANUP" not in event.status
        and not _is_automatic_rollback(event)
    )


def ends_operation(event: Event, stack_id: str) -> bool:
    """Tell whether an event says that an operation of the stack is over."""
    return (
        is_of_stack(event, stack_id)
        and not is_in_progress(event.status)
        and event.status != "REVIEW_IN_PROGRESS"
    )


def _is_automatic_rollback(event: Event) -> bool:
    return (
        event.resource_type == STACK_TYPE
        and event.status in CUTTING_SHORT
        and "User Initiated" not in event.reason
    )


def describe_request(event: Event) -> str:
    """Return what of a request is known by the event with which its operation began."""
    by = f", by request {event.token}" if event.token else ""
    return f"{event.status} at {event.time:%Y-%m-%d %H:%M:%S} UTC{by}"


def find_cause(events: Sequence[Event]) -> str:
    """Return why the operation of ``events`` failed, in AWS's words, or ``UNKNOWN``."""
    reasons = [
        event.reason
        for event in events
        if event.resource_type == STACK_TYPE and event.reason and event.reason not in NO_REASON
    ]
    # What only follows from something else comes last.
    candidates = [*_find_failures(events), *sorted(reasons, key=is_consequence)]
    if candidates:
        return candidates[0]
    unexplained = (one for one in events if _is_failure(one) and not is_consequence(one.reason))
    failed = next(unexplained, None)
    return f"{_name_resource(failed)}: {failed.status}" if failed else UNKNOWN


def _find_failures(events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        if event.hook_failed:
            yield f"{_name_resource(event)}: {event.hook}"
        elif event.resource_type == STACK_TYPE or is_consequence(event.reason):
            continue
        elif _is_failure(event) and event.reason and HOOKED not in event.reason:
            yield f"{_name_resource(event)}: {event.reason}"
    yield from (
        f"{_name_resource(event)}: {event.reason}"
        for event in events
        if _is_failure(event) and HOOKED in event.reason
    )


def find_stuck(events: Sequence[Event]) -> list[str]:
    """Return what failed by itself in the last rollback of an update, by logical id."""
    stuck: dict[str, None] = {}
    for event in events:
        if event.resource_type == STACK_TYPE:
            if event.status == "UPDATE_ROLLBACK_IN_PROGRESS":
                stuck.clear()
        elif _is_failure(event) and not is_consequence(event.reason):
            stuck[event.logical_id] = None
    return list(stuck)


def _is_failure(event: Event) -> bool:
    return event.status.endswith("_FAILED")


def is_consequence(reason: str) -> bool:
    """Tell whether a reason only says that something else failed."""
    return CONSEQUENCE.search(reason) is not None


def _name_resource(event: Event) -> str:
    return f"{event.logical_id} ({event.resource_type})"
