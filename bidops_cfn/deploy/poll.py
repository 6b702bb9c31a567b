"""Polling an operation until it is over, with a call a second, or two where services fail.

It is over when its own last event says so, and ``DescribeStacks`` within a minute the same. Only
where the events cannot be read does a read of the stack tell the end. A poll that fails is a
warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, NotingClient
from bidops_cfn.deploy.faults import (
    STRANGE_ANSWER,
    TRANSIENT,
    ExpiredCredentials,
    Fault,
    describe_strange,
)
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Event, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack

FAST_SECONDS = 30.0  # polled every second at first: most operations are short, and people wait
SLOW_INTERVAL = 3.0
LONGEST_INTERVAL = 10.0
LONGEST_SERVICE_INTERVAL = 6.0
JITTER = 0.2
FAILING_CALLS_PER_SECOND = 2.0  # one to follow the operation, one more to explain what fails
STACK_POLL_EVERY = 12  # without news, the stack itself is asked for every so many polls
SERVICE_POLL_EVERY = 6  # while polling is fast
SILENCE_SECONDS = 300.0
SETTLING_SECONDS = 60.0  # for events and stack to agree; reads are up to half a minute late


class TimedOut(Exception):
    """The operation still runs after its time limit."""


class EndUnknown(Exception):
    """How the operation ended is not known: its events cannot be read, or do not tell."""

    def __init__(self, why: str = "") -> None:
        why = why or "another operation has begun, and no event tells how this one ended"
        super().__init__(why)


class OperationUnreadable(Exception):
    """AWS does not tell how the operation goes on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def poll_operation(runtime: Runtime, operation: Operation) -> Stack:
    """Return the stack once the operation is over; raise ``TimedOut`` after its minutes."""
    clock = runtime.clock
    start = clock.monotonic()
    poller = Poller(runtime, operation, NotingClient(runtime.client), answered=start)
    for number in count():
        calls = poller.client.calls
        elapsed = clock.monotonic() - start
        fast = elapsed < FAST_SECONDS
        stack = poller.poll(number, fast=fast)
        if stack is not None:
            return stack
        runtime.output.status(f"Waiting for CloudFormation to finish {operation.name} ...")
        if elapsed >= operation.minutes * 60:
            raise TimedOut
        pause = choose_interval(elapsed, services=bool(operation.evidence.active))
        if not fast:
            pause *= 1 + JITTER * runtime.chance()
        rate = FAILING_CALLS_PER_SECOND if operation.evidence.is_failing else 1.0
        clock.sleep(max(pause, (poller.client.calls - calls) / rate))
    raise AssertionError  # the loop has no other end


def choose_interval(elapsed: float, *, services: bool) -> float:
    """Return the seconds to the next poll, ``elapsed`` seconds after the first."""
    if elapsed < FAST_SECONDS:
        return 1.0
    longest = LONGEST_SERVICE_INTERVAL if services else LONGEST_INTERVAL
    return min(longest, SLOW_INTERVAL + (elapsed - FAST_SECONDS) / 30)


