"""E9802: people hear of load."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.model import BREACH_MINUTES, CPU_TARGET_PERCENT, MEMORY_TARGET_PERCENT
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.operations._alarms import JUDGED, expect_metric, of_service

WATCHED = {
    Part.CPU_ALARM: ("CPUUtilization", CPU_TARGET_PERCENT),
    Part.MEMORY_ALARM: ("MemoryUtilization", MEMORY_TARGET_PERCENT),
}


class UtilizationAlarms(HouseRule):
    """The thresholds of the specification, readable in the template."""

    id = "E9802"
    shortdesc = "Alarms tell of CPU above 70 and memory above 80 percent for 3 minutes"
    description = (
        "Averages of one minute, three in a row, on the metrics of the service by name. They act "
        "on nothing: scaling does."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html"
    )
    requirements = ("FR-038", "FR-039", "SC-004")
    fix = "Watch the service's own metric with the specified threshold"
    judges = JUDGED

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare both alarms of each service."""
        for service in world.services:
            for part, (metric, percent) in WATCHED.items():
                expected = {
                    "Namespace": "AWS/ECS",
                    "MetricName": metric,
                    "Dimensions": of_service(world, service),
                    "Statistic": "Average",
                    "Period": 60,
                    "EvaluationPeriods": BREACH_MINUTES,
                    "Threshold": percent,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "TreatMissingData": "notBreaching",
                }
                for alarm in world.roster.all(service.name, part):
                    yield from expect_metric(alarm, expected)
