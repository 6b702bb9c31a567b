"""E9701: what is scaled, and how far."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import SCALABLE_TARGET, Part
from bidops_cfn.model import MAX_TASKS, MIN_TASKS
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class ScalableTarget(HouseRule):
    """Ref of a service is an ARN: as part of a resource id it lints clean and fails."""

    id = "E9701"
    shortdesc = "Each service scales between 2 and 10 tasks"
    description = (
        "The resource id is service/<cluster>/<service name>, from Ref of the cluster and the "
        "service's Name."
    )
    source_url = (
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/"
        "API_RegisterScalableTarget.html"
    )
    requirements = ("FR-037", "US3-5")
    fix = "Scale the service's desired count by its name, from 2 to 10"
    judges = properties(
        SCALABLE_TARGET, "ServiceNamespace", "ScalableDimension", "ResourceId", "MinCapacity",
        "MaxCapacity",
    )  # fmt: skip

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the scalable target of each service."""
        cluster = {symbols.REF: world.roster.id("", Part.CLUSTER)}
        for service in world.services:
            name = {symbols.GETATT: [world.id(service, Part.SERVICE), "Name"]}
            expected = {
                "ServiceNamespace": "ecs",
                "ScalableDimension": "ecs:service:DesiredCount",
                "ResourceId": symbols.compose(["service/", cluster, "/", name]),
                "MinCapacity": MIN_TASKS,
                "MaxCapacity": MAX_TASKS,
            }
            for target in world.roster.all(service.name, Part.SCALABLE_TARGET):
                yield from expect(target, expected)
