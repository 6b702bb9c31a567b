"""E9102: what the cluster runs on."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch, Unordered, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

ON_DEMAND_WEIGHT = 70  # FR-004
SPOT_WEIGHT = 30  # FR-005


class CapacityProviders(HouseRule):
    """The cluster's own strategy serves tasks that somebody starts by hand."""

    id = "E9102"
    shortdesc = "Cluster has FARGATE and FARGATE_SPOT, 70 to 30 by default"
    description = (
        "Both providers are associated with the cluster, and its default strategy gives FARGATE a "
        "weight of 70 and FARGATE_SPOT one of 30, without a base."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
    requirements = ("FR-001", "FR-004", "FR-005", "US1-1", "US1-4")
    fix = "Associate FARGATE and FARGATE_SPOT with the cluster, with weights 70 and 30"
    judges = properties(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "CapacityProviders",
        "Cluster",
        "DefaultCapacityProviderStrategy",
    )

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the association."""
        weights = {
            "FARGATE": {"Weight": ON_DEMAND_WEIGHT},
            "FARGATE_SPOT": {"Weight": SPOT_WEIGHT},
        }
        for association in world.roster.all("", Part.CAPACITY):
            yield from expect(
                association,
                {
                    "CapacityProviders": Unordered(["FARGATE", "FARGATE_SPOT"]),
                    "Cluster": {symbols.REF: world.roster.id("", Part.CLUSTER)},
                    "DefaultCapacityProviderStrategy": Keyed("CapacityProvider", weights),
                },
            )
