"""Following an operation until it is over, with a call a second, or two where services fail.

It is over when its own last event says so; then ``DescribeStacks`` has a minute to show the same.
Only where the events cannot be read does a read of the stack tell the end, and only one that is
newer than what stood before (``operation``). A poll that fails is a warning.

The operation belongs to CloudFormation and goes on by itself. Leaving it (a time limit, Ctrl-C,
expired credentials) is never a failure of it; the last line is the command that follows it again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from itertools import count

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.cause import read_hook_advice
from bidops_cfn.deploy.client import MeteredClient
from bidops_cfn.deploy.evidence import describe_evidence
from bidops_cfn.deploy.faults import TRANSIENT, ExpiredCredentials, Fault, Rejected
from bidops_cfn.deploy.operation import Operation
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import OutputClosed, Runtime
from bidops_cfn.deploy.stack import Stack, find_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CannotTell, StillRunning

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


class CancelMethod(Enum):
    """How an operation can be cancelled, as the question says it."""

    CANCEL = "cancel it: the update is rolled back"
    DELETE = "cancel it: the new stack is deleted"
    NOTHING = ""


class Terminated(KeyboardInterrupt):
    """Asked to end by a signal that no person at a terminal sends."""


class TimedOut(Exception):
    """The operation still runs after its time limit."""


class EndUnknown(Exception):
    """The next operation has begun, and no event says how this one ended."""


class OperationUnreadable(Exception):
    """AWS does not tell how the operation goes on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def follow_operation(
    runtime: Runtime,
    target: Target,
    operation: Operation,
    cancel_method: CancelMethod,
    minutes: float,
) -> Stack:
    """Return the stack when the operation is over, cancelled on request or after its time limit.

    After ``minutes`` an update is cancelled, and given as long again to roll back; anything else
    goes on. Raises ``StillRunning`` whenever it is left running.
    """
    while True:
        try:
            return poll_operation(runtime, operation, minutes * 60)
        except TimedOut:
            if operation.cancelled:
                why = f"{operation.cancelled} and was called off; that takes as long again"
                raise make_still_running_error(target, why, operation=operation) from None
            if cancel_method is not CancelMethod.CANCEL:
                why = f"it still runs after {minutes:g} minutes"
                raise make_still_running_error(target, why, operation=operation) from None
            operation.cancelled = f"it took longer than {minutes:g} minutes"
            runtime.output.emit(Notice(f"{operation.cancelled}: the update is called off now"))
            request_cancel(runtime, operation, cancel_method)
        except OperationUnreadable as lost:
            remedy = lost.fault.remedy.format(permission=lost.fault.call.text)
            hint = f"{remedy}." if remedy else ""
            raise make_still_running_error(target, str(lost), hint, operation) from lost
        except EndUnknown:
            raise CannotTell(
                f"cannot tell how the operation on {operation.name} ended",
                "another operation has begun, and no event tells",
                details=list(describe_evidence(operation.evidence)),
                hint=f"See how that one goes: {target.command('watch')}",
            ) from None
        except OutputClosed:
            raise make_still_running_error(target, "nobody reads the output any more") from None
        except KeyboardInterrupt as stop:
            handle_interrupt(runtime, target, operation, cancel_method, stop)


def start_and_follow(
    runtime: Runtime, target: Target, operation: Operation, send: Callable[[], None], minutes: float
) -> Stack:
    """Begin an operation that cannot be cancelled, and return the stack when it is over."""
    try:
        send()
        return follow_operation(runtime, target, operation, CancelMethod.NOTHING, minutes)
    except KeyboardInterrupt:
        raise make_still_running_error(target, "interrupted just as it began") from None


def handle_interrupt(
    runtime: Runtime,
    target: Target,
    operation: Operation,
    cancel_method: CancelMethod,
    stop: KeyboardInterrupt,
) -> None:
    """Cancel the operation if the person who pressed Ctrl-C chooses that; else leave it running."""
    if operation.cancelled or not ask_to_cancel(runtime, cancel_method, stop):
        why = "detached; CloudFormation goes on"
        raise make_still_running_error(target, why, operation=operation) from None
    operation.cancelled = "it was cancelled here"
    request_cancel(runtime, operation, cancel_method)


def ask_to_cancel(runtime: Runtime, cancel_method: CancelMethod, stop: KeyboardInterrupt) -> bool:
    """Ask the person who pressed Ctrl-C; a second Ctrl-C, silence or no terminal mean no."""
    if (
        cancel_method is CancelMethod.NOTHING
        or isinstance(stop, Terminated)
        or not runtime.terminal.interactive
    ):
        return False
    try:
        answer = runtime.terminal.ask(
            f"Interrupted. [d] detach and let it run, [c] {cancel_method.value}? [d/c] "
        )
    except KeyboardInterrupt:
        return False
    return answer.strip().lower() in ("c", "cancel")


def request_cancel(runtime: Runtime, operation: Operation, cancel_method: CancelMethod) -> None:
    """Ask CloudFormation to cancel the operation; one that has ended meanwhile is fine."""
    token = f"bidops-cfn-cancel-{runtime.unique()[:8]}"
    operation.event_log.tokens.add(token)
    call = Call.CANCEL_UPDATE_STACK if cancel_method is CancelMethod.CANCEL else Call.DELETE_STACK
    runtime.output.status("Calling it off ...")
    try:
        runtime.client(call, StackName=operation.stack_id, ClientRequestToken=token)
    except Rejected as fault:
        runtime.output.emit(Notice("it could not be called off", (fault.why,)))


