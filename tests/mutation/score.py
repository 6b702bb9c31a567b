"""How many mutants of our own code the tests kill, and that it gets no worse."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FOLDERS = ("deploy", "facts", "settings")
FILE = Path(__file__).with_name("score.toml")
HEADING = """\
# Of the mutants of a folder one in `every` is tried: those for which the SHA-256 of the function's
# name and the mutant's number there leaves no rest. `make mutation` fails where a smaller share is
# killed than here; `make mutation WRITE=1` writes this file.
"""


@dataclass(frozen=True)
class Score:
    """Of one in ``every`` mutants of a folder: how many were tried, killed, reached by no test."""

    every: int
    tried: int
    killed: int
    unreached: int

    def worse_than(self, other: Score) -> bool:
        """Tell whether a smaller share is killed."""
        return self.killed * other.tried < other.killed * self.tried

    def __str__(self) -> str:
        """Show the share beside the numbers."""
        survive = self.tried - self.killed - self.unreached
        return (
            f"{self.killed} of {self.tried} killed ({self.killed / self.tried:.1%}), "
            f"{survive} survive, {self.unreached} reached by no test"
        )


def read(text: str) -> dict[str, Score]:
    """Return the score of each folder."""
    return {folder: Score(**values) for folder, values in tomllib.loads(text).items()}


def written(scores: Mapping[str, Score]) -> str:
    """Return the text of the file that holds the scores."""
    tables = (
        "".join(
            [f"\n[{folder}]\n", *(f"{name} = {value}\n" for name, value in asdict(one).items())]
        )
        for folder, one in sorted(scores.items())
    )
    return "".join([HEADING, *tables])


def problems(scores: Mapping[str, Score], committed: Mapping[str, Score]) -> Iterator[str]:
    """Yield where less is killed than is committed."""
    for folder, one in scores.items():
        if one.worse_than(committed[folder]):
            yield (
                f"{folder}: a smaller share of the mutants is killed than before, "
                f"{one.killed} of {one.tried}; committed: "
                f"{committed[folder].killed} of {committed[folder].tried}"
            )
