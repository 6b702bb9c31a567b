"""Why an operation failed, as its stack events tell: the first cause, not what followed from it.

A resource that fails names the cause, except where it only names a hook, whose own event has the
reason; an export in use or an invalid template stands on the event with which the stack's rollback
begins, and no resource fails at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.events import STACK_TYPE
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.records import Event

UNKNOWN = "no event says why"
# What only says that something else failed: "Resource update cancelled", and the list of failures.
CONSEQUENCE = re.compile(r"^Resource \w+ cancelled|following resource\(s\) failed", re.IGNORECASE)
NO_REASON = ("User Initiated",)
HOOKED = "following hook(s) failed"


def find_cause(events: Sequence[Event]) -> str:
    """Return why the operation of ``events`` failed, in AWS's words, or ``UNKNOWN``."""
    candidates = [*find_failures(events), *find_stack_reasons(events)]
    if candidates:
        return candidates[0]
    unexplained = (one for one in events if is_failure(one) and not is_consequence(one.reason))
    failed = next(unexplained, None)
    return f"{name(failed)}: {failed.status}" if failed else UNKNOWN


def find_failures(events: Sequence[Event]) -> Iterator[str]:
    """Yield the reason of each resource that failed by itself, in the order of time."""
    for event in events:
        if event.hook_failed:
            yield f"{name(event)}: {event.hook}"
        elif event.resource_type == STACK_TYPE or is_consequence(event.reason):
            continue
        elif is_failure(event) and event.reason and HOOKED not in event.reason:
            yield f"{name(event)}: {event.reason}"
    yield from (
        f"{name(event)}: {event.reason}"
        for event in events
        if is_failure(event) and HOOKED in event.reason
    )


def find_stack_reasons(events: Sequence[Event]) -> Iterator[str]:
    """Yield what the stack's own events say, those that only name failed resources last."""
    reasons = [
        event.reason
        for event in events
        if event.resource_type == STACK_TYPE and event.reason and event.reason not in NO_REASON
    ]
    yield from (reason for reason in reasons if not is_consequence(reason))
    yield from (reason for reason in reasons if is_consequence(reason))


def is_failure(event: Event) -> bool:
    """Tell whether something failed in an event."""
    return event.status.endswith("_FAILED")


def is_consequence(reason: str) -> bool:
    """Tell whether a reason only says that something else failed."""
    return CONSEQUENCE.search(reason) is not None


def name(event: Event) -> str:
    """Return ``BffService (AWS::ECS::Service)``."""
    return f"{event.logical_id} ({event.resource_type})"


def read_hook_advice(client: Client, events: Sequence[Event]) -> Iterator[str]:
    """Yield what failed hooks ask for: ``CT.LOGS.1 (HIGH): no KmsKeyId; Set KmsKeyId to ...``.

    Nothing where the endpoint does not know hook results, or may not be asked.
    """
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
