"""Output for programs: one JSON object per line on stdout; questions stay on stderr."""

from __future__ import annotations

from bidops_cfn.cli.output_file import show
from bidops_cfn.cli.plain import WRITING, Plain, require_reader
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.records import Record, Result, build_line
from bidops_cfn.json_text import json_text


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
