"""E9209: where the container's output goes."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.tasks._containers import container_properties, containers, expect_container


class Logging(HouseRule):
    """A stream prefix is mandatory on Fargate, and lints clean when it is absent."""

    id = "E9209"
    shortdesc = "Containers log to the service's own group, under its name"
    description = (
        "awslogs with the group, the region and the service's name as stream prefix. Non-blocking "
        "with a buffer of 25m, so that a slow log service does not stop the application."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html"
    )
    requirements = ("FR-010", "FR-044", "SC-007", "US2-4")
    fix = "Log with awslogs to the service's own group, prefix, mode and buffer as specified"
    judges = container_properties("LogConfiguration")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the log configuration of each service's container."""
        for service, container in containers(world):
            group = world.id(service, Part.LOG_GROUP)
            options = {
                "awslogs-group": {symbols.REF: group},
                "awslogs-region": {symbols.REF: "AWS::Region"},
                "awslogs-stream-prefix": service.name,
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            }
            expected = {"LogConfiguration": {"LogDriver": "awslogs", "Options": options}}
            yield from expect_container(container, expected)
            for other, part in world.roster.slots_of(group):
                if (other, part) != (service.name, Part.LOG_GROUP):
                    path = (*container.path, "LogConfiguration", "Options", "awslogs-group")
                    yield Mismatch(path, f"names {group}, which is the log group of {other}")
