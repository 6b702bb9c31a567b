"""A report as workflow commands, which GitHub turns into annotations of the changed files.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.check.finding import Report
from bidops_cfn.printable import block, printable

LEVELS = {"error": "error", "warning": "warning", "informational": "notice"}


def github(reports: Sequence[Report]) -> str:
    """Return one command for each finding; nothing when there is none."""
    return "".join(
        f"::{LEVELS.get(one.level, 'error')} file={_value(report.file)},line={one.line},"
        f"col={one.column},title={_value(f'{one.rule} {one.logical_id}'.strip())}"
        f"::{_message('. '.join(filter(None, (one.message, one.fix))))}\n"
        for report in reports
        for one in report.findings
    )


def _message(text: str) -> str:
    return block(text).replace("%", "%25").replace("\n", "%0A")


def _value(text: str) -> str:
    return _message(printable(text)).replace(":", "%3A").replace(",", "%2C")
