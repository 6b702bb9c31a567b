"""E9501: where the load balancer sends requests."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import TARGET_GROUP
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

DEREGISTRATION_DELAY_SECONDS = 60


class TargetGroup(HouseRule):
    """Fargate tasks register by address, not as instances."""

    id = "E9501"
    shortdesc = "Target group takes task addresses on the service's port, by HTTP"
    description = (
        "TargetType ip, HTTP on 3000, in the imported VPC. A deregistered target finishes its "
        "requests within 60 seconds, below the container's stop timeout."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb.html"
    requirements = ("FR-021", "FR-035", "FR-047", "US3-1")
    fix = "Give the target group the specified type, protocol, port, VPC and delay"
    judges = properties(
        TARGET_GROUP, "TargetType", "Protocol", "ProtocolVersion", "Port", "VpcId",
        "TargetGroupAttributes",
    )  # fmt: skip

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the target group of each public service."""
        delay = {"deregistration_delay.timeout_seconds": {"Value": DEREGISTRATION_DELAY_SECONDS}}
        for service in world.services:
            for resource in world.roster.all(service.name, Part.TARGET_GROUP):
                expected = {
                    "TargetType": "ip",
                    "Protocol": "HTTP",
                    "ProtocolVersion": Maybe("HTTP1"),
                    "Port": service.port,
                    "VpcId": world.contract.one(Imports.VPC_ID.value),
                    "TargetGroupAttributes": Keyed("Key", delay),
                }
                yield from expect(resource, expected)
