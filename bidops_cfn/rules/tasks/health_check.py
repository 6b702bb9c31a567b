"""E9212: how ECS tells that the container is well."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class ContainerHealthCheck(HouseRule):
    """AgentCore has no load balancer: this is its only health signal."""

    id = "E9212"
    shortdesc = "Containers have the health check that settings name"
    description = (
        "Every 10 seconds, 5 seconds each, three failures: a dead task is found within a minute "
        "(SC-002). The command uses a program that the image has. Failures do not count for 30 "
        "seconds in a service with a grace period (E9606), and for health_grace_seconds in one "
        "without a load balancer."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"
    requirements = ("SC-002", "US3-4")
    fix = (
        "Set health_command and, for a service without a load balancer, health_grace_seconds in "
        "params/<environment>.toml and render again; the other times are fixed"
    )
    judges = container_properties("HealthCheck")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the health check of each service's container."""
        for service, container in containers(world):
            settings = world.settings.services[service.name]
            check = {
                "Command": list(settings.health_command),
                "Interval": 10,
                "Retries": 3,
                "StartPeriod": 30 if service.public else settings.health_grace,
                "Timeout": 5,
            }
            yield from expect_container(container, {"HealthCheck": check})
