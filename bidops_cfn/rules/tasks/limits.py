"""E9213: how long and how much."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class Limits(HouseRule):
    """A task that is not killed in time delays every deployment."""

    id = "E9213"
    shortdesc = "Containers stop in time and may open enough files"
    description = (
        "Fargate kills a container after 120 seconds at most, Spot after 120 seconds' notice: the "
        "stop timeout of the settings lies below. 65,536 open files are enough for connections."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
    )
    requirements = ("template",)
    fix = (
        "Set stop_timeout_seconds in params/<environment>.toml and render again; the number of "
        "open files is fixed"
    )
    judges = container_properties("StopTimeout", "Ulimits")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the limits of each service's container."""
        for service, container in containers(world):
            files = {"nofile": {"SoftLimit": 65536, "HardLimit": 65536}}
            expected = {
                "StopTimeout": world.settings.services[service.name].stop_timeout,
                "Ulimits": Keyed("Name", files),
            }
            yield from expect_container(container, expected)
