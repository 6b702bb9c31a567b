"""E9201: what kind of task it is."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.document import items
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.task_definitions import TASK_DEFINITION
from bidops_cfn.fargate import ARCHITECTURES
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, Where, expect
from bidops_cfn.rules._house_rule import HouseRule, properties

PROCESSOR = Where("X86_64 or ARM64", lambda value: value in ARCHITECTURES)


class TaskForm(HouseRule):
    """Without a launch type cfn-lint's Fargate rules stay silent: this one does not."""

    id = "E9201"
    shortdesc = "Tasks are Fargate tasks on Linux, with one container and a network interface"
    description = (
        "awsvpc gives each task an interface that security groups apply to. A second container "
        "would share the task's role and network. The family is a name that others import."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
    )
    requirements = ("FR-001", "FR-006", "FR-007", "FR-008", "US2-1")
    fix = "Use awsvpc, FARGATE and LINUX, one container, and family bidopsai-<env>-<service>"
    judges = properties(
        TASK_DEFINITION, "Family", "NetworkMode", "RequiresCompatibilities", "RuntimePlatform"
    )

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare each task definition."""
        for service in world.services:
            for task in world.roster.all(service.name, Part.TASK_DEFINITION):
                platform = {"CpuArchitecture": PROCESSOR, "OperatingSystemFamily": "LINUX"}
                expected = {
                    "Family": f"bidopsai-{world.environment}-{service.name}",
                    "NetworkMode": "awsvpc",
                    "RequiresCompatibilities": ["FARGATE"],
                    "RuntimePlatform": platform,
                }
                yield from expect(task, expected)
                found = len(items(task.get("ContainerDefinitions")))
                if found != 1:
                    path = task.at("ContainerDefinitions")
                    yield Mismatch(path, f"has {found} containers, must have one")
