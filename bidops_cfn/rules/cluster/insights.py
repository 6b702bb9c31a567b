"""E9101: the cluster measures itself."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Keyed, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class ContainerInsights(HouseRule):
    """Without Container Insights the task deficit alarm has no metric to watch."""

    id = "E9101"
    shortdesc = "Cluster has Container Insights"
    description = (
        "Container Insights gives the metrics of services and tasks, among them the running and "
        "desired counts that FR-045 watches. Settings choose enabled or enhanced."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html"
    requirements = ("FR-003", "US1-3")
    fix = "Set ClusterSettings to containerInsights as the environment's settings say"
    judges = properties("AWS::ECS::Cluster", "ClusterSettings")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the settings of every cluster."""
        wanted = {"containerInsights": {"Value": world.settings.container_insights}}
        for cluster in world.roster.all("", Part.CLUSTER):
            yield from expect(cluster, {"ClusterSettings": Keyed("Name", wanted)})
