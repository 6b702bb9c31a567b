"""One environment on the page: verdict, flow graph, proofs, permissions, exposure."""

from __future__ import annotations

from bidops_cfn.review.page.exposure_section import exposure_section
from bidops_cfn.review.page.flow_section import flow_section
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.page.permission_section import permission_section
from bidops_cfn.review.page.proof_section import proof_section
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.verdict_box import counts, origin


def environment_section(subject: Subject) -> Markup:
    """Return everything about one environment."""
    return element(
        "div",
        element("h2", subject.name, class_="name"),
        _verdict(subject),
        flow_section(subject),
        proof_section(subject),
        permission_section(subject),
        exposure_section(subject),
        class_="environment",
        data_environment=subject.name,
    )


def _verdict(subject: Subject) -> Markup:
    found = counts(subject)
    claims, facts = found.sentences
    word = "Look here first" if found.wrong else "Every claim is proved, given its assumptions"
    lines: list[Markup] = [element("p", claims, class_="claims"), element("p", facts)]
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
