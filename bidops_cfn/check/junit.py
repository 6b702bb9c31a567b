"""A report as JUnit XML, as CI systems show it: a case per template, a failure per finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from bidops_cfn.check.finding import Report, total

# XML has no way at all to write these.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report]) -> str:
    """Return the reports as one test suite."""
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
            suite, "testcase", name=_clean(report.file), classname=report.environment or "template"
        )
        for one in report.findings:
            message = _clean(f"{one.rule} {one.logical_id}: {one.message}")
            failure = ET.SubElement(case, "failure", type=one.rule, message=message)
            failure.text = _clean(f"{report.file}:{one.line} {one.pointer}\n{one.fix}")
    suites.set("findings", str(total(reports)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _clean(message: str) -> str:
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", message)
