"""Output for people without a live display: plain lines on stderr, nothing that moves.

Colour only on a terminal that wants it (``NO_COLOR``). What takes longer than two seconds is said
once, so that a silent line never means "hung".
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Self

import click

from bidops_cfn.cli import text
from bidops_cfn.cli.change_text import table
from bidops_cfn.cli.columns import width
from bidops_cfn.cli.failure import color
from bidops_cfn.cli.output_file import abandon_output
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Instance,
    Notice,
    Outputs,
    Preflight,
    Record,
    Result,
    ServiceProgress,
)
from bidops_cfn.deploy.runtime import OutputClosed
from bidops_cfn.deploy.status_record import StackStatus
from bidops_cfn.errors import UsageError
from bidops_cfn.printable import block, printable

PROGRESS = "Progress (times in UTC)"
SERVICES = "Services"
# record -> the section that it stands in, and how it reads
FORMS: dict[type, tuple[str, Callable[[Any, int], Iterator[Line]]]] = {
    Preflight: ("Preflight", text.preflight),
    ServiceProgress: (SERVICES, text.progress),
    Instance: ("Accounts", text.instance),
    Notice: ("", text.notice),
    StackStatus: ("", text.stack_status),
    Result: ("", text.result),
}

PATIENCE_SECONDS = 2.0


def lively() -> bool:
    """Tell whether a live display can be shown: a terminal that can move its cursor."""
    return sys.stderr.isatty() and (os.environ.get("TERM") or "dumb") != "dumb"


class Plain:
    """Lines on stderr, and questions where both ends are a terminal."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stderr.isatty()
        self._lost = False
        self._rows: list[ChangeRow] = []
        self._events: list[Event] = []
        self._outputs = Outputs()  # they stand behind the verdict
        self._section = ""
        self._last = ""
        self._said = time.monotonic() - PATIENCE_SECONDS
        self._said_anything = False

    def emit(self, record: Record) -> None:
        """Print a record; rows of the table, and events read together, are held until all came."""
        if isinstance(record, ChangeRow):
            self._rows.append(record)
        elif isinstance(record, Event):
            self._events.append(record)
        elif isinstance(record, Outputs):
            self._outputs = record
        else:
            self.flush()
            section, form = FORMS[type(record)]
            if section == SERVICES and self._section == PROGRESS:
                section = PROGRESS  # how far they are stands between the events
            self.print(section, form(record, self.room()))
        if isinstance(record, Result):
            self.print("", text.outputs(self._outputs, self.room()))
            self.print("", text.next_step(record))

    def room(self) -> int:
        """Return the columns to write for."""
        return width()

    def print(self, section: str, lines: Iterable[Line]) -> None:
        """Print lines, under the heading of their section where that begins."""
        found = list(lines)
        if found and section not in ("", self._section):
            self._section = section
            found = [Line(""), Line(section, "bold"), *found]
        for line in found:
            self.write(line)

    def status(self, text_: str) -> None:
        """Say what is being waited for, once, unless something was said just now."""
        self.flush()
        if text_ != self._last and time.monotonic() - self._said >= PATIENCE_SECONDS:
            self._last = text_
            self.write(Line(f"  {text_}", "dim"))

    def ask(self, question: str) -> str:
        """Ask on stderr and return the answer; an empty one at the end of input."""
        self.flush()
        click.echo(f"\n{block(question)}", nl=False, err=True)
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            click.echo(err=True)
            raise
        if not answer.endswith("\n"):
            click.echo(err=True)
        return answer

    def fail(self, result: Result) -> None:
        """Show what is held, and leave a line; the error is printed where all errors are."""
        self.flush()
        if self._said_anything:
            self.write(Line(""))

    def __enter__(self) -> Self:
        """Begin to show."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Show what is held, and leave the terminal as it was."""
        self.flush()

    def flush(self) -> None:
        """Print the change table or the events, if some are held."""
        rows, self._rows = self._rows, []
        if rows:
            self.print("", table(rows, self.room()))
        events, self._events = self._events, []
        if events:
            self.print(PROGRESS, text.events(events, self.room()))

    def write(self, line: Line) -> None:
        """Print one line; raises ``OutputClosed`` once where that fails, then says nothing."""
        if self._lost:
            return
        self._said = time.monotonic()
        self._said_anything = True
        try:
            self.put(line)
        except (OSError, UsageError) as error:
            self._lost = True
            abandon_output()
            raise OutputClosed from error

    def put(self, line: Line) -> None:
        """Print one line on stderr."""
        style: dict[str, object] = {}
        if line.style in ("dim", "bold"):
            style = {line.style: True}
        elif line.style:
            style = {"fg": line.style}
        click.secho(printable(line.text), err=True, color=color(), **style)  # type: ignore[arg-type]
