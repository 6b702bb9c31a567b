"""How a record reads: pure functions from records to lines of text with a style.

Every line fits ``width`` columns where it can be cut without loss; long values are wrapped below
their key. Colours repeat what the words say, so that nothing is lost without them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from bidops_cfn.deploy.records import (
    Event,
    Notice,
    Outputs,
    Preflight,
    Result,
    ServiceProgress,
    Verdict,
)

MARKS = {Verdict.OK: "ok", Verdict.SKIPPED: "-", Verdict.REFUSED: "REFUSED"}
STYLES = {Verdict.OK: "green", Verdict.SKIPPED: "dim", Verdict.REFUSED: "red"}


GOOD = (0, 10)


class Line(NamedTuple):
    """A line of text; ``style`` is a colour, ``dim``, ``bold`` or empty."""

    text: str
    style: str = ""


def preflight(record: Preflight, width: int) -> Iterator[Line]:
    """Yield ``ok       account      111111111111 in us-east-1``."""
    head = f"  {MARKS[record.verdict]:<8} {record.check:<12} "
    yield from wrapped(head, record.message, width, STYLES[record.verdict])
    if record.verdict is not Verdict.REFUSED:
        return
    for detail in record.details:
        yield Line(f"{'':<11}{detail}")


def notice(record: Notice, width: int) -> Iterator[Line]:
    """Yield a warning and its details."""
    yield from wrapped("Warning: ", record.message, width, "yellow")
    for detail in record.details:
        yield from wrapped("  ", detail, width)


def event(record: Event, width: int) -> Iterator[Line]:
    """Yield ``07:12:31  CREATE_COMPLETE  BffService``, and the reason of what went wrong."""
    if record.reason.startswith(("Resource creation Init", "Resource update Init")):
        return  # says nothing that the line before it does not
    failed = record.status.endswith("_FAILED")
    style = "red" if failed or "ROLLBACK" in record.status else "dim"
    style = "green" if record.status.endswith("_COMPLETE") and style == "dim" else style
    yield Line(f"  {record.time:%H:%M:%S}  {record.status:<20} {record.logical_id}", style)
    if record.reason and (failed or record.hook or "ROLLBACK" in record.status):
        yield from wrapped("            ", record.reason, width, style)
    if record.hook:
        yield from wrapped("            hook ", record.hook, width)


def progress(record: ServiceProgress, width: int) -> Iterator[Line]:
    """Yield how far a service is, and what failed in it."""
    text = f"  {record.service}: {record.running} of {record.desired} tasks run"
    if record.pending:
        text += f", {record.pending} start"
    if record.failed_tasks:
        text += f", {record.failed_tasks} failed"
    if record.rollout:
        text += f"; rollout {record.rollout}"
    yield Line(text, "red" if record.failed_tasks or record.rollout == "FAILED" else "")
    for task in record.stopped:
        yield from wrapped(f"    task {task.task[:8]} stopped: ", task.reason, width, "red")
        for said in (*task.containers, *(f"log: {line}" for line in task.log)):
            yield from wrapped("      ", said, width)
    for target in record.unhealthy:
        yield from wrapped("    target ", target, width, "yellow")


def outputs(record: Outputs, width: int) -> Iterator[Line]:
    """Yield the outputs, one per line, in one column each."""
    if not record.outputs:
        return
    yield Line("")
    yield Line("Outputs", "bold")
    longest = max(map(len, record.outputs))
    for key in sorted(record.outputs):
        yield from wrapped(f"  {key:<{longest}}  ", record.outputs[key], width)


def result(record: Result, width: int) -> Iterator[Line]:
    """Yield how it ended; an error has its own block."""
    style = "green" if record.exit_code in GOOD else "yellow"
    yield Line("")
    yield from wrapped("", f"{record.outcome.capitalize()}: {record.summary}", width, style)
    for detail in record.details:
        yield Line(f"  {detail}")
    if record.next:
        yield Line("")
        yield from (Line(text) for text in record.next.splitlines())


def wrapped(head: str, text: str, width: int, style: str = "") -> Iterator[Line]:
    """Yield ``text`` behind ``head``, continued below itself; overlong words stay whole."""
    indent = " " * min(len(head), width // 2)
    parts = textwrap.wrap(
        text,
        max(width, len(head) + 20),
        initial_indent=head,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (Line(part, style) for part in parts or [head.rstrip()])
