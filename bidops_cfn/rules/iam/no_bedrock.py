"""E9305: a service without the capability cannot use Bedrock."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.proofs.bedrock import no_bedrock
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.model import Capability
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class NoBedrock(HouseRule):
    """The proof of the same name, as a rule: unknown fails.

    From the service over its task definition to the role that its code gets, with all that is
    attached to it. No action of any Bedrock API, no sts:AssumeRole, no iam:PassRole.
    """

    id = "E9305"
    shortdesc = "Services that may not use Bedrock provably cannot, nor take on a role that can"
    source_url = (
        "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html"
    )
    requirements = ("FR-016", "US5-4")
    fix = (
        "In bidops_cfn/compute/policies.py, give the service's task role no such permission; what "
        "a service may do stands in bidops_cfn/model.py"
    )

    def judge(self, world: ReadingUnderReview) -> Iterator[Mismatch]:
        """Report what keeps the claim from being proved."""
        for service in world.services:
            if Capability.INVOKE_BEDROCK not in service.capabilities:
                verdict = no_bedrock(world.reading, service)
                if verdict.outcome is not Outcome.PROVED:
                    for witness in verdict.witnesses:
                        text = f"{witness.text}: {service.name} must provably not use Bedrock"
                        yield Mismatch(witness.path, text)
