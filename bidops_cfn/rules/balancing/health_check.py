"""E9502: how the load balancer tells that a task is well."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import TARGET_GROUP
from bidops_cfn.model import HEALTH_INTERVAL_SECONDS, HEALTHY_COUNT, UNHEALTHY_COUNT
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

TIMEOUT_SECONDS = 5  # three intervals and one timeout: 95 seconds at most (SC-005)


class TargetHealthCheck(HouseRule):
    """A dead task gets requests until its health check says so."""

    id = "E9502"
    shortdesc = "Target health is checked on /api/health every 30 seconds, 2 up and 3 down"
    description = (
        "An answer of 200 within 5 seconds; healthy after two, unhealthy after three in a row, so "
        "that a dead task is out after 95 seconds at most."
    )
    source_url = (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/"
        "target-group-health-checks.html"
    )
    requirements = ("FR-033", "FR-034", "FR-035", "SC-005", "US3-4")
    fix = "Give the target group the specified health check"
    judges = properties(
        TARGET_GROUP, "HealthCheckEnabled", "HealthCheckProtocol", "HealthCheckPort",
        "HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount", "UnhealthyThresholdCount", "Matcher",
    )  # fmt: skip

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the health check of each public service's target group."""
        for service in world.services:
            for resource in world.roster.all(service.name, Part.TARGET_GROUP):
                expected = {
                    "HealthCheckEnabled": Maybe(True),
                    "HealthCheckProtocol": Maybe("HTTP"),
                    "HealthCheckPort": Maybe("traffic-port"),
                    "HealthCheckPath": service.health_path,
                    "HealthCheckIntervalSeconds": HEALTH_INTERVAL_SECONDS,
                    "HealthCheckTimeoutSeconds": TIMEOUT_SECONDS,
                    "HealthyThresholdCount": HEALTHY_COUNT,
                    "UnhealthyThresholdCount": UNHEALTHY_COUNT,
                    "Matcher": {"HttpCode": 200},
                }
                yield from expect(resource, expected)
