"""What is scaled, how far, and by which metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Where, used_once
from bidops_cfn.rules._house_rule import ECS_GUIDE
from bidops_cfn.rules._values import Given, Rows, Values, of_stack, own, subjects
from bidops_cfn.settings.services import (
    CPU_TARGET_PERCENT,
    HIGH_RESOLUTION_SECONDS,
    MAX_TASKS,
    MEMORY_TARGET_PERCENT,
    MIN_TASKS,
    SCALING_COOLDOWN_SECONDS,
)
from bidops_cfn.spec.parts import SCALING, Part

TRACKING = "TargetTrackingScalingPolicyConfiguration"
METRIC = f"{TRACKING}.PredefinedMetricSpecification.PredefinedMetricType"
METRICS = {
    Part.CPU_SCALING: "ECSServiceAverageCPUUtilization",
    Part.MEMORY_SCALING: "ECSServiceAverageMemoryUtilization",
}


class ScalableTarget(Values):
    """Ref of a service is an ARN: as part of a resource id it lints clean and fails.

    The resource id is service/<cluster>/<service name>, from Ref of the cluster and the service's
    Name.
    """

    id = "E9701"
    shortdesc = f"Each service scales between {MIN_TASKS} and {MAX_TASKS} tasks"
    source_url = (
        "https://docs.aws.amazon.com/autoscaling/application/APIReference/"
        "API_RegisterScalableTarget.html"
    )
    requirements = ("FR-037", "US3-5")
    fix = (
        "In bidops_cfn/compute/services.py, scale the service's desired count by its name, from "
        f"{MIN_TASKS} to {MAX_TASKS}"
    )
    rows: ClassVar[Rows] = {
        Part.SCALABLE_TARGET: {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": Given(
                lambda case, service: symbols.compose(
                    [
                        "service/",
                        {symbols.REF: case.parts.id("", Part.CLUSTER)},
                        "/",
                        {symbols.GETATT: [case.id(service, Part.SERVICE), "Name"]},
                    ]
                )
            ),
            "MinCapacity": MIN_TASKS,
            "MaxCapacity": MAX_TASKS,
        }
    }


def _policy(part: Part, target: int) -> Mapping[str, object]:
    metrics = [metric for metric, one in SCALING.items() if one is part]  # in either resolution
    tracked = Where(" or ".join(metrics), lambda value: value in metrics)
    return {
        "PolicyName": SOME_TEXT,
        "PolicyType": "TargetTrackingScaling",
        "ScalingTargetId": own(Part.SCALABLE_TARGET),
        TRACKING: {
            "PredefinedMetricSpecification": {"PredefinedMetricType": tracked},
            "TargetValue": target,
            "ScaleInCooldown": SCALING_COOLDOWN_SECONDS,
            "ScaleOutCooldown": SCALING_COOLDOWN_SECONDS,
            "DisableScaleIn": Maybe(False),
        },
    }


class ScalingPolicies(Values):
    """Target tracking scales out after exactly three one-minute datapoints.

    Two target-tracking policies with distinct names, on the metrics of the service in the
    resolution that E9703 judges. Step scaling beside them makes the metrics flap.
    """

    id = "E9702"
    shortdesc = (
        f"Services track {CPU_TARGET_PERCENT} percent CPU and {MEMORY_TARGET_PERCENT} percent "
        f"memory, cooling down for {SCALING_COOLDOWN_SECONDS} s"
    )
    source_url = f"{ECS_GUIDE}/service-autoscaling-targettracking.html"
    requirements = ("FR-038", "FR-039", "FR-040", "SC-004", "US3-5")
    fix = (
        "In bidops_cfn/compute/services.py, track the specified metric at its target, with both "
        f"cooldowns of {SCALING_COOLDOWN_SECONDS} seconds"
    )
    rows: ClassVar[Rows] = {
        Part.CPU_SCALING: _policy(Part.CPU_SCALING, CPU_TARGET_PERCENT),
        Part.MEMORY_SCALING: _policy(Part.MEMORY_SCALING, MEMORY_TARGET_PERCENT),
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for service in case.services:
            names: dict[Path, str] = {}
            for part in self.rows:
                for _, policy in subjects(case, part, service):
                    names[policy.at("PolicyName")] = symbols.show(policy.get("PolicyName"))
            yield from used_once(names)


def _metric(metric: str) -> Given:
    return of_stack(
        lambda one: metric + ("HighResolution" if one.scaling.high_resolution_metrics else "")
    )


class Resolution(Values):
    """A policy on a metric that the service does not publish never scales.

    Metrics of 60 seconds, unless settings ask for 20: then the service publishes both, at a price,
    and both policies follow the high-resolution metric. Three datapoints are then one minute and
    not the three of FR-038 and FR-039: a choice that the settings show.
    """

    id = "E9703"
    shortdesc = "Services publish, and policies follow, metrics of the resolution of the settings"
    source_url = f"{ECS_GUIDE}/target-tracking-faster-auto-scaling.html"
    requirements = ("FR-038", "FR-039", "SC-004")
    fix = "Set scaling.high_resolution_metrics in params/<environment>.toml and render again"
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "Monitoring": of_stack(
                lambda one: (
                    {
                        "MetricConfigurations": [
                            {
                                "MetricNames": ["CPUUtilization", "MemoryUtilization"],
                                "ResolutionSeconds": HIGH_RESOLUTION_SECONDS,
                            }
                        ]
                    }
                    if one.scaling.high_resolution_metrics
                    else None
                )
            )
        },
        **{part: {METRIC: _metric(metric)} for part, metric in METRICS.items()},
    }
