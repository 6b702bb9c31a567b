"""Following an operation until the stack stands still, at most one call a second.

Events only tell when to look: the end is what ``DescribeStacks`` says by stack id, and only after
the stack was seen to move, since a read just after the start may still show the state before
(aws-cdk-cli PR 1848). A poll that fails is a warning; the operation goes on without us anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.events import Journal, ends
from bidops_cfn.deploy.evidence import Evidence
from bidops_cfn.deploy.faults import PASSING, ExpiredCredentials, Fault
from bidops_cfn.deploy.records import Event, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.state import in_progress
from bidops_cfn.deploy.wire import Metered, Wire

BRISK_SECONDS = 30.0  # polled every second at first: most operations are short, and people wait
CALM_INTERVAL = 3.0
LONGEST_INTERVAL = 10.0
JITTER = 0.2
LOOKS_APART = 12  # without news, the stack itself is asked for every so many polls
SERVICE_LOOKS_APART = 6  # while polling is brisk
SILENCE_SECONDS = 300.0


class TimedOut(Exception):
    """The operation still runs when its time is up."""


class LostSight(Exception):
    """AWS does not let us see how the operation goes on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(slots=True)
class Operation:
    """An operation that is followed: which stack, which events, and what was seen so far.

    ``before`` is the stack as it stood just before; None where no read can show an older end.
    ``cancelled`` says why we called it off, if we did.
    """

    journal: Journal
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
        return self.journal.stack_id.split("/")[1]

    @property
    def stack_id(self) -> str:
        """The stack's id."""
        return self.journal.stack_id

    def moved(self, stack: Stack) -> bool:
        """Tell whether ``stack`` was read after the operation began."""
        return (
            self.ended
            or self.before is None
            or stack.status != self.before.status
            or stack.updated != self.before.updated
            or (bool(self.change_set_id) and stack.change_set_id == self.change_set_id)
        )


def interval(elapsed: float) -> float:
    """Return the seconds to the next poll, ``elapsed`` seconds after the first."""
    if elapsed < BRISK_SECONDS:
        return 1.0
    return min(LONGEST_INTERVAL, CALM_INTERVAL + (elapsed - BRISK_SECONDS) / 30)


def follow(runtime: Runtime, operation: Operation, seconds: float | None = None) -> Stack:
    """Return the stack once the operation is over; raise ``TimedOut`` after ``seconds``.

    Raises ``LostSight`` when the credentials expire, reading is forbidden, or AWS is silent for
    minutes.
    """
    wire = Metered(runtime.wire)
    start = heard = runtime.clock.monotonic()
    for poll in count():
        calls = wire.calls
        elapsed = runtime.clock.monotonic() - start
        brisk = elapsed < BRISK_SECONDS
        services_turn = poll % SERVICE_LOOKS_APART == SERVICE_LOOKS_APART // 2
        if services_turn or not brisk:
            look_at_services(runtime, operation, wire)
        if wire.calls == calls or not brisk:  # while brisk, one call at a time
            readable = read_events(runtime, operation, wire)
            if operation.ended or not readable or poll % LOOKS_APART == LOOKS_APART - 1:
                try:
                    stack = stacks.find(wire, operation.stack_id)
                except Fault as fault:
                    silence = runtime.clock.monotonic() - heard
                    if not isinstance(fault, PASSING) or silence > SILENCE_SECONDS:
                        raise LostSight(fault) from fault
                else:
                    heard = runtime.clock.monotonic()
                    if stack is not None and over(operation, stack):
                        look_at_services(runtime, operation, wire)
                        return stack
        runtime.output.status(f"Waiting for CloudFormation to finish {operation.name} ...")
        if seconds is not None and elapsed >= seconds:
            raise TimedOut
        pause = max(interval(elapsed), float(wire.calls - calls))
        runtime.clock.sleep(pause if brisk else pause * (1 + JITTER * runtime.chance()))
    raise AssertionError  # the loop has no other end


def over(operation: Operation, stack: Stack) -> bool:
    """Tell whether the operation has come to its end."""
    return (
        not in_progress(stack.status)
        and stack.status != "REVIEW_IN_PROGRESS"
        and operation.moved(stack)
    )


def read_events(runtime: Runtime, operation: Operation, wire: Wire) -> bool:
    """Report the operation's new events and learn from them; tell whether they could be read."""
    try:
        events = operation.journal.unread(wire)
    except ExpiredCredentials as fault:
        raise LostSight(fault) from fault
    except Fault as fault:
        if operation.readable:
            runtime.output.emit(Notice("the stack's events cannot be read", (str(fault),)))
        operation.readable = False
        return False
    operation.readable = True
    for event in events:
        operation.events.append(event)
        operation.evidence.heed(event)
        operation.ended = operation.ended or ends(event, operation.stack_id)
        runtime.output.emit(event)
    return True


def look_at_services(runtime: Runtime, operation: Operation, wire: Wire) -> None:
    """Report what changed in the services being worked on."""
    try:
        for progress in operation.evidence.look(wire):
            runtime.output.emit(progress)
    except ExpiredCredentials as fault:
        raise LostSight(fault) from fault
    except Fault as fault:
        if operation.evidence.readable:
            runtime.output.emit(Notice("the services cannot be read", (str(fault),)))
        operation.evidence.readable = False
