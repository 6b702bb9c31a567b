"""E9407: where tasks stand."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ANY, Mismatch, Unordered, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Placement(HouseRule):
    """Two distinct subnets of the right tier, and no public address."""

    id = "E9407"
    shortdesc = "Tasks stand in both private subnets of their tier, without a public address"
    description = (
        "BFF in the PrivateApp subnets, AgentCore in the PrivateAgent subnets, which have no way "
        "to the internet. One subnet twice is one availability zone."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html"
    )
    requirements = ("FR-023", "FR-031", "FR-032", "SC-009", "US1-2", "US3-3", "US4-3")
    fix = "Use both imported subnets of the service's tier, and AssignPublicIp: DISABLED"
    judges = properties(SERVICE, "NetworkConfiguration")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the network configuration of each service."""
        for service in world.services:
            subnets = world.contract.pair(service.subnets.value)
            wanted = {
                "AssignPublicIp": "DISABLED",
                "SecurityGroups": ANY,  # judged by E9401
                "Subnets": Unordered(subnets),
            }
            for resource in world.roster.all(service.name, Part.SERVICE):
                configuration = {"AwsvpcConfiguration": wanted}
                yield from expect(resource, {"NetworkConfiguration": configuration})
