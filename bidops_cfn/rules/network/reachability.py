"""E9408: who can reach a service."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.proofs.reachability import reached_by_callers_only
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class Reachability(HouseRule):
    """The proof of the same name, as a rule: unknown fails.

    The ingress of all groups that are associated with a service's tasks equals one flow from each
    caller: the load balancer to BFF on 3000, BFF to AgentCore on 8080.
    """

    id = "E9408"
    shortdesc = "Provably only its callers reach a service, on its port alone"
    source_url = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"
    requirements = ("FR-025", "FR-026", "FR-030", "SC-010", "US4-1", "US4-2", "US4-5")
    fix = (
        "In bidops_cfn/compute/security_groups.py, admit exactly the callers' groups on the "
        "service's port"
    )

    def judge(self, world: ReadingUnderReview) -> Iterator[Mismatch]:
        """Report what keeps the claim from being proved."""
        for service in world.services:
            verdict = reached_by_callers_only(world.reading, world.contract, service)
            if verdict.outcome is not Outcome.PROVED:
                for witness in verdict.witnesses:
                    text = f"{witness.text}: only its callers may reach {service.name}"
                    yield Mismatch(witness.path, text)
