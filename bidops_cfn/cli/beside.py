"""Output of one environment among several: every line says whose it is, and the end is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import RLock

from bidops_cfn.cli import text
from bidops_cfn.cli.columns import NARROWEST, width
from bidops_cfn.cli.lines import Lines
from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.plain import Plain
from bidops_cfn.cli.reading_text import FACTS
from bidops_cfn.cli.text import GOOD, Line
from bidops_cfn.deploy.records import Record, Result, build_line
from bidops_cfn.json_text import json_text
from bidops_cfn.printable import printable

WRITING = RLock()  # one line at a time, whichever thread has it


class Beside(Plain):
    """Lines on stderr behind the environment's name, ``test | Preflight``.

    ``reading`` says that facts are asked for: they go to stdout.
    """

    def __init__(self, name: str, column: int, *, reading: bool = False) -> None:
        super().__init__()
        self._reading = reading
        self.interactive = False  # the question is asked once for all
        self.result: Result | None = None
        self._head = f"{name:<{column}} |"

    def room(self) -> int:
        """Return the columns that the name leaves."""
        return max(NARROWEST, width() - len(self._head) - 1)

    def emit(self, record: Record) -> None:
        """Print a record, and keep the result."""
        if isinstance(record, Result):
            self.result = record
        tell = FACTS.get(type(record)) if self._reading else None
        if tell is None:
            super().emit(record)
            return
        with WRITING:
            show("".join(f"{self._head} {printable(line)}\n" for line in tell(record)))

    def put(self, line: Line) -> None:
        """Print one line behind the name."""
        with WRITING:
            super().put(Line(f"{self._head} {line.text}".rstrip(), line.style))

    def fail(self, result: Result) -> None:
        """Keep the result, and print what an error's block says."""
        super().fail(result)
        self.result = result
        for head, part in (("Error: ", result.summary), *(("  ", one) for one in result.details)):
            self.print("", text.wrapped(head, part, self.room(), "red" if head[0] == "E" else ""))
        self.print("", text.next_step(result))


class BesideLines(Lines):
    """JSON lines on stdout, each with its environment."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.interactive = False
        self.result: Result | None = None
        self._name = name

    def emit(self, record: Record) -> None:
        """Write a record as one line, at once, and keep the result."""
        if isinstance(record, Result):
            self.result = record
        line = {**build_line(record), "environment": self._name}
        self.write(Line(json_text(line, separators=(",", ":"))))

    def put(self, line: Line) -> None:
        """Write one line to stdout."""
        with WRITING:
            show(f"{line.text}\n")


def make_table(results: Sequence[Result], width_: int) -> Iterator[Line]:
    """Yield ``test  deployed  0  bidopsai-test-compute is UPDATE_COMPLETE``, one an environment."""
    names = max(len("Environment"), *(len(one.environment) for one in results))
    outcomes = max(len("outcome"), *(len(one.outcome) for one in results))
    yield Line("")
    yield Line(f"{'Environment':<{names}}  {'outcome':<{outcomes}}  exit", "bold")
    for one in results:
        head = f"{one.environment:<{names}}  {one.outcome:<{outcomes}}  {one.exit_code:>4}  "
        yield from text.wrapped(
            head, one.summary, width_, "green" if one.exit_code in GOOD else "yellow"
        )
