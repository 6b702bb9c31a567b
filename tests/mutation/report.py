"""``make mutation``: change one thing at a time in our own functions; their tests have to fail.

Prints what survives and the score of each folder, and exits 1 where a smaller share is killed than
``score.toml`` says.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence

import pytest

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.runner import Runner
from tests.mutation.score import FILE, FOLDERS, Score, problems, read, written


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.report", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every mutant, which takes hours")
    parser.add_argument("--write", action="store_true", help="write the score to score.toml")
    parser.add_argument("--folder", action="append", choices=FOLDERS, help="this one alone")
    options = parser.parse_args()
    folders = options.folder or FOLDERS
    committed = read(FILE.read_text(encoding="utf-8"))
    rates = {folder: 1 if options.all else committed[folder].every for folder in folders}
    tell("making mutants")
    tried = mutants(rates)
    runner = Runner(tried, tell)
    tests = [f"tests/{folder}" for folder in folders]
    plain = ["-qq", "--capture=sys", "-p", "no:cacheprovider", "-p", "no:xdist"]
    if pytest.main([*plain, *tests], plugins=[runner]) != pytest.ExitCode.OK:
        return 1
    tell("")
    say(f"survives: {mutant}" for mutant in sorted(runner.survived, key=str))
    scores = {folder: score(folder, rates[folder], runner) for folder in folders}
    say(f"{folder}: {one}" for folder, one in scores.items())
    if options.write:
        FILE.write_text(written({**committed, **scores}), encoding="utf-8")
        return 0
    found = [] if options.all else list(problems(scores, committed))
    say(found)
    return 1 if found else 0


def score(folder: str, every: int, runner: Runner) -> Score:
    """Return what a folder's mutants came to."""

    def count(of: Sequence[Mutant]) -> int:
        return sum(mutant.folder == folder for mutant in of)

    tried, killed = count(runner.mutants), count(runner.killed)
    return Score(every, tried, killed, tried - killed - count(runner.survived))


def say(lines: Iterable[str]) -> None:
    """Print lines."""
    sys.stdout.writelines(f"{line}\n" for line in lines)


def tell(text: str) -> None:
    """Say at a terminal how far it is."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text[:79]}")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
