"""Output without a live display: plain lines on stderr for people, JSON on stdout for programs.

Colour only on a terminal that wants it (``NO_COLOR``). What takes longer than two seconds is said
once, so that a silent line never means "hung". Facts that were asked for are lines on stdout, which
can be searched, counted and cut off: ``bidops-cfn logs | grep``, ``| head``.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Self

import click

from bidops_cfn.cli import text
from bidops_cfn.cli.change_text import table
from bidops_cfn.cli.output_file import abandon_output, show
from bidops_cfn.cli.terminal import NARROWEST, PATIENCE_SECONDS, color, fold_lines, width
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Instance,
    Link,
    LogLine,
    Notice,
    Outputs,
    Preflight,
    Record,
    Result,
    Verdict,
    Verification,
    build_line,
)
from bidops_cfn.deploy.runtime import OutputClosed
from bidops_cfn.deploy.state_records import ServiceProgress, StackStatus
from bidops_cfn.errors import UsageError
from bidops_cfn.printable import block, json_text, printable

PROGRESS = "Progress (times in UTC)"
SERVICES = "Services"
# record -> the section that it stands in, and how it reads
FORMS: dict[type, tuple[str, Callable[[Any, int], Iterator[Line]]]] = {
    Preflight: ("Preflight", text.preflight),
    ServiceProgress: (SERVICES, text.progress),
    Instance: ("Accounts", text.instance),
    Notice: ("", text.notice),
    StackStatus: ("", lambda *_: iter(())),  # the result tells the same in sentences
    Result: ("", text.result),
}

WRITING = RLock()  # one line at a time, whichever thread has it


def lively() -> bool:
    """Tell whether a live display can be shown: a terminal that can move its cursor."""
    return sys.stderr.isatty() and (os.environ.get("TERM") or "dumb") != "dumb"


def require_reader() -> None:
    """Raise ``OutputClosed`` where nothing reads our stdout; a pipe or terminal tells."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # no poll on this system, no descriptor
        return
    if any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0)):
        abandon_output()
        raise OutputClosed from BrokenPipeError()


