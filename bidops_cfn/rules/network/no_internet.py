"""E9409: no way to the internet."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.proofs.internet import no_internet
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.facts.verdict import Outcome
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class NoInternet(HouseRule):
    """The proof of the same name, as a rule: unknown fails.

    All groups of such a service are in the template, every egress leads to the endpoints, the
    database, S3's prefix list or a service of this stack, it has no public address, and it stands
    in the subnets without a default route. Routes are NetworkStack's claim.
    """

    id = "E9409"
    shortdesc = "Services without a load balancer provably have no path to the internet"
    source_url = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"
    requirements = ("FR-032", "US4-3")
    fix = (
        "In bidops_cfn/compute/, use the imported PrivateAgentSubnetIds (FR-032), no public "
        "address, and egress to the imported groups and to network.s3_prefix_list_id of "
        "params/<environment>.toml (US4-3)"
    )
    needs_settings = True

    def judge(self, world: ReadingUnderReview) -> Iterator[Mismatch]:
        """Report what keeps the claim from being proved."""
        for service in world.services:
            if not service.public:
                verdict = no_internet(world.reading, world.contract, service)
                if verdict.outcome is not Outcome.PROVED:
                    for witness in verdict.witnesses:
                        text = f"{witness.text}: {service.name} must provably stay off the internet"
                        yield Mismatch(witness.path, text)
