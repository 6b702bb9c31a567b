"""A report as SARIF 2.1.0, which code hosts show beside the changed lines.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from urllib.parse import quote

from bidops_cfn import __version__
from bidops_cfn.check.finding import Finding, Report
from bidops_cfn.json_text import json_text
from bidops_cfn.printable import one_line, printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/cos02/schemas/sarif-schema-2.1.0.json"
LEVELS = {"error": "error", "warning": "warning", "informational": "note"}


def sarif(reports: Sequence[Report]) -> str:
    """Return all findings as one SARIF run."""
    found = [(report, finding) for report in reports for finding in report.findings]
    rules = {finding.rule: finding for _, finding in found}
    driver = {
        "name": "bidops-cfn",
        "version": __version__,
        "rules": [_rule(rules[name]) for name in sorted(rules)],
    }
    run = {"tool": {"driver": driver}, "results": [_result(*one) for one in found]}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document, indent=2) + "\n"


def _rule(finding: Finding) -> dict[str, object]:
    rule: dict[str, object] = {
        "id": finding.rule,
        "shortDescription": {"text": finding.title},
        "properties": {"tags": list(finding.requirements)},
    }
    if finding.source_url:
        rule["helpUri"] = finding.source_url
    if finding.fix:
        rule["help"] = {"text": finding.fix}
    return rule


def _result(report: Report, finding: Finding) -> dict[str, object]:
    region = {"startLine": finding.line, "startColumn": finding.column}
    physical = {
        "artifactLocation": {"uri": quote(PurePath(report.file).as_posix(), errors="replace")},
        "region": region,
    }
    location: dict[str, object] = {"physicalLocation": physical}
    if finding.logical_id:
        name = {
            "name": printable(finding.logical_id),
            "fullyQualifiedName": printable(finding.pointer),
        }
        location["logicalLocations"] = [name]
    return {
        "ruleId": finding.rule,
        "level": LEVELS.get(finding.level, "error"),
        "message": {"text": one_line(". ".join(filter(None, (finding.message, finding.fix))))},
        "locations": [location],
    }
