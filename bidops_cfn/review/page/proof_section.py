"""The proofs on the page, with the assumptions that they are given."""

from __future__ import annotations

from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.proof_table import Proof, assumptions, proofs
from bidops_cfn.review.subject import Subject


def proof_section(subject: Subject) -> Markup:
    """Return every claim with its verdict, and the assumptions."""
    numbered = assumptions(subject.verdicts)
    return card(
        subject,
        "proofs",
        "Proofs",
        element(
            "p",
            "Permissions and flows are taken at their widest; what cannot be resolved is unknown, "
            "and unknown fails. Each claim holds for this template, given its assumptions.",
        ),
        element(
            "ul",
            (_proof(subject, one) for one in proofs(subject)),
            class_="proofs",
        ),
        element("h4", "Assumptions: what the template cannot show"),
        element(
            "dl",
            (
                (
                    element("dt", number, id=f"{subject.name}-{number}"),
                    element("dd", text.replace("`", "")),
                )
                for text, number in numbered.items()
            ),
            class_="assumptions",
        ),
    )


def _proof(subject: Subject, one: Proof) -> Markup:
    links = (
        element("a", number, href=f"#{subject.name}-{number}", class_="tag")
        for number in one.assumptions
    )
    return element(
        "li",
        element("span", one.outcome, class_="outcome"),
        element(
            "div",
            element("p", one.statement),
            element("p", "Shown by: ", "; ".join(one.witnesses), class_="small"),
            element("p", "Given ", links, class_="small"),
        ),
        class_=one.verdict.outcome.lower(),
    )
