"""Output for programs: one JSON object per line on stdout; questions stay on stderr."""

from __future__ import annotations

import json

import click

from bidops_cfn.cli.plain import Plain
from bidops_cfn.deploy.records import Record, Result, line


class Lines(Plain):
    """JSON lines on stdout."""

    def emit(self, record: Record) -> None:
        """Write a record as one line, at once."""
        click.echo(json.dumps(line(record), separators=(",", ":")))

    def fail(self, result: Result) -> None:
        """Write the result of what failed: a program reads it here, a person on stderr."""
        self.emit(result)

    def status(self, text_: str) -> None:
        """Say nothing: what is waited for is not a fact."""
