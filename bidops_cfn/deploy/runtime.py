"""What a command works with: a client, a clock, an output, a terminal to ask at, ids of stacks.

Time is passed in: tests run on a virtual clock.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bidops_cfn.check.verdicts import private
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.faults import TRANSIENT, Fault
from bidops_cfn.deploy.records import Notice, Record

STACK_ID = re.compile(
    r"arn:aws[a-z-]*:cloudformation:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    r":stack/(?P<name>[A-Za-z][A-Za-z0-9-]*)/[A-Za-z0-9-]+"
)


class StackIdFolder:
    """The ids of stacks that operations began on, in a folder of the user's own.

    A stack that is gone is found by its id alone; its events stay readable for 90 days. One file
    for each account, region and stack name; without a folder nothing is kept. What is not there,
    damaged, or writable by others is as good as nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, stack_id: str) -> None:
        """Keep the id as the latest of its stack, where that is possible."""
        parts = STACK_ID.fullmatch(stack_id)
        if self.folder is None or parts is None:
            return
        name = _make_file_name(parts["account"], parts["region"], parts["name"])
        beside = self.folder / f".{name}.{os.getpid()}"
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if private(self.folder):
                beside.write_text(f"{stack_id}\n", encoding="utf-8")
                beside.replace(self.folder / name)

    def find(self, account_id: str, region: str, name: str) -> str:
        """Return the latest id of a stack, empty where none is kept."""
        if self.folder is None:
            return ""
        try:
            if not private(self.folder):
                return ""
            path = self.folder / _make_file_name(account_id, region, name)
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""
        parts = STACK_ID.fullmatch(text)
        wanted = {"account": account_id, "region": region, "name": name}
        return text if parts is not None and parts.groupdict() == wanted else ""


def _make_file_name(account_id: str, region: str, name: str) -> str:
    return f"{account_id}.{region}.{name}"


class OutputClosed(Exception):
    """Nothing can be written any more: the reader is gone, or the disk is full."""

    def __init__(self) -> None:
        super().__init__("the output is not read any more")


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


def repeat(clock: Clock, seconds: float, pause: float) -> Iterator[None]:
    """Yield at once, and after each pause until ``seconds`` are over."""
    deadline = clock.monotonic() + seconds
    while True:
        yield
        if clock.monotonic() >= deadline:
            return
        clock.sleep(pause)


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
    stack_ids: StackIdFolder
    agree: Callable[[str], bool] | None = None


@dataclass(slots=True)
class Trouble:
    """How the last of the reads of a loop failed in passing, if it did; ``text`` tells of it."""

    output: Output
    text: str
    fault: Fault | None = None

    @contextmanager
    def told_once(self) -> Iterator[None]:
        """Hold one read: what ends it, and may pass by itself, is told once until one is good."""
        try:
            yield
        except TRANSIENT as fault:
            if self.fault is None:
                self.output.emit(Notice(self.text, (str(fault),)))
            self.fault = fault
        else:
            self.fault = None
