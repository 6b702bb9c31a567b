"""E9202: how big a task is."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.task_definitions import TASK_DEFINITION
from bidops_cfn.model import TaskSize
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

SIZES = {
    "dev": TaskSize(512, 1024),  # FR-041
    "test": TaskSize(1024, 2048),  # FR-042
    "prod": TaskSize(2048, 4096),  # FR-043
}


class Size(HouseRule):
    """The size of a task is its price and its limit."""

    id = "E9202"
    shortdesc = "Tasks have the size that their environment prescribes"
    description = (
        "512/1024 in dev, 1024/2048 in test and 2048/4096 in prod, in CPU units and MiB; in other "
        "environments what their settings say. Literals, since cfn-lint checks only those."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
    )
    requirements = ("FR-041", "FR-042", "FR-043", "US2-3")
    fix = "Set cpu and memory of the service in params/<environment>.toml and render again"
    judges = properties(TASK_DEFINITION, "Cpu", "Memory")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare CPU and memory of each task definition."""
        for service in world.services:
            size = SIZES.get(world.environment) or world.settings.services[service.name].size
            for task in world.roster.all(service.name, Part.TASK_DEFINITION):
                yield from expect(task, {"Cpu": size.cpu, "Memory": size.memory})
