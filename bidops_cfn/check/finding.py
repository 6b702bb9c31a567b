"""Findings and reports: what was judged, and what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
