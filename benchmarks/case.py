"""What is measured: a command, where it runs, and how to see that it did its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Output:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, eq=False)
class Case:
    """A command to measure.

    ``worked`` looks at exit code and output. ``missing`` says why the case cannot run here.
    ``target`` is the ratio that we ask of ourselves; ``rounds`` is how often a slow command runs,
    0 for as often as all others.
    """

    name: str
    command: tuple[str, ...]
    worked: Callable[[Output], bool]
    cwd: Path = REPOSITORY
    environment: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    target: str = ""
    rounds: int = 0


@dataclass(frozen=True)
class Sample:
    """One run: seconds of wall and processor time, and peak memory in MiB."""

    wall: float
    processor: float
    memory: float


class Failed(Exception):
    """A command that did not do its work."""

    def __init__(self, case: Case, output: Output) -> None:
        told = (output.stderr or output.stdout).strip()[-2000:]
        super().__init__(f"{case.name}: exit code {output.code}\n{told}")
