"""E9103: how the tasks of a service split over on-demand and Spot."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ANY, Keyed, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.cluster.capacity_providers import ON_DEMAND_WEIGHT, SPOT_WEIGHT


class Strategy(HouseRule):
    """A service without a strategy of its own depends on what somebody does to the cluster."""

    id = "E9103"
    shortdesc = "Each service splits its tasks 70 to 30 over FARGATE and FARGATE_SPOT"
    description = (
        "Each service carries its strategy, with the weights of FR-004 and FR-005. A weight of 0 "
        "takes a provider out of use; bases are judged by E9104."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
        "API_CapacityProviderStrategyItem.html"
    )
    requirements = ("FR-004", "FR-005")
    fix = "Give the service FARGATE with weight 70 and FARGATE_SPOT with weight 30"
    judges = properties("AWS::ECS::Service", "CapacityProviderStrategy")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the providers and weights of each service."""
        weights = {
            "FARGATE": {"Weight": ON_DEMAND_WEIGHT, "Base": Maybe(ANY)},
            "FARGATE_SPOT": {"Weight": SPOT_WEIGHT, "Base": Maybe(ANY)},
        }
        for service in world.services:
            for resource in world.roster.all(service.name, Part.SERVICE):
                wanted = {"CapacityProviderStrategy": Keyed("CapacityProvider", weights)}
                yield from expect(resource, wanted)
