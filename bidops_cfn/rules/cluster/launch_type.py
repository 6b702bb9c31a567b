"""E9105: nothing overrides the capacity providers."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule

OVERRIDES = {
    "LaunchType": "overrides the capacity provider strategy",
    "DeploymentController": "takes the deployment away from ECS",
    "SchedulingStrategy": "may only be REPLICA, which is what it is anyway",
    "PlatformVersion": "pins the platform, so that it no longer gets security fixes",
    "PlacementConstraints": "means nothing on Fargate",
    "PlacementStrategies": "means nothing on Fargate",
}


class LaunchType(HouseRule):
    """A launch type beside a strategy wins, and lints clean."""

    id = "E9105"
    shortdesc = "Services have no launch type, controller or placement of their own"
    description = (
        "LaunchType: FARGATE runs every task on-demand whatever the strategy says. An external or "
        "CODE_DEPLOY controller disables the circuit breaker and the rolling update."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-ecs-service.html"
    )
    requirements = ("FR-001", "FR-004", "FR-005", "FR-024")
    fix = "Remove the property; the capacity provider strategy decides"

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Find the properties on any service."""
        for resource in world.reading.document.of_type(SERVICE):
            for name, why in OVERRIDES.items():
                if name in resource.properties:
                    yield Mismatch(resource.at(name), why)
