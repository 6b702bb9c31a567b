"""An operation of a stack set: begun once, followed to its end, or left going on.

It has an id of ours: after an answer that was lost, StackSets is asked for that id. It belongs to
StackSets and goes on by itself; leaving it is never a failure of it.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-concepts.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import TRANSIENT, Fault, NotFound, Rejected
from bidops_cfn.deploy.records import Instance
from bidops_cfn.deploy.runtime import OutputClosed, Runtime, Trouble, repeat
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import (
    CannotTell,
    StackBusy,
    StillRunning,
)

POLL_SECONDS = 5.0
ASK_SECONDS = 30.0  # for an operation whose answer was lost to be seen
SILENCE_SECONDS = 300.0  # until an AWS that does not answer is left
OVER = ("SUCCEEDED", "FAILED", "STOPPED")


@dataclass(slots=True)
class Operation:
    """An operation of the stack set, how it ended, and what was told of each account."""

    target: Target
    id: str
    end: str = ""
    told: dict[tuple[str, str], Instance] = field(default_factory=dict)

    @property
    def counts(self) -> list[str]:
        """How many accounts are in each status."""
        statuses = Counter(one.status for one in self.told.values())
        return [f"{count} {word}" for word, count in sorted(statuses.items())]


def identify(target: Target) -> Json:
    """Return how a request names the stack set, and as whom it is made."""
    settings = target.environment.stackset
    delegated = {"CallAs": "DELEGATED_ADMIN"} if settings.delegated else {}
    return {"StackSetName": settings.name, **delegated}


def ask(runtime: Runtime, target: Target, call: Call, **more: object) -> Json:
    """Make a call about the stack set."""
    return runtime.client(call, **identify(target), **more)


def run_operation(
    runtime: Runtime, target: Target, minutes: float, call: Call, request: Json
) -> Operation:
    """Begin an operation and follow it to its end; return what became of each account."""
    settings = target.environment.stackset
    operation = Operation(target, f"bidops-cfn-{runtime.unique()[:16]}")
    preferences = {
        "FailureToleranceCount": settings.failure_tolerance,
        "MaxConcurrentCount": settings.failure_tolerance + 1,  # no more may fail at once
    }
    runtime.output.status(f"Handing the template to {settings.name} ...")
    begun = False
    try:
        _begin(runtime, operation, call, {**request, "OperationPreferences": preferences})
        begun = True
        _follow(runtime, operation, minutes * 60)
    except (KeyboardInterrupt, OutputClosed) as end:
        why = str(end) or ("interrupted; StackSets goes on" if begun else "interrupted")
        raise _make_left_error(operation, why, known=begun) from None
    return operation


def _begin(runtime: Runtime, operation: Operation, call: Call, request: Json) -> None:
    name = operation.target.environment.stackset.name
    try:
        ask(runtime, operation.target, call, OperationId=operation.id, **request)
    except Rejected as refused:
        if "OperationInProgress" not in refused.code:
            raise
        what, step = f"{name} is in another operation", "Wait until it is over."
        raise StackBusy(what, refused.why, hint=step) from refused
    except TRANSIENT as lost:
        try:
            begun = is_there(runtime, lambda: bool(_read(runtime, operation)))
        except Fault as unknown:
            raise _make_left_error(operation, str(unknown), unknown, known=False) from lost
        if not begun:
            raise


def is_there(runtime: Runtime, look: Callable[[], bool]) -> bool:
    """Tell whether ``look`` finds what a lost request asked for, within ``ASK_SECONDS``."""
    for _ in repeat(runtime.clock, ASK_SECONDS, POLL_SECONDS):
        with suppress(NotFound):
            if look():
                return True
    return False


def _read(runtime: Runtime, operation: Operation) -> Json:
    call = Call.DESCRIBE_STACK_SET_OPERATION
    answer = ask(runtime, operation.target, call, OperationId=operation.id)
    found: Json = answer["StackSetOperation"]
    return found


def _follow(runtime: Runtime, operation: Operation, seconds: float) -> None:
    clock, name = runtime.clock, operation.target.environment.stackset.name
    start = answered = clock.monotonic()
    trouble = Trouble(runtime.output, "the operation cannot be read now")
    while True:
        try:
            with trouble.told_once():
                status = str(_read(runtime, operation)["Status"])
                _tell(runtime, operation)
                answered = clock.monotonic()
                if status in OVER:
                    operation.end = status
                    return
        except Fault as fault:
            raise _make_left_error(operation, str(fault), fault) from fault
        lost = trouble.fault
        if lost and clock.monotonic() - answered > SILENCE_SECONDS:
            raise _make_left_error(operation, str(lost), lost, known=False) from lost
        if clock.monotonic() - start >= seconds:
            raise _make_left_error(operation, f"it took longer than {seconds / 60:g} minutes")
        shown = ", ".join(operation.counts) or "no account yet"
        runtime.output.status(f"Waiting for {name}: {shown} ...")
        clock.sleep(POLL_SECONDS)


def _tell(runtime: Runtime, operation: Operation) -> None:
    call = Call.LIST_STACK_SET_OPERATION_RESULTS
    about = {**identify(operation.target), "OperationId": operation.id}
    for one in paginate(runtime.client, call, "Summaries", **about):
        place, status = (one["Account"], one["Region"]), one["Status"]
        if place not in operation.told or operation.told[place].status != status:
            operation.told[place] = Instance(*place, status, one.get("StatusReason", ""))
            runtime.output.emit(operation.told[place])


def _make_left_error(
    operation: Operation, why: str, fault: Fault | None = None, *, known: bool = True
) -> StillRunning:
    """Return the error for an operation that is left: it still runs, or that is not ``known``."""
    environment = operation.target.environment
    name = environment.stackset.name
    about = f" --stack-set-name {name} --operation-id {operation.id}"
    about += " --call-as DELEGATED_ADMIN" if environment.stackset.delegated else ""
    describe, stop = (
        operation.target.aws(f"cloudformation {one}-stack-set-operation{about}", environment.region)
        for one in ("describe", "stop")
    )
    step = f"See how it goes on, or stop it:\n  {describe}\n  {stop}"
    hint = fault.before(step) if fault else step
    if not known:
        return CannotTell(f"cannot tell how the operation on {name} goes on", why, hint=hint)
    what = f"the operation on {name} still runs"
    return StillRunning(what, why, details=operation.counts, hint=hint)
