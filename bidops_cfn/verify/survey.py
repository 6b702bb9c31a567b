"""``verify``: every row of the table, looked at at the same time, reported in their order.

As a document, what was verified is JUnit XML for a pipeline, Markdown for a page or a comment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from xml.etree import ElementTree as ET

from bidops_cfn.deploy.client import start
from bidops_cfn.deploy.faults import ExpiredCredentials, Fault, NoCredentials
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.records import Observation, Result, Verification
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, require_stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.errors import CannotTell
from bidops_cfn.printable import one_line, printable
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.writing import code, page, plain, table
from bidops_cfn.verify.assumptions import look_at_assumption
from bidops_cfn.verify.finding import Finding, Look, Unobserved, leave_open, merge
from bidops_cfn.verify.observed import KeptAnswers, NotedCalls, Observed
from bidops_cfn.verify.table import TABLE

LOST = (ExpiredCredentials, NoCredentials)


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement, scenario or assumption, with what looks at it."""

    id: str
    title: str
    looks: Sequence[Look]


def list_rows(target: Target) -> Iterator[Row]:
    """Yield a row for every requirement, then one for every assumption of the proofs."""
    name = target.environment.name
    for one in requirements().values():
        if one.applies_to(name):
            yield Row(one.id, one.title, TABLE[one.id])
        else:
            where = f"asked for in {' and '.join(one.environments)} alone"
            yield Row(one.id, one.title, [partial(_leave, why=where)])
    for number, text in target.assumptions().items():
        yield Row(number, text, [partial(look_at_assumption, text=text)])


def _leave(_seen: Observed, why: str) -> Finding:
    return leave_open("", why)


def verify(runtime: Runtime, target: Target, since: timedelta | datetime) -> Result:
    """Report on every row; the exit code is 1 where one fails.

    Raises ``CannotTell`` where none fails and the credentials were lost, or nothing was observed.
    """
    stack = require_stack(runtime, target)
    now = runtime.clock.now()
    begin = now - since if isinstance(since, timedelta) else since
    context = DeploymentContext(KeptAnswers(runtime.client), target, runtime.clock)
    seen, lost = Observed(context, stack, begin, now), list[Fault]()
    rows = list(list_rows(target))
    begun = [(row, start(partial(look_at_row, row, seen, lost))) for row in rows]
    found = []
    for number, (row, future) in enumerate(begun, 1):
        runtime.output.status(f"Looking at {row.id} ({number} of {len(rows)}) ...")
        found.append(future.result())
        runtime.output.emit(found[-1])
    return conclude(target, stack, found, lost)


def look_at_row(row: Row, seen: Observed, lost: list[Fault]) -> Verification:
    """Return what a row's checks found, and the calls that show it."""
    noted = NotedCalls(seen.client)
    seen = replace(seen, context=replace(seen.context, client=noted))
    one = merge([observe(partial(look, seen), lost) for look in row.looks])
    return Verification(
        row.id,
        row.title,
        one.shown,
        one.measured,
        one.reason,
        None if one.value is None else round(float(one.value), 3),
        one.unit,
        noted.told,
    )


def observe(look: Callable[[], Finding], lost: list[Fault]) -> Finding:
    """Return the finding of a check; where it cannot see, why, and note ``lost`` credentials."""
    try:
        return look()
    except (Unobserved, Unseen) as unseen:
        return leave_open("", str(unseen))
    except Fault as fault:
        if isinstance(fault, LOST):
            lost.append(fault)
        return leave_open("", str(fault))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        what = f"AWS answered what is not understood ({type(error).__name__}: {error})"
        return leave_open("", what)


def conclude(
    target: Target, stack: Stack, found: Sequence[Verification], lost: Sequence[Fault]
) -> Result:
    """Return the result of all findings; raise where they do not tell."""
    counts = {one: sum(each.outcome is one for each in found) for one in Observation}
    failing = [one for one in found if one.outcome is Observation.FAILS]
    told = ", ".join(f"{count} {one.plural}" for one, count in counts.items())
    if not failing and (lost or not counts[Observation.HOLDS]):
        why = str(lost[0]) if lost else "nothing could be observed"
        again = f"Run it again: {target.command('verify')}"
        raise CannotTell(
            f"cannot tell whether {stack.name} is as specified",
            f"{why}; {told}",
            hint=lost[0].before(again) if lost else again,
        )
    return Result(
        outcome="attention" if failing else "verified",
        exit_code=1 if failing else 0,
        summary=f"{stack.name}: {told}",
        details=tuple(f"! {one.id} {one.title}: {one.reason}" for one in failing),
        next=f"See what one asks for: bidops-cfn explain {failing[0].id} --env "
        f"{target.environment.name}"
        if failing and failing[0].id in TABLE
        else "",
        environment=target.environment.name,
        stack_id=stack.id,
    )


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
