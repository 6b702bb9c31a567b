"""What a command works with: a client, a clock, an output, and a terminal to ask at.

Time is passed in: tests run on a virtual clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.records import Record


class OutputClosed(Exception):
    """Nothing can be written any more: the reader is gone, or the disk is full."""


class Output(Protocol):
    """Where a command reports; raises ``OutputClosed`` once, then writes nothing."""

    def emit(self, record: Record) -> None:
        """Write a record: a line of JSON, a line of text, a row of the live display."""

    def status(self, text: str) -> None:
        """Say what is being waited for; for people only, replaced by the next one."""


class Terminal(Protocol):
    """The person who runs the command, if there is one."""

    @property
    def interactive(self) -> bool:
        """Whether a question can be asked."""

    def ask(self, question: str) -> str:
        """Return the answer; an empty one when there is none (end of input)."""


class StackIds(Protocol):
    """Where the ids of stacks are kept: a stack that is gone is not found by its name."""

    def keep(self, stack_id: str) -> None:
        """Keep the id as the latest of its stack; that it cannot be kept is no error."""

    def find(self, account_id: str, region: str, name: str) -> str:
        """Return the latest id of a stack, empty where none is kept."""


class Clock(Protocol):
    """The time of day, a stop watch, and a way to wait."""

    def now(self) -> datetime:
        """Return the time of day, with its time zone."""

    def monotonic(self) -> float:
        """Return seconds since some moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time of day in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; a signal ends the wait by raising."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a command works with.

    ``chance`` returns a number from 0 up to 1, for jitter; ``unique`` a new hexadecimal word.
    ``agree`` asks whether something may be executed, of several environments at once; without it,
    the terminal asks.
    """

    client: Client
    clock: Clock
    output: Output
    terminal: Terminal
    chance: Callable[[], float]
    unique: Callable[[], str]
    stack_ids: StackIds
    agree: Callable[[str], bool] | None = None
