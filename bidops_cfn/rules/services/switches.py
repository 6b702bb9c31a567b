"""E9605: what is on and off."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Switches(HouseRule):
    """Tasks carry the tags of their service, spread over zones, and take no shell."""

    id = "E9605"
    shortdesc = "Services tag their tasks, rebalance over zones and refuse ECS Exec"
    description = (
        "Tags follow the service, so that costs are attributed. After a zone comes back ECS moves "
        "tasks there. ECS Exec is a shell in production and needs rights that no role has."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html"
    )
    requirements = ("FR-023", "SC-009", "US3-3")
    fix = "Set the switches as specified"
    judges = properties(
        SERVICE, "AvailabilityZoneRebalancing", "EnableECSManagedTags", "EnableExecuteCommand",
        "PropagateTags",
    )  # fmt: skip

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the switches of each service."""
        expected = {
            "AvailabilityZoneRebalancing": "ENABLED",
            "EnableECSManagedTags": True,
            "EnableExecuteCommand": Maybe(False),
            "PropagateTags": "SERVICE",
        }
        for service in world.services:
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, expected)
