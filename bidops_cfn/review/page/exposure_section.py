"""The exposure list on the page, and the suppressions."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.paths import pointer
from bidops_cfn.review.exposure_list import exposure_list
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.markup import Child, Markup, element, table
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.suppressions import suppressions


def exposure_section(subject: Subject) -> Markup:
    """Return everything that a reviewer wants to have seen."""
    found = exposure_list(subject)
    hushed = [f"{word} at {pointer(path)}" for word, path in suppressions(subject.template)]
    alarming = [one for one in found if one.alarming]
    said: list[Child] = []
    if not alarming:
        said.append(
            element(
                "p",
                "No public address, no address range in any rule, no implicit egress, no "
                "managed policy from outside, no missing container hardening. There on "
                "purpose:",
            )
        )
    return card(
        subject,
        "exposure",
        "Exposure",
        said,
        table(("Kind", "Of", "What", "Asked for by"), _exposed(subject), class_="facts"),
        element("h4", "Suppressions"),
        element("ul", (element("li", one) for one in hushed))
        if hushed
        else element("p", "None: nothing in the template tells a checker to look away."),
    )


def _exposed(subject: Subject) -> Iterator[tuple[Child, ...]]:
    for one in exposure_list(subject):
        kind = one.kind.replace("`", "")
        mark: Child = element("strong", f"❌ {kind}") if one.alarming else kind
        asked = "no requirement" if one.alarming else one.requirement
        yield mark, one.subject, element("code", one.shown), asked
