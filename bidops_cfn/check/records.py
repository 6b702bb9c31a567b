"""A report for programs: a JSON list with one object for each finding."""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.check.finding import Report
from bidops_cfn.json_text import json_text


def records(reports: Sequence[Report]) -> str:
    """Return all findings as a JSON list, in the order of files and lines."""
    found = [
        {
            "rule": one.rule,
            "level": one.level,
            "message": one.message,
            "fix": one.fix,
            "logical_id": one.logical_id,
            "pointer": one.pointer,
            "file": report.file,
            "line": one.line,
            "requirements": [name for name in one.requirements if name != "template"],
            "environment": report.environment,
        }
        for report in reports
        for one in report.findings
    ]
    return json_text(found, indent=2) + "\n"
