"""A report for people: findings by resource and rule; one line when all is well.

::

    templates/dev/compute.json
      BffTaskDefinition
        E9202  Tasks have the size that their environment prescribes (FR-041 FR-042 FR-043)
          line 812  Cpu is 256, must be 512
                    /Resources/BffTaskDefinition/Properties/Cpu
          -> Set cpu and memory of the service in params/<environment>.toml and render again
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from bidops_cfn.check.finding import Finding, Report, total
from bidops_cfn.printable import one_line, printable

WIDTH = 100
MOST_REQUIREMENTS = 4
LONGEST_MESSAGE = 300  # cfn-lint likes to list every name that there is; JSON has it all


def text(reports: Sequence[Report], house_rules: int) -> str:
    """Return the reports as text for a terminal."""
    if not total(reports):
        names = ", ".join(printable(report.environment or report.file) for report in reports)
        count = "1 template passes" if len(reports) == 1 else f"{len(reports)} templates pass"
        return f"{count}: {names} (cfn-lint and {house_rules} house rules)\n"
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
    return textwrap.wrap(
        one_line(message),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _summary(reports: Sequence[Report]) -> str:
    bad = sum(bool(report.findings) for report in reports)
    count = total(reports)
    findings = "1 finding" if count == 1 else f"{count} findings"
    of = f"{bad} of {len(reports)} templates" if len(reports) > 1 else "the template"
    return f"{findings} in {of}. About a rule: bidops-cfn explain RULE, or docs/rules.md"