class Plain:
    """Lines on stderr, and questions where both ends are a terminal.

    Of several environments each has its ``name`` before every line, ``test | Preflight``, in a
    column of ``column``, and the question is asked once for all. ``reading`` says that facts are
    asked for: they go to stdout, and a reader of it that has gone is noticed.
    """

    def __init__(self, name: str = "", column: int = 0, *, reading: bool = False) -> None:
        self.interactive = not name and sys.stdin.isatty() and sys.stderr.isatty()
        self.result: Result | None = None
        self._name = name
        self._head = f"{name:<{column}} | " if name else ""
        self._reading = reading
        self._lost = False
        self._rows: list[ChangeRow] = []
        self._events: list[Event] = []
        self._outputs = Outputs()  # they stand behind the verdict
        self._section = ""
        self._last = ""
        self._state: list[str] = []
        # What answers soon needs no word of waiting where facts are asked for.
        self._said = time.monotonic() - (0 if reading else PATIENCE_SECONDS)
        self._said_anything = False

    def emit(self, record: Record) -> None:
        """Print a record; rows of the table, and events read together, are held until all came."""
        if self._reading and type(record) in text.FACTS:
            self._tell_facts(record)
        elif isinstance(record, ChangeRow):
            self._rows.append(record)
        elif isinstance(record, Event):
            self._events.append(record)
        elif isinstance(record, Outputs):
            self._outputs = record
        elif not (self._reading and isinstance(record, Preflight) and record.verdict is Verdict.OK):
            self.flush()
            section, form = FORMS[type(record)]
            if section == SERVICES and self._section == PROGRESS:
                section = PROGRESS  # how far they are stands between the events
            self.print(section, form(record, self.room()))
        if isinstance(record, Result):
            self.result = record
            self.print("", text.outputs(self._outputs, self.room()))
            self.print("", text.next_step(record))

    def _tell_facts(self, record: Record) -> None:
        lines = [printable(line) for line in text.FACTS[type(record)](record)]
        if isinstance(record, StackStatus):
            if lines == self._state:
                return
            self._state, lines = lines, [f"{datetime.now(UTC):%H:%M:%S}  {lines[0]}", *lines[1:]]
        if sys.stdout.isatty() and not isinstance(record, LogLine | Link):  # which people copy
            lines = [row for line in lines for row in text.fold_row(line, self.room())]
        self.deliver("".join(f"{self._head}{line}\n" for line in lines))

    def deliver(self, facts: str) -> None:
        """Write facts to stdout; raises ``OutputClosed`` where their reader has gone."""
        try:
            with WRITING:
                show(facts)
        except BrokenPipeError as error:
            abandon_output()
            raise OutputClosed from error

    def room(self) -> int:
        """Return the columns that the name leaves."""
        return max(NARROWEST, width() - len(self._head))

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
        if self._reading:
            require_reader()
        self.flush()
        if text_ != self._last and time.monotonic() - self._said >= PATIENCE_SECONDS:
            self._last = text_
            self.write(Line(f"  {text_}", "dim"))

    def ask(self, question: str) -> str:
        """Ask on stderr and return the answer; an empty one at the end of input."""
        self.flush()
        shown = block(question)
        if sys.stderr.isatty():  # one column stays free for the answer
            lines = (fold_lines(one, width() - 2, "", "") for one in shown.rstrip().split("\n"))
            shown = "\n".join(part for one in lines for part in one or [""]) + " "
        click.echo(f"\n{shown}", nl=False, err=True)
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            click.echo(err=True)
            raise
        if not answer.endswith("\n"):
            click.echo(err=True)
        return answer

    def fail(self, result: Result) -> None:
        """Show what is held, and leave a line; the error is printed where all errors are.

        Of several environments, each prints its own.
        """
        self.flush()
        if self._said_anything:
            self.write(Line(""))
        if self._name:
            self.result = result
            self.print("", text.wrapped("Error: ", result.summary, self.room(), "red"))
            for detail in result.details:
                self.print("", text.wrapped("  ", detail, self.room()))
            self.print("", text.next_step(result))

    def __enter__(self) -> Self:
        """Begin to show."""
        return self

    def __exit__(self, *error: object) -> None:
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
        words = printable(f"{self._head}{line.text}".rstrip() if self._head else line.text)
        faces = ("dim", "bold")
        style: dict[str, Any] = {line.style: True} if line.style in faces else {"fg": line.style}
        with WRITING:
            click.secho(words, **style if line.style else {}, err=True, color=color())


class Lines(Plain):
    """JSON lines on stdout; each with its environment ``name``, where that is one of several."""

    def emit(self, record: Record) -> None:
        """Write a record as one line, at once."""
        if isinstance(record, Result):
            self.result = record
        line = build_line(record)
        if self._name:
            line = {**line, "environment": self._name}
        self.write(Line(json_text(line, separators=(",", ":"))))

    def put(self, line: Line) -> None:
        """Write one line to stdout."""
        with WRITING:
            show(f"{line.text}\n")

    def fail(self, result: Result) -> None:
        """Write the result of what failed: a program reads it here, a person on stderr."""
        self.emit(result)

    def status(self, text_: str) -> None:
        """Say nothing: what is waited for is not a fact."""
        if self._reading:
            require_reader()


class Collected(Plain):
    """What was verified as one document on stdout, ``junit`` or ``markdown``, at the end."""

    def __init__(self, form: str) -> None:
        super().__init__(reading=True)
        self._form = form
        self._found: list[Verification] = []

    def emit(self, record: Record) -> None:
        """Keep a row; write the document before the result."""
        if isinstance(record, Verification):
            self._found.append(record)
            return
        if isinstance(record, Result):
            self._write()
        super().emit(record)

    def fail(self, result: Result) -> None:
        """Write what was found so far, and leave the error to where all errors are printed."""
        self._write()
        super().fail(result)

    def _write(self) -> None:
        from bidops_cfn.verify.survey import FORMS

        self.deliver(FORMS[self._form](self._found) if self._found else "")
