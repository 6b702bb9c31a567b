"""Output of commands that are asked for facts: those on stdout, all else on stderr.

Lines of text can be searched, counted and cut off: ``bidops-cfn logs | grep``, ``| head``. A
reader that has gone is noticed while nothing is written, too.
"""

from __future__ import annotations

import select
import sys
import time

from bidops_cfn.cli.lines import Lines
from bidops_cfn.cli.output_file import abandon_output, show
from bidops_cfn.cli.plain import Plain
from bidops_cfn.cli.reading_text import FACTS
from bidops_cfn.deploy.records import Preflight, Record, Result, Verdict, Verification
from bidops_cfn.deploy.runtime import OutputClosed
from bidops_cfn.printable import printable


def is_reader_gone() -> bool:
    """Tell whether what reads our stdout has ended; only a pipe or a terminal can tell."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # no poll on this system, no descriptor
        return False
    return any(state & (select.POLLERR | select.POLLHUP) for _, state in poll.poll(0))


def require_reader() -> None:
    """Raise ``OutputClosed`` where nothing reads our stdout any more."""
    if is_reader_gone():
        abandon_output()
        raise OutputClosed from BrokenPipeError()


class Reading(Plain):
    """Facts on stdout, one a line and never wrapped; everything else on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self._said = time.monotonic()  # what answers soon needs no word of waiting

    def emit(self, record: Record) -> None:
        """Write a fact to stdout; a check that found nothing wrong is not worth a line."""
        if isinstance(record, Preflight) and record.verdict is Verdict.OK:
            return
        tell = FACTS.get(type(record))
        if tell is None:
            super().emit(record)
            return
        try:
            show("".join(f"{printable(line)}\n" for line in tell(record)))
        except BrokenPipeError as error:
            abandon_output()
            raise OutputClosed from error

    def status(self, text_: str) -> None:
        """Say what is being waited for, and notice a reader that has gone."""
        require_reader()
        super().status(text_)


class ReadingLines(Lines):
    """JSON lines on stdout that notice a reader that has gone."""

    def status(self, text_: str) -> None:
        """Say nothing, and notice a reader that has gone."""
        require_reader()


class Collected(Reading):
    """What was verified as one document on stdout, ``junit`` or ``markdown``, at the end."""

    def __init__(self, form: str) -> None:
        super().__init__()
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
        from bidops_cfn.verify.report import FORMS

        try:
            show(FORMS[self._form](self._found) if self._found else "")
        except BrokenPipeError as error:
            abandon_output()
            raise OutputClosed from error
