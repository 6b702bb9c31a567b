"""E9803: people hear of missing tasks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import ALARM, Part
from bidops_cfn.model import Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import SOME_TEXT, Keyed, Maybe, Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.operations._alarms import expect_metric, of_service

MINUTES = 5


class DeficitAlarm(HouseRule):
    """When no task runs there may be no datapoint at all: that is the alarm's worst case."""

    id = "E9803"
    shortdesc = "Alarms tell of fewer running tasks than desired, also when there is no data"
    description = (
        "desired - FILL(running, 0) > 0 for five minutes; a gap counts as zero tasks, no data as a "
        "breach. Exactly one query returns data, or CloudWatch refuses the alarm."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
        "Container-Insights-metrics-ECS.html"
    )
    requirements = ("FR-045",)
    fix = "Watch the deficit of the service's own tasks, with missing data breaching"
    judges = properties(ALARM, "Metrics")

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the alarm of each service."""
        for service in world.services:
            queries = {
                "desired": _count(world, service, "DesiredTaskCount"),
                "running": _count(world, service, "RunningTaskCount"),
                "deficit": {
                    "Expression": "desired - FILL(running, 0)",
                    "Label": Maybe(SOME_TEXT),
                    "ReturnData": True,
                },
            }
            expected = {
                "Metrics": Keyed("Id", queries),
                "EvaluationPeriods": MINUTES,
                "Threshold": 0,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "breaching",
            }
            for alarm in world.roster.all(service.name, Part.DEFICIT_ALARM):
                yield from expect_metric(alarm, expected)


def _count(world: World, service: Service, metric: str) -> dict[str, object]:
    watched = {
        "Namespace": "ECS/ContainerInsights",
        "MetricName": metric,
        "Dimensions": of_service(world, service),
    }
    stat = {"Metric": watched, "Period": 60, "Stat": "Average"}
    return {"MetricStat": stat, "ReturnData": False}
