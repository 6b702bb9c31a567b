"""An operation of a stack set: begun once, watched to its end, or left with how to follow it.

It has an id of ours: after an answer that was lost, StackSets is asked for that id. It belongs to
StackSets and goes on by itself; leaving it is never a failure of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import TRANSIENT, Fault, NotFound, Rejected
from bidops_cfn.deploy.records import Instance
from bidops_cfn.deploy.runtime import Runtime, Trouble
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CannotTell, StackBusy, StillRunning

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
    told: dict[tuple[str, str], str] = field(default_factory=dict)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many accounts are in each status."""
        return sorted(Counter(self.told.values()).items())


def identify(target: Target) -> Json:
    """Return how a request names the stack set, and as whom it is made."""
    settings = target.environment.stackset
    delegated = {"CallAs": "DELEGATED_ADMIN"} if settings.delegated else {}
    return {"StackSetName": settings.name, **delegated}


def ask(runtime: Runtime, target: Target, call: Call, **more: object) -> Json:
    """Make a call about the stack set."""
    return runtime.client(call, **identify(target), **more)


def run(runtime: Runtime, target: Target, minutes: float, call: Call, request: Json) -> Operation:
    """Begin an operation and follow it to its end; return what became of each account."""
    settings = target.environment.stackset
    operation = Operation(target, f"bidops-cfn-{runtime.unique()[:16]}")
    preferences = {
        "FailureToleranceCount": settings.failure_tolerance,
        "MaxConcurrentCount": settings.failure_tolerance + 1,  # no more may fail at once
    }
    try:
        _begin(runtime, operation, call, {**request, "OperationPreferences": preferences})
        _follow(runtime, operation, minutes * 60)
    except KeyboardInterrupt:
        raise _make_left_error(operation, "interrupted; StackSets goes on") from None
    return operation


def _begin(runtime: Runtime, operation: Operation, call: Call, request: Json) -> None:
    name = operation.target.environment.stackset.name
    runtime.output.status(f"Handing the template to {name} ...")
    try:
        ask(runtime, operation.target, call, OperationId=operation.id, **request)
    except Rejected as refused:
        if "OperationInProgress" not in refused.code:
            raise
        raise StackBusy(
            f"{name} is in another operation", refused.why, hint="Wait until it is over."
        ) from refused
    except TRANSIENT as lost:
        try:
            begun = is_there(runtime, lambda: bool(_read(runtime, operation)))
        except Fault as unknown:
            raise _make_left_error(operation, str(unknown), unknown, known=False) from lost
        if not begun:
            raise


def is_there(runtime: Runtime, look: Callable[[], bool]) -> bool:
    """Tell whether ``look`` finds what a lost request asked for, within ``ASK_SECONDS``."""
    deadline = runtime.clock.monotonic() + ASK_SECONDS
    while True:
        try:
            if look():
                return True
        except NotFound:
            pass
        if runtime.clock.monotonic() >= deadline:
            return False
        runtime.clock.sleep(POLL_SECONDS)


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
        shown = ", ".join(f"{count} {word}" for word, count in operation.counts)
        runtime.output.status(f"Waiting for {name}: {shown or 'no account yet'} ...")
        clock.sleep(POLL_SECONDS)


def _tell(runtime: Runtime, operation: Operation) -> None:
    call = Call.LIST_STACK_SET_OPERATION_RESULTS
    about = {**identify(operation.target), "OperationId": operation.id}
    for one in paginate(runtime.client, call, "Summaries", **about):
        place, status = (one["Account"], one["Region"]), one["Status"]
        if operation.told.get(place) != status:
            operation.told[place] = status
            operation.reasons[place] = one.get("StatusReason", "")
            runtime.output.emit(Instance(*place, status, operation.reasons[place]))


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
    counts = [f"{count} {word}" for word, count in operation.counts]
    return StillRunning(f"the operation on {name} still runs", why, details=counts, hint=hint)
