"""Output for people without a live display: plain lines on stderr, nothing that moves.

Colour only on a terminal that wants it (``NO_COLOR``). What takes longer than two seconds is said
once, so that a silent line never means "hung".
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import click

from bidops_cfn.cli import text
from bidops_cfn.cli.change_text import table
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Notice,
    Outputs,
    Preflight,
    Record,
    Result,
    ServiceProgress,
)

# record -> the section that it stands in, and how it reads
FORMS: dict[type, tuple[str, Callable[[Any, int], Iterator[Line]]]] = {
    Preflight: ("Preflight", text.preflight),
    Event: ("Progress", text.event),
    ServiceProgress: ("Progress", text.progress),
    Notice: ("", text.notice),
    Outputs: ("", text.outputs),
    Result: ("", text.result),
}

WIDEST = 100
PATIENCE_SECONDS = 2.0


def width() -> int:
    """Return the columns to write for: the terminal's, at most ``WIDEST``."""
    return min(WIDEST, max(40, shutil.get_terminal_size((WIDEST, 24)).columns))


def lively() -> bool:
    """Tell whether a live display can be shown: a terminal that can move its cursor."""
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"


class Plain:
    """Lines on stderr, and questions where both ends are a terminal."""

    def __init__(self) -> None:
        self.interactive = sys.stdin.isatty() and sys.stderr.isatty()
        self._color = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._rows: list[ChangeRow] = []
        self._section = ""
        self._said = 0.0

    def emit(self, record: Record) -> None:
        """Print a record; rows of the change table are held until the table is complete."""
        if isinstance(record, ChangeRow):
            self._rows.append(record)
            return
        self.flush()
        for line in self.lines(record):
            self.write(line)

    def lines(self, record: Record) -> list[Line]:
        """Return a record's lines, under the heading of its section where that begins."""
        section, form = FORMS[type(record)]
        found = list(form(record, width()))
        if found and section not in ("", self._section):
            self._section = section
            return [Line(""), Line(section, "bold"), *found]
        return found

    def status(self, text_: str) -> None:
        """Say what is being waited for, unless something was said just now."""
        self.flush()
        now = time.monotonic()
        if now - self._said > PATIENCE_SECONDS:
            self.write(Line(f"  {text_}", "dim"))

    def ask(self, question: str) -> str:
        """Ask on stderr and return the answer; an empty one at the end of input."""
        self.flush()
        click.echo(question, nl=False, err=True)
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):
            click.echo(err=True)
        return answer

    def fail(self, result: Result) -> None:
        """Show what is held; the error itself is printed where all errors are."""
        self.flush()

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
        """Print the change table, if one is held."""
        if self._rows:
            rows, self._rows = self._rows, []
            for line in table(rows, width()):
                self.write(line)

    def write(self, line: Line) -> None:
        """Print one line."""
        self._said = time.monotonic()
        style: dict[str, object] = {}
        if line.style in ("dim", "bold"):
            style = {line.style: True}
        elif line.style:
            style = {"fg": line.style}
        click.secho(line.text, err=True, color=self._color, **style)  # type: ignore[arg-type]
