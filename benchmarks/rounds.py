"""Runs cases in turn, round after round, so that a busy moment of the machine meets all of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.case import Case, Failed, Output, Sample

METER = Path(__file__).with_name("meter.py")
# A developer's shell may forbid byte code; an installed tool has it.
UNWANTED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "AWS_PROFILE")


def environment(case: Case) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "NO_COLOR": "1", **case.environment}


def run(case: Case) -> Sample:
    """Run the case once; raise ``Failed`` where it did not do its work."""
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        metered = subprocess.run(
            [sys.executable, "-I", "-S", METER, output, errors, *case.command],
            cwd=case.cwd,
            env=environment(case),
            capture_output=True,
            text=True,
            check=True,
        )
        wall, user, system, peak, code = metered.stdout.split()
        seen = Output(
            int(code),
            output.read_text(encoding="utf-8", errors="replace"),
            errors.read_text(encoding="utf-8", errors="replace"),
        )
    if not case.worked(seen):
        raise Failed(case, seen)
    return Sample(float(wall), float(user) + float(system), int(peak) / 1024)


def interleaved(
    cases: Sequence[Case], rounds: int, tell: Callable[[str], None]
) -> dict[Case, list[Sample]]:
    """Return the samples of every case, each of which ran once before, uncounted."""
    for case in cases:
        tell(f"warming up: {case.name}")
        run(case)
    samples: dict[Case, list[Sample]] = {case: [] for case in cases}
    for number in range(rounds):
        for case in due(cases, number, rounds):
            tell(f"round {number + 1} of {rounds}: {case.name}")
            samples[case].append(run(case))
    return samples


def due(cases: Sequence[Case], number: int, rounds: int) -> Iterator[Case]:
    """Yield the cases of a round; slow ones take part in a few rounds, evenly spread."""
    for case in cases:
        wanted = min(case.rounds or rounds, rounds)
        if number * wanted // rounds != (number + 1) * wanted // rounds:
            yield case
