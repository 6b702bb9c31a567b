"""What is asked of a check, and what comes of it: findings, and reports in their forms.

GitHub turns workflow commands into annotations, CI systems show JUnit's cases, and code hosts show
SARIF beside the changed lines:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePath

from bidops_cfn import __version__
from bidops_cfn.printable import block, json_text, one_line, printable, wrap


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


WIDTH = 100
MOST_REQUIREMENTS = 4
LONGEST_MESSAGE = 300  # cfn-lint likes to list every name that there is; JSON has it all


def text(reports: Sequence[Report]) -> str:
    """Return the reports as text for a terminal."""
    if not total(reports):
        rules = max(report.house_rules for report in reports)
        names = ", ".join(printable(report.environment or report.file) for report in reports)
        count = "1 template passes" if len(reports) == 1 else f"{len(reports)} templates pass"
        return f"{count}: {names} (cfn-lint and {rules} house rules)\n"
    lines = [line for report in reports if report.findings for line in _report(report)]
    return "\n".join([*lines, _summary(reports)]) + "\n"


def _report(report: Report) -> Iterator[str]:
    yield printable(report.file)
    ordered = sorted(report.findings, key=lambda one: (one.logical_id, one.rule))
    for logical_id, of_one in groupby(ordered, key=lambda one: one.logical_id):
        yield f"  {printable(logical_id) or 'the template'}"
        for _, of_rule in groupby(of_one, key=lambda one: one.rule):
            yield from _rule(list(of_rule))
    yield ""


def _rule(findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    named = [name for name in first.requirements if name != "template"]
    more = len(named) - MOST_REQUIREMENTS
    if more > 0:
        named[MOST_REQUIREMENTS:] = [f"and {more} more"]
    requirements = f" ({' '.join(named)})" if named else ""
    yield from _wrapped(f"{first.rule}  {first.title}{requirements}", "    ", "           ")
    shown = ""
    for finding in findings:
        head = f"      line {finding.line}  "
        message = textwrap.shorten(finding.message, LONGEST_MESSAGE, placeholder=" ...")
        yield from _wrapped(message, head, " " * len(head))
        if finding.pointer and finding.pointer != shown:
            shown = finding.pointer
            yield " " * len(head) + printable(shown)
    if first.fix:
        yield from _wrapped(f"-> {first.fix}", "      ", "         ")


def _wrapped(message: str, first: str, rest: str) -> list[str]:
    return wrap(one_line(message), WIDTH, first, rest)


def _summary(reports: Sequence[Report]) -> str:
    bad = sum(bool(report.findings) for report in reports)
    count = total(reports)
    findings = "1 finding" if count == 1 else f"{count} findings"
    of = f"{bad} of {len(reports)} templates" if len(reports) > 1 else "the template"
    return (
        f"{findings} in {of}. About a rule: bidops-cfn explain RULE, or docs/rules.md\n"
        "After a fix, or to undo an edit of a template: bidops-cfn render --all"
    )


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


def junit(reports: Sequence[Report]) -> str:
    """Return the reports as one test suite."""
    from xml.etree import ElementTree as ET  # noqa: PLC0415 - for this form alone

    failing = sum(bool(report.findings) for report in reports)
    suites = ET.Element("testsuites", tests=str(len(reports)), failures=str(failing))
    suite = ET.SubElement(
        suites,
        "testsuite",
        name="bidops-cfn check",
        tests=str(len(reports)),
        failures=str(failing),
        errors="0",
    )
    for report in reports:
        case = ET.SubElement(
            suite,
            "testcase",
            name=printable(report.file),
            classname=printable(report.environment) or "template",
        )
        for one in report.findings:
            message = printable(f"{one.rule} {one.logical_id}: {one.message}")
            failure = ET.SubElement(case, "failure", type=printable(one.rule), message=message)
            failure.text = "\n".join(
                map(printable, (f"{report.file}:{one.line} {one.pointer}", one.fix))
            )
    suites.set("findings", str(total(reports)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


_ANNOTATIONS = {"error": "error", "warning": "warning", "informational": "notice"}


def github(reports: Sequence[Report]) -> str:
    """Return one command for each finding; nothing when there is none."""
    return "".join(
        f"::{_ANNOTATIONS.get(one.level, 'error')} file={_value(report.file)},line={one.line},"
        f"col={one.column},title={_value(f'{one.rule} {one.logical_id}'.strip())}"
        f"::{_escaped('. '.join(filter(None, (one.message, one.fix))))}\n"
        for report in reports
        for one in report.findings
    )


def _escaped(text: str) -> str:
    return block(text).replace("%", "%25").replace("\n", "%0A")


def _value(text: str) -> str:
    return _escaped(printable(text)).replace(":", "%3A").replace(",", "%2C")


SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/cos02/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "informational": "note"}


def sarif(reports: Sequence[Report]) -> str:
    """Return all findings as one SARIF run."""
    found = [(report, finding) for report in reports for finding in report.findings]
    rules = {finding.rule: finding for _, finding in found}
    driver = {
        "name": "bidops-cfn",
        "version": __version__,
        "rules": [_sarif_rule(rules[name]) for name in sorted(rules)],
    }
    run = {"tool": {"driver": driver}, "results": [_sarif_result(*one) for one in found]}
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json_text(document, indent=2) + "\n"


def _sarif_rule(finding: Finding) -> dict[str, object]:
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


def _sarif_result(report: Report, finding: Finding) -> dict[str, object]:
    from urllib.parse import quote  # noqa: PLC0415 - for this form alone

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
        "level": _SARIF_LEVELS.get(finding.level, "error"),
        "message": {"text": one_line(". ".join(filter(None, (finding.message, finding.fix))))},
        "locations": [location],
    }


FORMS: Mapping[str, Callable[[Sequence[Report]], str]] = {
    "text": text,
    "json": records,
    "sarif": sarif,
    "junit": junit,
    "github": github,
}
