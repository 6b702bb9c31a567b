"""E9306: no role can delete or rebuild anything."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.proofs.destruction import no_destruction
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class NoDestruction(HouseRule):
    """The proof of the same name, as a rule: unknown fails.

    Every action that the catalogue does not call a read or a list counts as destructive, but for
    the few that write data. Lifecycle and policy writes delete indirectly.
    """

    id = "E9306"
    shortdesc = "No role provably can delete resources or change infrastructure"
    source_url = (
        "https://docs.aws.amazon.com/service-authorization/latest/reference/"
        "reference_policies_actions-resources-contextkeys.html"
    )
    requirements = ("FR-018",)
    fix = "Remove the action in bidops_cfn/compute/policies.py"

    def judge(self, world: ReadingUnderReview) -> Iterator[Mismatch]:
        """Report what keeps the claim from being proved, for every role."""
        for role in world.reading.roles.values():
            verdict = no_destruction(role, world.contract)
            if verdict.outcome is not Outcome.PROVED:
                if not verdict.witnesses:
                    yield Mismatch(role.resource.path, "has no permission that could be judged")
                for witness in verdict.witnesses:
                    yield Mismatch(witness.path, witness.text)
