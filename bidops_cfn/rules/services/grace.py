"""E9606: how long failing checks of a new task do not count at the load balancer."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Grace(HouseRule):
    """Without a grace period slow starters are killed before they are ready."""

    id = "E9606"
    shortdesc = "Services behind the load balancer, and they alone, have a grace period"
    description = (
        "Failing checks of the load balancer and of the container are ignored for as long as the "
        "settings say after a task has started. ECS long refused the property on a service without "
        "a load balancer; there the container's own check has a start period (E9212)."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-healthcheck.html"
    )
    requirements = ("FR-035", "SC-003")
    fix = (
        "Set health_grace_seconds of the public service in params/<environment>.toml and render "
        "again; remove the property from a service without a load balancer"
    )
    judges = properties(SERVICE, "HealthCheckGracePeriodSeconds")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the period of each service."""
        for service in world.services:
            settings = world.settings.services[service.name]
            wanted = settings.health_grace if service.public else ABSENT
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, {"HealthCheckGracePeriodSeconds": wanted})
