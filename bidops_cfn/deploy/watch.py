"""Following an operation until the stack stands still, at most one call a second.

Events only tell when to look: the end is what ``DescribeStacks`` says by stack id, and only after
the stack was seen to move, since a read just after the start may still show the state before
(aws-cdk-cli PR 1848). A poll that fails is a warning; the operation goes on without us anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.events import ends
from bidops_cfn.deploy.faults import PASSING, ExpiredCredentials, Fault
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.wire import Metered

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
    clock = runtime.clock
    start = clock.monotonic()
    watcher = Watcher(runtime, operation, Metered(runtime.wire), heard=start)
    for poll in count():
        calls = watcher.wire.calls
        elapsed = clock.monotonic() - start
        brisk = elapsed < BRISK_SECONDS
        stack = watcher.turn(poll, brisk=brisk)
        if stack is not None:
            return stack
        runtime.output.status(f"Waiting for CloudFormation to finish {operation.name} ...")
        if seconds is not None and elapsed >= seconds:
            raise TimedOut
        pause = max(interval(elapsed), float(watcher.wire.calls - calls))
        clock.sleep(pause if brisk else pause * (1 + JITTER * runtime.chance()))
    raise AssertionError  # the loop has no other end


@dataclass(slots=True)
class Watcher:
    """One who looks at an operation, turn by turn; ``heard`` is when AWS last told of the stack."""

    runtime: Runtime
    operation: Operation
    wire: Metered
    heard: float

    def turn(self, poll: int, *, brisk: bool) -> Stack | None:
        """Look once, with one call while polling is brisk; return the stack when it is over."""
        calls = self.wire.calls
        if not brisk or poll % SERVICE_LOOKS_APART == SERVICE_LOOKS_APART // 2:
            self.look_at_services()
        if brisk and self.wire.calls > calls:
            return None
        readable = self.read_events()
        due = poll % LOOKS_APART == LOOKS_APART - 1
        if readable and not self.operation.ended and not due:
            return None
        stack = self.look_at_stack()
        if stack is None or not self.operation.over(stack):
            return None
        self.look_at_services()
        return stack

    def read_events(self) -> bool:
        """Report the operation's new events and learn from them; tell whether they are readable."""
        operation = self.operation
        try:
            events = operation.journal.unread(self.wire)
        except Fault as fault:
            self.complain(fault, "the stack's events cannot be read", once=operation.readable)
            operation.readable = False
            return False
        operation.readable = True
        for event in events:
            operation.events.append(event)
            operation.evidence.heed(event)
            operation.ended = operation.ended or ends(event, operation.stack_id)
            self.runtime.output.emit(event)
        return True

    def look_at_stack(self) -> Stack | None:
        """Return the stack as it is now; None while AWS does not answer."""
        try:
            stack = stacks.find(self.wire, self.operation.stack_id)
        except Fault as fault:
            silence = self.runtime.clock.monotonic() - self.heard
            if not isinstance(fault, PASSING) or silence > SILENCE_SECONDS:
                raise LostSight(fault) from fault
            return None
        self.heard = self.runtime.clock.monotonic()
        return stack

    def look_at_services(self) -> None:
        """Report what changed in the services being worked on."""
        evidence = self.operation.evidence
        try:
            for progress in evidence.look(self.wire):
                self.runtime.output.emit(progress)
        except Fault as fault:
            self.complain(fault, "the services cannot be read", once=evidence.readable)
            evidence.readable = False

    def complain(self, fault: Fault, message: str, *, once: bool) -> None:
        """Warn of what cannot be read, if it could be until now; give up on lost credentials."""
        if isinstance(fault, ExpiredCredentials):
            raise LostSight(fault) from fault
        if once:
            self.runtime.output.emit(Notice(message, (str(fault),)))
