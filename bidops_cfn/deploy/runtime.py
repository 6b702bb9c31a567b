"""What an operation works with: the wire to AWS, a clock, chance, an output and someone to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bidops_cfn.deploy.clock import Clock
from bidops_cfn.deploy.records import Record
from bidops_cfn.deploy.wire import Wire


class Unheard(Exception):
    """Nobody can be told any more what happens: the reader is gone, or the disk is full."""


class Output(Protocol):
    """Where an operation tells what happens; raises ``Unheard`` once, then says nothing."""

    def emit(self, record: Record) -> None:
        """Show a fact: a line of JSON, a line of text, a row of the live display."""

    def status(self, text: str) -> None:
        """Say what is being waited for; for people only, and forgotten when the next one comes."""


class Terminal(Protocol):
    """The person who runs the command, if there is one."""

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""

    def ask(self, question: str) -> str:
        """Return the answer; an empty one when there is none (end of input)."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """The surroundings of an operation.

    ``chance`` returns a number from 0 up to 1, for jitter; ``unique`` a new hexadecimal word.
    """

    wire: Wire
    clock: Clock
    output: Output
    terminal: Terminal
    chance: Callable[[], float]
    unique: Callable[[], str]
