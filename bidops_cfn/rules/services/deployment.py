"""E9602: how a new version replaces an old one."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.model import MAX_HEALTHY_PERCENT, MIN_HEALTHY_PERCENT
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Deployment(HouseRule):
    """A version that does not start must not replace one that runs."""

    id = "E9602"
    shortdesc = "Deployments roll within 50 and 200 percent and roll back by themselves"
    description = (
        "The circuit breaker rolls back what does not start, after ECS's default of half the "
        "desired tasks, at least 3 and at most 200; a public service also rolls back on its server "
        "error alarm, which watches the target group: one on the service is a cycle."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html"
    requirements = ("FR-024", "SC-003", "US3-2")
    fix = "Set DeploymentConfiguration as specified"
    judges = properties(SERVICE, "DeploymentConfiguration")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the deployment configuration of each service."""
        for service in world.services:
            expected: dict[str, object] = {
                "MinimumHealthyPercent": MIN_HEALTHY_PERCENT,
                "MaximumPercent": MAX_HEALTHY_PERCENT,
                "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
            }
            if service.public:
                expected["Alarms"] = {
                    "AlarmNames": [{symbols.REF: world.id(service, Part.ERROR_ALARM)}],
                    "Enable": True,
                    "Rollback": True,
                }
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, {"DeploymentConfiguration": expected})
