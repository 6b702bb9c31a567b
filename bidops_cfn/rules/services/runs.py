"""E9601: which tasks a service runs, and where."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Runs(HouseRule):
    """A service that runs another's tasks has another's rights."""

    id = "E9601"
    shortdesc = "Each service runs its own task definition on the stack's cluster"
    description = (
        "The task definition is told by its container; the service that is meant for it must refer "
        "to it, so that a new revision is rolled out with the stack."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-ecs-service.html"
    )
    requirements = ("FR-001", "FR-019", "FR-020")
    fix = "Refer to the service's own task definition and to the cluster"
    judges = properties(SERVICE, "Cluster", "TaskDefinition")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare both references of each service."""
        for service in world.services:
            for resource in world.roster.all(service.name, Part.SERVICE):
                expected = {
                    "Cluster": {symbols.REF: world.roster.id("", Part.CLUSTER)},
                    "TaskDefinition": {symbols.REF: world.id(service, Part.TASK_DEFINITION)},
                }
                yield from expect(resource, expected)
