"""How a fact that was asked for reads on stdout: pure functions from records to lines of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bidops_cfn.deploy.records import Link, LogLine, Observation, PastOperation, Verification
from bidops_cfn.deploy.status_record import StackStatus
from bidops_cfn.printable import one_line

MINUTE = 60
HOUR = 3600


def log_line(record: LogLine) -> Iterator[str]:
    """Yield ``bff        2026-03-01 23:30:01.250Z  listening on 3000``."""
    when = f"{record.time:%Y-%m-%d %H:%M:%S}.{record.time.microsecond // 1000:03}Z"
    yield f"{record.service:<10} {when}  {one_line(record.message)}".rstrip()


def operation(record: PastOperation) -> Iterator[str]:
    """Yield ``2026-03-01 23:30:00Z  update      2m 05s  rolled back``; the cause below."""
    took = "" if record.seconds is None else format_seconds(record.seconds)
    head = f"{record.begin:%Y-%m-%d %H:%M:%S}Z  {record.action:<9} {took:>9}  {record.outcome:<11}"
    yield f"{head}  {record.status}"
    if record.token:
        yield f"    request: {one_line(record.token)}"
    if record.cancelled_by:
        yield f"    cut short by: {one_line(record.cancelled_by)}"
    if record.cause:
        yield f"    cause: {one_line(record.cause)}"


def format_seconds(seconds: int) -> str:
    """Return ``45s``, ``2m 05s`` or ``1h 02m``."""
    if seconds < MINUTE:
        return f"{seconds}s"
    if seconds < HOUR:
        return f"{seconds // MINUTE}m {seconds % MINUTE:02}s"
    return f"{seconds // HOUR}h {seconds % HOUR // MINUTE:02}m"


def link(record: Link) -> Iterator[str]:
    """Yield an address alone, or behind what it shows where there are several of its kind."""
    yield record.url if record.kind == "stack" else f"{record.name:<10} {record.url}"


def stack_status(record: StackStatus) -> Iterator[str]:
    """Yield ``UPDATE_COMPLETE  bff 5/5, agentcore 2/2  0 of 9 alarms in ALARM``, and problems."""
    counts = ", ".join(f"{one.service} {one.running}/{one.desired}" for one in record.services)
    alarming = sum(one.state == "ALARM" for one in record.alarms)
    yield f"{record.status}  {counts}  {alarming} of {len(record.alarms)} alarms in ALARM"
    for service in record.services:
        if service.problem:
            yield f"    {service.logical_id}: {one_line(service.problem)}"
    for alarm in record.alarms:
        if alarm.state in ("ALARM", ""):
            state = "is in ALARM" if alarm.state else "is gone"
            yield f"    alarm {one_line(alarm.name)} {state}"


def verification(record: Verification) -> Iterator[str]:
    """Yield ``holds         FR-026  AgentCore reached from BFF on 8080: ... [ec2:Describe...]``."""
    seen = one_line(record.measured) or one_line(record.reason)
    by = f" [{', '.join(record.calls)}]" if record.calls else ""
    yield f"{record.outcome:<12}  {record.id:<6}  {one_line(record.title)}: {seen}{by}"
    if record.measured and record.outcome is not Observation.HOLDS:
        yield f"    {one_line(record.reason)}"


FACTS: Mapping[type, Callable[[Any], Iterator[str]]] = {
    LogLine: log_line,
    PastOperation: operation,
    Link: link,
    Verification: verification,
    StackStatus: stack_status,
}
