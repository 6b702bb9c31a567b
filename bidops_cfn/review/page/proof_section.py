"""The proofs on the page, with the assumptions that they are given."""

from __future__ import annotations

from bidops_cfn.facts.verdict import Outcome
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
            "and unknown fails. Each claim holds for this template, given its assumptions. Claims "
            "are made of each role and service, and of what is asked of this environment alone: "
            "fewer where SC-008 asks for no saving by Spot.",
        ),
        element(
            "ul",
            (_proof(subject, number, one) for number, one in worst_first(subject)),
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


def worst_first(subject: Subject) -> list[tuple[int, Proof]]:
    """Return the proofs with their numbers: refuted ones first, then unknown ones."""
    order = (Outcome.REFUTED, Outcome.UNKNOWN, Outcome.PROVED)
    found = list(enumerate(proofs(subject), 1))
    return sorted(found, key=lambda one: order.index(one[1].verdict.outcome))


def claim_id(subject: Subject, number: int) -> str:
    """Return the id of a claim, to link to."""
    return f"claim-{number}-{subject.name}"


def _proof(subject: Subject, number: int, one: Proof) -> Markup:
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
        id=claim_id(subject, number),
    )
