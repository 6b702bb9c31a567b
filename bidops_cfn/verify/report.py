"""What was verified as a document: JUnit XML for a pipeline, Markdown for a page or a comment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.etree import ElementTree as ET

from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.printable import one_line, printable
from bidops_cfn.review.writing import code, page, plain, table

SIGNS = {
    Observation.HOLDS: "✅ holds",
    Observation.FAILS: "❌ fails",
    Observation.NOT_OBSERVED: "❓ not observed",
}


def junit(found: Sequence[Verification]) -> str:
    """Return one test suite: a case a row, a failure where it fails, skipped where not observed."""
    counts = {
        "tests": str(len(found)),
        "failures": str(sum(one.outcome is Observation.FAILS for one in found)),
        "errors": "0",
        "skipped": str(sum(one.outcome is Observation.NOT_OBSERVED for one in found)),
    }
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": "bidops-cfn verify", **counts})
    for one in found:
        name = printable(f"{one.id} {one.title}")
        case = ET.SubElement(suite, "testcase", name=name, classname=one.id.split("-")[0])
        if one.outcome is Observation.FAILS:
            ET.SubElement(case, "failure", type=one.id, message=printable(one.reason))
        elif one.outcome is Observation.NOT_OBSERVED:
            ET.SubElement(case, "skipped", message=printable(one.reason))
        told = ET.SubElement(case, "system-out")
        told.text = printable(f"{one.measured} [{', '.join(one.calls)}]")
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def markdown(found: Sequence[Verification]) -> str:
    """Return a table with a row for each requirement, scenario and assumption."""
    counts = (
        f"{sum(one.outcome is shown for one in found)} {sign}" for shown, sign in SIGNS.items()
    )
    rows = (
        (
            one.id,
            plain(one_line(one.title)),
            SIGNS[one.outcome],
            "<br>".join(plain(one_line(text)) for text in (one.measured, one.reason) if text),
            ", ".join(map(code, one.calls)),
        )
        for one in found
    )
    heads = ("Id", "What", "Outcome", "Measured, and why", "Shown by")
    return page(("# Verified", ", ".join(counts), table(heads, rows)))


FORMS: Mapping[str, Callable[[Sequence[Verification]], str]] = {
    "junit": junit,
    "markdown": markdown,
}
