"""E9504: which tasks are registered with the load balancer."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Registration(HouseRule):
    """Container name and port must match the task definition; nothing checks it before a launch."""

    id = "E9504"
    shortdesc = "BFF registers its container with its target group; AgentCore has no balancer"
    description = (
        "One load balancer entry per public service, with the name and port of its container. A "
        "private service behind the public load balancer would be public."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html"
    )
    requirements = ("FR-021", "FR-035", "US3-1")
    fix = "Register the service's container and port with its own target group"
    judges = properties(SERVICE, "LoadBalancers")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the load balancers of each service."""
        for service in world.services:
            for resource in world.roster.all(service.name, Part.SERVICE):
                entry = {
                    "ContainerName": service.name,
                    "ContainerPort": service.port,
                    "TargetGroupArn": {symbols.REF: world.id(service, Part.TARGET_GROUP)},
                }
                expected = [entry] if service.public else ABSENT
                yield from expect(resource, {"LoadBalancers": expected})
