"""E9703: how often the metrics that scaling follows are measured."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties

METRICS = {
    Part.CPU_SCALING: "ECSServiceAverageCPUUtilization",
    Part.MEMORY_SCALING: "ECSServiceAverageMemoryUtilization",
}
METRIC = (
    "TargetTrackingScalingPolicyConfiguration",
    "PredefinedMetricSpecification",
    "PredefinedMetricType",
)
MONITORING = {
    "MetricConfigurations": [
        {"MetricNames": ["CPUUtilization", "MemoryUtilization"], "ResolutionSeconds": 20}
    ]
}


class Resolution(HouseRule):
    """A policy on a metric that the service does not publish never scales."""

    id = "E9703"
    shortdesc = "Services publish, and policies follow, metrics of the resolution of the settings"
    description = (
        "Metrics of 60 seconds, unless settings ask for 20: then the service publishes both, at a "
        "price, and both policies follow the high-resolution metric. Three datapoints are then one "
        "minute and not the three of FR-038 and FR-039: a choice that the settings show."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
        "target-tracking-faster-auto-scaling.html"
    )
    requirements = ("FR-038", "FR-039", "SC-004")
    fix = "Set scaling.high_resolution_metrics in params/<environment>.toml and render again"
    judges = properties(SERVICE, "Monitoring")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the monitoring of each service and the metric of each policy."""
        high = world.settings.high_resolution_metrics
        for service in world.services:
            for resource in world.roster.all(service.name, Part.SERVICE):
                yield from expect(resource, {"Monitoring": MONITORING if high else ABSENT})
            for part, metric in METRICS.items():
                wanted = metric + ("HighResolution" if high else "")
                for policy in world.roster.all(service.name, part):
                    yield from mismatches(policy.get(*METRIC), wanted, policy.at(*METRIC))