@dataclass(slots=True)
class Poller:
    """The polls of one operation; ``answered`` is when AWS last described the stack.

    ``ending`` is when the events or the stack first showed the end, None before.
    """

    runtime: Runtime
    operation: Operation
    client: NotingClient
    answered: float
    ending: float | None = None

    def poll(self, number: int, *, fast: bool) -> Stack | None:
        """Poll once, with one call while polling is fast; return the stack when it is over."""
        calls = self.client.calls
        if not fast or number % SERVICE_POLL_EVERY == SERVICE_POLL_EVERY // 2:
            self._poll_services()
        if fast and self.client.calls > calls:
            return None
        readable = self.poll_events()
        log = self.operation.event_log
        due = number % STACK_POLL_EVERY == STACK_POLL_EVERY - 1
        if readable and log.end is None and self.ending is None and not due:
            return None
        stack = self._find_end()
        if stack is not None:
            with suppress(OperationUnreadable):  # it is over: what may be read now is asked next
                self._poll_services()
        return stack

    def _find_end(self) -> Stack | None:
        """Return the stack as the operation left it, once events and stack agree that it is over.

        After ``SETTLING_SECONDS``, when the next operation has begun, and when it failed as the one
        before it, the events decide alone; the stack alone where no event tells.
        """
        operation = self.operation
        ended = operation.make_ended_stack()
        if operation.successor is not None and ended is None:
            raise EndUnknown
        if operation.successor is not None or operation.failed_again:
            return ended
        try:
            stack = self._poll_stack()
        except OperationUnreadable:
            if ended is None:
                raise
            return ended
        agreed = stack is not None and operation.is_end(stack)
        if agreed and (ended is not None or not operation.readable or not operation.events):
            return stack
        superseded = stack is not None and operation.is_of_others(stack)
        if not agreed and ended is None and not superseded:
            self.ending = None
            return None
        now = self.runtime.clock.monotonic()
        self.ending = now if self.ending is None else self.ending
        if now - self.ending < SETTLING_SECONDS:
            return None
        if ended is None and superseded:
            raise EndUnknown
        return ended or stack

    def poll_events(self) -> bool:
        """Report the operation's new events and learn from them; tell whether they are readable."""
        operation = self.operation
        try:
            events = operation.event_log.read_new(self.client)
        except Fault as fault:
            self._warn(fault, "the stack's events cannot be read", once=operation.readable)
            operation.readable = False
            return False
        operation.readable = True
        advice = list(_read_hook_advice(self.client, events))
        if advice:
            operation.advice += advice
            self.runtime.output.emit(Notice("a hook refused a resource", tuple(advice)))
        for event in events:
            operation.events.append(event)
            operation.evidence.note_event(event)
            self.runtime.output.emit(event)
        return True

    def _poll_stack(self) -> Stack | None:
        try:
            stack = find_stack(self.client, self.operation.stack_id)
        except Fault as fault:
            silence = self.runtime.clock.monotonic() - self.answered
            if not isinstance(fault, TRANSIENT) or silence > SILENCE_SECONDS:
                raise OperationUnreadable(fault) from fault
            return None
        self.answered = self.runtime.clock.monotonic()
        return stack

    def _poll_services(self) -> None:
        evidence = self.operation.evidence
        try:
            for progress in evidence.read_progress(self.client):
                self.runtime.output.emit(progress)
        except (Fault, *STRANGE_ANSWER) as error:
            self._warn(error, "the services cannot be read", once=evidence.readable)
            evidence.readable = False

    def _warn(self, error: Exception, message: str, *, once: bool) -> None:
        if isinstance(error, ExpiredCredentials):
            raise OperationUnreadable(error) from error
        if once:
            why = str(error) if isinstance(error, Fault) else describe_strange(error)
            self.runtime.output.emit(Notice(message, (why,)))


def _read_hook_advice(client: Client, events: Sequence[Event]) -> Iterator[str]:
    """Yield what failed hooks ask for: ``CT.LOGS.1 (HIGH): no KmsKeyId; Set KmsKeyId to ...``."""
    for event in events:
        if not event.hook_failed or not event.hook_id:
            continue
        try:
            answer = client(Call.GET_HOOK_RESULT, HookResultId=event.hook_id)
        except Fault:
            return
        for one in answer.get("Annotations", ()):
            if one.get("Status") == "PASSED":
                continue
            severity = f" ({one['SeverityLevel']})" if one.get("SeverityLevel") else ""
            texts = (one.get(key) for key in ("StatusMessage", "RemediationMessage"))
            said = "; ".join(text for text in (*texts, one.get("RemediationLink")) if text)
            yield f"{event.logical_id}: {one.get('AnnotationName', 'hook')}{severity}: {said}"
