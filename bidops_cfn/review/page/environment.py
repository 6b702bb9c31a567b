"""One environment on the page: verdict, flow graph, proofs, permissions, exposure, deployment."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.deployment_table import deployment_lines
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.exposure_list import exposure_list
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.change_section import change_section
from bidops_cfn.review.page.exposure_section import exposure_section
from bidops_cfn.review.page.flow_section import flow_section
from bidops_cfn.review.page.markup import Markup, element, table
from bidops_cfn.review.page.permission_section import permission_section
from bidops_cfn.review.page.proof_section import claim_id, proof_section, worst_first
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.verdict_box import counts, origin


def environment_section(subject: Subject, difference: Difference | None = None) -> Markup:
    """Return everything about one environment, and first what a change did to it, if one did."""
    return element(
        "div",
        element("h2", subject.name, class_="name"),
        change_section(subject, difference) if difference else "",
        _verdict(subject),
        flow_section(subject),
        proof_section(subject),
        permission_section(subject),
        exposure_section(subject),
        _deployment(subject),
        class_="environment",
        data_environment=subject.name,
    )


def _verdict(subject: Subject) -> Markup:
    found = counts(subject)
    claims, facts = found.sentences
    word = "Look here first" if found.wrong else "Every claim is proved, given its assumptions"
    against = list(_against(subject))
    lines: list[Markup] = [element("ul", against, class_="against")] if against else []
    lines += [element("p", claims, class_=None if found.wrong else "claims"), element("p", facts)]
    if found.incomplete:
        lines.append(element("p", f"Not everything could be read: {found.incomplete}"))
    return element(
        "div",
        element("strong", f"{'❌' if found.wrong else '✅'} {word}"),
        lines,
        element("p", origin(subject), class_="origin"),
        class_=f"verdict {'bad' if found.wrong else 'good'}",
        role="status",
    )


def _against(subject: Subject) -> Iterator[Markup]:
    """Yield each claim that is not proved with what stands against it, then what is alarming."""
    for number, one in worst_first(subject):
        if one.verdict.outcome is not Outcome.PROVED:
            link = element("a", one.statement, href=f"#{claim_id(subject, number)}")
            why = "; ".join(one.witnesses)
            yield element("li", f"{one.outcome}: ", link, f" {why}" if why else "")
    for exposed in exposure_list(subject):
        if exposed.alarming:
            kind = exposed.kind.replace("`", "")
            link = element("a", kind, href=f"#exposure-{subject.name}")
            yield element("li", "❌ Exposure: ", link, f" of {exposed.subject}: {exposed.shown}")


def _deployment(subject: Subject) -> Markup:
    """Return the settings that stand in no template: guards, role, alarms, tags."""
    rows = (
        (
            element("code", one.key),
            element("strong", f"❌ {one.value}") if one.alarming else one.value,
            one.meaning.replace("`", ""),
        )
        for one in deployment_lines(subject)
    )
    return card(
        subject,
        "deployment",
        "Deployment",
        table(("Setting", "Value", "Decides, or why to look"), rows, class_="facts"),
    )