def make_still_running_error(
    target: Target, why: str, hint: str = "", operation: Operation | None = None
) -> StillRunning:
    """Return the error for an operation that is left running, with what was seen of it."""
    command = f"Follow it again: {target.command('watch')}"
    return StillRunning(
        f"{target.environment.stack_name} is still being worked on",
        why,
        details=list(describe_evidence(operation.evidence)) if operation else [],
        hint=f"{hint}\n{command}" if hint else command,
    )


def poll_operation(runtime: Runtime, operation: Operation, seconds: float | None = None) -> Stack:
    """Return the stack once the operation is over; raise ``TimedOut`` after ``seconds``.

    Raises ``OperationUnreadable`` when the credentials expire, reading is forbidden, or AWS is
    silent for minutes.
    """
    clock = runtime.clock
    start = clock.monotonic()
    poller = Poller(runtime, operation, MeteredClient(runtime.client), answered=start)
    for number in count():
        calls = poller.client.calls
        elapsed = clock.monotonic() - start
        fast = elapsed < FAST_SECONDS
        stack = poller.poll(number, fast=fast)
        if stack is not None:
            return stack
        runtime.output.status(f"Waiting for CloudFormation to finish {operation.name} ...")
        if seconds is not None and elapsed >= seconds:
            raise TimedOut
        pause = choose_interval(elapsed, services=bool(operation.evidence.active))
        if not fast:
            pause *= 1 + JITTER * runtime.chance()
        rate = FAILING_CALLS_PER_SECOND if operation.evidence.is_failing else 1.0
        clock.sleep(max(pause, (poller.client.calls - calls) / rate))
    raise AssertionError  # the loop has no other end


def choose_interval(elapsed: float, *, services: bool) -> float:
    """Return the seconds to the next poll, ``elapsed`` seconds after the first.

    While CloudFormation waits for ``services`` it stays short: they may fail at any moment.
    """
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
    client: MeteredClient
    answered: float
    ending: float | None = None

    def poll(self, number: int, *, fast: bool) -> Stack | None:
        """Poll once, with one call while polling is fast; return the stack when it is over."""
        calls = self.client.calls
        if not fast or number % SERVICE_POLL_EVERY == SERVICE_POLL_EVERY // 2:
            self.poll_services()
        if fast and self.client.calls > calls:
            return None
        readable = self.poll_events()
        log = self.operation.event_log
        due = number % STACK_POLL_EVERY == STACK_POLL_EVERY - 1
        if readable and log.end is None and self.ending is None and not due:
            return None
        stack = self.find_end()
        if stack is not None:
            self.poll_services()
        return stack

    def find_end(self) -> Stack | None:
        """Return the stack as the operation left it, once events and stack agree that it is over.

        After ``SETTLING_SECONDS``, and when the next operation has begun, the events decide alone;
        the stack alone where no event tells.
        """
        operation = self.operation
        ended = operation.make_ended_stack()
        if operation.successor is not None:
            if ended is None:
                raise EndUnknown
            return ended
        stack = self.poll_stack()
        agreed = stack is not None and operation.is_end(stack)
        if agreed and (ended is not None or not operation.readable or not operation.events):
            return stack
        if not agreed and ended is None:
            self.ending = None
            return None
        now = self.runtime.clock.monotonic()
        self.ending = now if self.ending is None else self.ending
        if now - self.ending < SETTLING_SECONDS:
            return None
        return ended or stack

    def poll_events(self) -> bool:
        """Report the operation's new events and learn from them; tell whether they are readable."""
        operation = self.operation
        try:
            events = operation.event_log.read_new(self.client)
        except Fault as fault:
            self.warn(fault, "the stack's events cannot be read", once=operation.readable)
            operation.readable = False
            return False
        operation.readable = True
        advice = list(read_hook_advice(self.client, events))
        if advice:
            operation.advice += advice
            self.runtime.output.emit(Notice("a hook refused a resource", tuple(advice)))
        for event in events:
            operation.events.append(event)
            operation.evidence.note_event(event)
            self.runtime.output.emit(event)
        return True

    def poll_stack(self) -> Stack | None:
        """Return the stack as it is now; None while AWS does not answer."""
        try:
            stack = find_stack(self.client, self.operation.stack_id)
        except Fault as fault:
            silence = self.runtime.clock.monotonic() - self.answered
            if not isinstance(fault, TRANSIENT) or silence > SILENCE_SECONDS:
                raise OperationUnreadable(fault) from fault
            return None
        self.answered = self.runtime.clock.monotonic()
        return stack

    def poll_services(self) -> None:
        """Report what changed in the services being worked on."""
        evidence = self.operation.evidence
        try:
            for progress in evidence.read_progress(self.client):
                self.runtime.output.emit(progress)
        except Fault as fault:
            self.warn(fault, "the services cannot be read", once=evidence.readable)
            evidence.readable = False

    def warn(self, fault: Fault, message: str, *, once: bool) -> None:
        """Warn of what cannot be read, if it could be until now; give up on lost credentials."""
        if isinstance(fault, ExpiredCredentials):
            raise OperationUnreadable(fault) from fault
        if once:
            self.runtime.output.emit(Notice(message, (str(fault),)))
