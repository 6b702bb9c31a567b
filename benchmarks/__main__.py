"""``python -m benchmarks``: measure, and write a table in Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import deployment, waiting
from benchmarks.case import Case, Failed
from benchmarks.others import peers
from benchmarks.ours import BASE, commands, growth
from benchmarks.rounds import interleaved
from benchmarks.table import skipped, table

READING = (
    "Ratios of whole processes to `python -c pass` of the same interpreter, {:.0f} ms here; "
    "medians of wall time and of processor time, run in turn. `make bench` measures anew."
)
LIBRARIES = ("bidops-cfn", "click", "troposphere", "awacs", "cfn-lint", "boto3")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="REGEX", default="", help="cases whose name matches")
    parser.add_argument("--rounds", type=int, default=21, help="runs of each quick case (21)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the table to FILE too")
    return parser.parse_args()


def context() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{platform.python_implementation()} {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores. {versions}."
    )


def tell(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def report(cases: Sequence[Case], rounds: int, folder: Path, only: str) -> str:
    """Measure and return the whole report."""
    ready = [case for case in cases if not case.missing]
    samples = interleaved([BASE, *ready], rounds, tell)
    base = samples.pop(BASE)
    milliseconds = sorted(sample.wall for sample in base)[len(base) // 2] * 1000
    parts = [
        "# Measured",
        context(),
        READING.format(milliseconds),
        table(samples, base),
    ]
    if re.search(only, deployment.NAME):
        parts += [f"## {deployment.NAME}", deployment.table(folder, tell)]
    if re.search(only, waiting.NAME):
        parts += [f"## {waiting.NAME}", waiting.table(tell)]
    if any(case.missing for case in cases):
        parts += ["## Not measured", skipped(cases)]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        every = [*commands(folder), *growth(folder), *peers(folder)]
        cases = [case for case in every if re.search(options.only, case.name)]
        try:
            text = report(cases, options.rounds, folder, options.only)
        except Failed as failed:
            sys.exit(f"\n{failed}")
    tell("")
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")


main()
