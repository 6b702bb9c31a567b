"""E9606: how long a new task may take."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Grace(HouseRule):
    """Without a grace period slow starters are killed before they are ready."""

    id = "E9606"
    shortdesc = "Services have the health check grace period that settings name"
    description = (
        "Failing checks of the load balancer and of the container are ignored for that long after "
        "a task has started."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html"
    )
    requirements = ("FR-035", "SC-003")
    fix = "Set health_grace_seconds in params/<environment>.toml and render again"
    judges = properties(SERVICE, "HealthCheckGracePeriodSeconds")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the period of each service."""
        for service in world.services:
            wanted = world.settings.services[service.name].health_grace
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, {"HealthCheckGracePeriodSeconds": wanted})
