"""E9202: how big a task and its container are."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.task_definitions import TASK_DEFINITION
from bidops_cfn.model import Service, TaskSize
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container
from bidops_cfn.spec import sizes


class Size(HouseRule):
    """The size of a task is its price and its limit."""

    id = "E9202"
    shortdesc = "Tasks have the size that their environment prescribes"
    description = (
        "512/1024 in dev, 1024/2048 in test and 2048/4096 in prod, in CPU units and MiB; in other "
        "environments what their settings say. Literals, since cfn-lint checks only those. The "
        "container has a limit of its own, which is all of the task's memory."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html"
    )
    requirements = ("FR-041", "FR-042", "FR-043", "US2-3")
    fix = (
        "Set cpu and memory of the service in params/<environment>.toml to what FR-041 (dev), "
        "FR-042 (test) or FR-043 (prod) prescribes and render again"
    )
    judges = (*properties(TASK_DEFINITION, "Cpu", "Memory"), *container_properties("Memory"))
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare CPU and memory of each task definition, and the memory of its container."""
        for service in world.services:
            size = _size(world, service)
            for task in world.roster.all(service.name, Part.TASK_DEFINITION):
                yield from expect(task, {"Cpu": size.cpu, "Memory": size.memory})
        for service, container in containers(world):
            yield from expect_container(container, {"Memory": _size(world, service).memory})


def _size(world: World, service: Service) -> TaskSize:
    own = world.settings.services[service.name].size
    return sizes.PRESCRIBED.get(world.environment, (own, ""))[0]
