"""What the page says about all environments: how they differ, and the traceability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts.paths import pointer
from bidops_cfn.review.environment_facts import (
    ABSENT,
    Difference,
    access_differences,
    property_differences,
)
from bidops_cfn.review.page.markup import Child, Markup, broken, element, table
from bidops_cfn.review.requirements import Class
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, Trace, tally, traces

MOST_POINTERS = 3


def comparison_section(subjects: Sequence[Subject]) -> Markup:
    """Return how the environments differ, names aside."""
    names = [subject.name for subject in subjects]
    access, properties = access_differences(subjects), property_differences(subjects)
    unexpected = sum(not one.reason for one in (*access, *properties))
    return element(
        "section",
        element("h2", "Comparison"),
        element(
            "p",
            "IAM and network are to be identical but for names. "
            f"{len(access)} differences there, {len(properties)} elsewhere, {unexpected} "
            "unexpected.",
        ),
        element("h3", "IAM and network"),
        table(("Permission or flow", *names, "Expected"), map(_row, access), class_="facts")
        if access
        else element("p", "Identical, names aside."),
        element("h3", "Everything else"),
        table(("Property", *names, "Expected"), map(_row, properties), class_="facts")
        if properties
        else element("p", "Identical, names aside."),
        id="comparison",
        class_="card",
    )


def _row(one: Difference) -> tuple[Child, ...]:
    return (
        element("code", one.what),
        *(value if value == ABSENT else element("code", value) for value in one.values),
        one.reason.replace("`", "") or element("strong", "❌ no"),
    )


def traceability_section(subjects: Sequence[Subject], check: Check) -> Markup:
    """Return every requirement with its verdicts and evidence."""
    found = traces(subjects, check)
    names = [subject.name for subject in subjects]
    return element(
        "section",
        element("h2", "Traceability"),
        element("p", _summary(found)),
        element(
            "div",
            element("label", "Filter requirements", for_="filter-requirements"),
            element(
                "input",
                type="search",
                id="filter-requirements",
                class_="filter",
                autocomplete="off",
                placeholder="FR-026, SC, run time, subnet",
                spellcheck="false",
            ),
            element("output", "", for_="filter-requirements"),
            class_="filterbar",
        ),
        table(
            ("Id", "What", "Class", *names, "Shown at", "Proof or rule"),
            (_trace(one, names) for one in found),
            class_="facts filtered",
        ),
        id="traceability",
        class_="card",
    )


def _summary(found: Sequence[Trace]) -> str:
    by_class = (
        f"{sum(one.requirement.shown_as is kind for one in found)} {kind}" for kind in Class
    )
    return (
        f"{len(found)} requirements: {', '.join(by_class)}. "
        f"{tally(found)}. A rule is code and no proof; what "
        "is run time only has what enables it here, no more."
    )


def _trace(one: Trace, names: Sequence[str]) -> tuple[Child, ...]:
    notes = [note for note in (one.requirement.reading, one.requirement.note) if note]
    title: list[Child] = [element("span", one.requirement.title, title=one.requirement.text)]
    title += [element("p", note.replace("`", ""), class_="small") for note in notes]
    return (
        element("strong", one.requirement.id),
        title,
        one.requirement.shown_as,
        *(element("span", one.shown[name], class_="nowrap") for name in names),
        list(_where(one)),
        ", ".join(_guards(one)) or "-",
    )


def _where(one: Trace) -> Iterator[Markup]:
    places = list(dict.fromkeys(pointer(path) for paths in one.evidence.values() for path in paths))
    for place in places[:MOST_POINTERS]:
        yield element("div", element("code", broken(place)), class_="whole")
    if len(places) > MOST_POINTERS:
        yield element("div", f"and {len(places) - MOST_POINTERS} more", class_="small")


def _guards(one: Trace) -> Iterator[str]:
    claims = (
        f"{verdict.claim.name} ({verdict.claim.subject})"
        for verdicts in one.claims.values()
        for verdict in verdicts
    )
    yield from dict.fromkeys(claims)
    yield from (rule.id for rule in one.rules)
