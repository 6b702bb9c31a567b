"""A report as JUnit XML, as CI systems show it: a case per template, a failure per finding."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from bidops_cfn.check.finding import Report, total
from bidops_cfn.printable import printable


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
