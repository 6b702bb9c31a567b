"""What is asked of a check, and what comes of it: findings and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """A file to judge; ``shown`` is its name in the report.

    ``environment`` is what it is asked to be, empty for what its metadata says; ``root`` is the
    project whose settings it is judged by, None to find it from the file.
    """

    file: Path
    shown: str
    environment: str = ""
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, with the rule that says so; lines and columns count from 1."""

    rule: str
    level: str
    message: str
    fix: str
    logical_id: str
    pointer: str
    line: int
    column: int
    requirements: tuple[str, ...]
    title: str
    source_url: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one file, judged as one environment; no finding means that it passes.

    ``house_rules`` is how many rules of ours judged it.
    """

    file: str
    environment: str
    findings: tuple[Finding, ...]
    house_rules: int = 0


def total(reports: Sequence[Report]) -> int:
    """Return how many findings there are in all reports."""
    return sum(len(report.findings) for report in reports)
