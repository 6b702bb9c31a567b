"""How a record reads: pure functions from records to lines of text with a style.

Every line fits ``width`` columns where it can be cut without loss; long values are wrapped below
their key. Colours repeat what the words say, so that nothing is lost without them. Facts that were
asked for, on stdout, are lines without a style that are not cut.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from bidops_cfn.cli.terminal import fold_hint, fold_lines
from bidops_cfn.deploy.events import STACK_TYPE, is_consequence
from bidops_cfn.deploy.records import (
    Event,
    Instance,
    Link,
    LogLine,
    Notice,
    Observation,
    Outputs,
    PastOperation,
    Preflight,
    Result,
    Verdict,
    Verification,
)
from bidops_cfn.deploy.state_records import ServiceProgress, StackStatus
from bidops_cfn.deploy.template import SERVICE
from bidops_cfn.printable import one_line

# verdict -> its mark, and its style
MARKS = {
    Verdict.OK: ("ok", "green"),
    Verdict.SKIPPED: ("-", "dim"),
    Verdict.REFUSED: ("FAILED", "red"),
    Verdict.WARNING: ("WARNING", "yellow"),
    Verdict.NOT_CHECKED: ("?", "yellow"),
}

GOOD = (0, 10)
STATUS = 20  # columns of an event's status: UPDATE_IN_PROGRESS, CREATE_COMPLETE


class Line(NamedTuple):
    """A line of text; ``style`` is a colour, ``dim``, ``bold`` or empty."""

    text: str
    style: str = ""


def preflight(record: Preflight, width: int) -> Iterator[Line]:
    """Yield ``ok  account  111111111111 in us-east-1``.

    What is refused has its details in the error at the end, everything else below its line.
    """
    mark, style = MARKS[record.verdict]
    head = f"  {mark:<8} {record.check:<13} "
    unseen = record.verdict is Verdict.NOT_CHECKED
    said = f"not checked: {record.message}" if unseen else record.message
    yield from wrapped(head, said, width, style)
    if record.verdict is not Verdict.REFUSED:
        for more in (*record.details, *record.hint.splitlines()):
            yield from wrapped(" " * len(head), more, width)


def notice(record: Notice, width: int) -> Iterator[Line]:
    """Yield a warning and its details."""
    yield from wrapped("Warning: ", record.message, width, "yellow")
    for detail in record.details:
        yield from wrapped("  ", detail, width)


def events(records: Sequence[Event], width: int) -> Iterator[Line]:
    """Yield ``07:12:31  CREATE_COMPLETE  BffService, BffTaskRole``: events read together.

    What only begins is left out, unless it takes its time; what went wrong has a line of its own.
    """
    ended = {one.logical_id for one in records if not one.status.endswith("_IN_PROGRESS")}
    told = [one for one in records if telling(one, ended)]
    for (when, status), members in groupby(
        told, key=lambda one: (f"{one.time:%H:%M:%S}", one.status)
    ):
        several = list(members)
        quiet = [one.logical_id for one in several if not wrong(one)]
        style = "green" if status.endswith("_COMPLETE") else "dim"
        head = f"  {when}  {status:<{STATUS}} "
        if quiet:
            yield from beside(head, ", ".join(quiet), width, style)
        for one in several:
            if wrong(one):
                yield from beside(head, one.logical_id, width, "red")
                if one.hook or one.reason:
                    yield from wrapped("            ", one.hook or one.reason, width, "red")


def beside(head: str, text: str, width: int, style: str) -> Iterator[Line]:
    """Yield ``text`` in the column of the names, below a status that reaches into it."""
    column = len(f"  00:00:00  {'':<{STATUS}} ")
    if len(head) > column:
        yield Line(head.rstrip(), style)
        head = " " * column
    yield from wrapped(head, text, width, style)


def telling(event: Event, ended: Collection[str]) -> bool:
    """Tell whether an event says something that a later one does not."""
    if is_consequence(event.reason):
        return False
    if not event.status.endswith("_IN_PROGRESS") or event.resource_type == STACK_TYPE:
        return True
    begun_again = event.reason.startswith(("Resource creation Init", "Resource update Init"))
    return event.resource_type == SERVICE and not begun_again and event.logical_id not in ended


def wrong(event: Event) -> bool:
    """Tell whether an event is bad news."""
    return event.status.endswith("_FAILED") or "ROLLBACK" in event.status or bool(event.hook)


def progress(record: ServiceProgress, width: int) -> Iterator[Line]:
    """Yield how far a service is, and what failed in it."""
    failing = bool(record.failed_tasks or record.alarms or record.rollout == "FAILED")
    style = "red" if failing else ""
    yield from wrapped(f"  {record.service}: ", count_tasks(record, failing), width, style)
    for event in record.events:
        yield from wrapped("    ECS: ", event, width, "red")
    for task in record.stopped:
        yield from wrapped(f"    task {task.task[:8]} stopped: ", task.reason, width, "red")
        for line in (*task.containers, *(f"log: {line}" for line in task.log)):
            yield from wrapped("      ", line, width)
    for alarm in record.alarms:
        yield from wrapped("    in ALARM: ", alarm, width, "red")
    for target in record.unhealthy:
        yield from wrapped("    target ", target, width, "yellow")


def instance(record: Instance, width: int) -> Iterator[Line]:
    """Yield ``  111111111111 us-east-1  SUCCEEDED``, and why it is not."""
    style = {"SUCCEEDED": "green", "FAILED": "red", "CANCELLED": "red"}.get(record.status, "")
    head = f"  {record.account} {record.region}  "
    yield from wrapped(head, f"{record.status} {record.reason}".rstrip(), width, style)


def count_tasks(record: ServiceProgress, failing: bool) -> str:
    """Return ``1/2 tasks running, 1 pending, 1 failed of 3 allowed; rollout IN_PROGRESS``."""
    text = f"{record.running}/{record.desired} tasks running"
    if record.pending:
        text += f", {record.pending} pending"
    if record.failed_tasks:
        allowed = f" of {record.failures_allowed} allowed" if record.failures_allowed else ""
        text += f", {record.failed_tasks} failed{allowed}"
    if record.rollout:
        text += f"; rollout {record.rollout}"
    return f"{text} in stage {record.stage}" if failing and record.stage else text


def outputs(record: Outputs, width: int) -> Iterator[Line]:
    """Yield the outputs, one per line; a value that is too long for its column stands below."""
    if not record.outputs:
        return
    yield Line("")
    yield Line("Outputs", "bold")
    longest = max(map(len, record.outputs))
    for key in sorted(record.outputs):
        head, value = f"  {key:<{longest}}  ", one_line(record.outputs[key])
        if len(head) + len(value) > width:
            yield Line(f"  {key}")
            head = "    "
        yield from wrapped(head, value, width)


def result(record: Result, width: int) -> Iterator[Line]:
    """Yield how it ended; an error has its own block."""
    style = "green" if record.exit_code in GOOD else "yellow"
    yield Line("")
    yield from wrapped("", f"{record.outcome.capitalize()}: {record.summary}", width, style)
    for detail in record.details:
        yield from wrapped(f"  {detail[:2]}", detail[2:], width)


def next_step(record: Result) -> Iterator[Line]:
    """Yield what to type next, the last of all."""
    if record.next:
        yield Line("")
        yield from map(Line, fold_hint(record.next))


def wrapped(head: str, text: str, width: int, style: str = "") -> Iterator[Line]:
    """Yield ``text`` behind ``head``, continued below itself.

    An overlong word or command stays whole, and begins further left where that lets it fit.
    """
    indent = " " * (len(head) if len(head) <= width - 20 else min(len(head), width // 2))
    parts = fold_lines(one_line(text), max(width, len(head) + 20), head, indent)
    parts[1:] = [
        part if len(part) <= width else " " * max(2, width - len(part.lstrip())) + part.lstrip()
        for part in parts[1:]
    ]
    yield from (Line(part, style) for part in parts or [head.rstrip()])


def fold_row(row: str, width: int) -> list[str]:
    """Return a row of facts in lines that fit, continued further right than it begins."""
    indent = " " * (len(row) - len(row.lstrip()))
    return fold_lines(row.lstrip(), width, indent, f"{indent}    ")


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
    minutes, left = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}m {left:02}s" if minutes else f"{left}s"
    return f"{minutes // 60}h {minutes % 60:02}m"


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
