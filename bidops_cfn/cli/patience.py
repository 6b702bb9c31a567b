"""What takes more than two seconds is said at a terminal: silence never means "hung"."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import click

SECONDS = 2.0


@contextmanager
def told_after_a_while(text: str, seconds: float = SECONDS) -> Iterator[None]:
    """Print ``text`` on stderr, if that is a terminal, where the work inside takes longer."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield
        return
    timer = Timer(seconds, lambda: click.echo(text, err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
