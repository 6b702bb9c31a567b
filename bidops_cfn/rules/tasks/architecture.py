"""E9219: which processor runs the image."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, mismatches
from bidops_cfn.rules._house_rule import HouseRule


class Architecture(HouseRule):
    """An image that is built for another processor ends with "exec format error"."""

    id = "E9219"
    shortdesc = "Tasks run on the processor that settings say the image is built for"
    description = (
        "X86_64 unless settings say ARM64. Nothing in the template knows the image: a wrong one "
        "starts, fails and is rolled back."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-arm64.html"
    requirements = ("template",)
    fix = "Set architecture of the service in params/<environment>.toml and render again"
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the processor of each task definition."""
        step = ("RuntimePlatform", "CpuArchitecture")
        for service in world.services:
            wanted = world.settings.services[service.name].architecture
            for task in world.roster.all(service.name, Part.TASK_DEFINITION):
                yield from mismatches(task.get(*step), wanted, task.at(*step))
