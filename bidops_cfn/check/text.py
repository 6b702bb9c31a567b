"""A report for people: findings by resource, what is wrong, what to do; one line when all is well.

::

    templates/dev/compute.json
      BffTaskDefinition
        E9202  FR-041 FR-042 FR-043 US2-3  line 812
          Cpu is 256, must be 512
          at /Resources/BffTaskDefinition/Properties/Cpu
          -> Set cpu and memory of the service in params/<environment>.toml and render again
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from bidops_cfn.check.finding import Finding, Report, total

WIDTH = 100


def text(reports: Sequence[Report], house_rules: int) -> str:
    """Return the reports as text for a terminal."""
    if not total(reports):
        names = ", ".join(report.environment or report.file for report in reports)
        count = "1 template passes" if len(reports) == 1 else f"{len(reports)} templates pass"
        return f"{count}: {names} (cfn-lint and {house_rules} house rules)\n"
    lines = [line for report in reports if report.findings for line in _report(report)]
    return "\n".join([*lines, _summary(reports)]) + "\n"


def _report(report: Report) -> Iterator[str]:
    yield report.file
    by_id = sorted(report.findings, key=lambda one: one.logical_id)
    for logical_id, found in groupby(by_id, key=lambda one: one.logical_id):
        yield f"  {logical_id or 'the template'}"
        told: set[str] = set()
        for finding in found:
            yield from _finding(finding, told)
    yield ""


def _finding(finding: Finding, told: set[str]) -> Iterator[str]:
    requirements = " ".join(one for one in finding.requirements if one != "template")
    head = "  ".join(filter(None, (finding.rule, requirements, f"line {finding.line}")))
    yield from _wrapped(head, "    ")
    yield from _wrapped(finding.message, "      ")
    if finding.pointer:
        yield f"      at {finding.pointer}"
    if finding.fix and finding.fix not in told:
        told.add(finding.fix)
        yield from _wrapped(f"-> {finding.fix}", "      ")


def _wrapped(message: str, indent: str) -> list[str]:
    return textwrap.wrap(
        message,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(reports: Sequence[Report]) -> str:
    bad = sum(bool(report.findings) for report in reports)
    count = total(reports)
    findings = "1 finding" if count == 1 else f"{count} findings"
    of = f"{bad} of {len(reports)} templates" if len(reports) > 1 else "the template"
    return f"{findings} in {of}. About a rule: bidops-cfn explain RULE, or docs/rules.md"
