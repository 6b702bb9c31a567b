"""What is scaled, how far, and by which metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Where, used_once
from bidops_cfn.rules._values import Given, Rows, Values, of_stack, own
from bidops_cfn.settings.services import (
    CPU_TARGET_PERCENT,
    HIGH_RESOLUTION_SECONDS,
    MAX_TASKS,
    MEMORY_TARGET_PERCENT,
    MIN_TASKS,
    SCALING_COOLDOWN_SECONDS,
    Service,
)
from bidops_cfn.spec.parts import SCALING, Part

TRACKING = "TargetTrackingScalingPolicyConfiguration"
METRIC = f"{TRACKING}.PredefinedMetricSpecification.PredefinedMetricType"
METRICS = {
    Part.CPU_SCALING: "ECSServiceAverageCPUUtilization",
    Part.MEMORY_SCALING: "ECSServiceAverageMemoryUtilization",
}


def _resource_id(case: ReadingUnderReview, service: Service) -> object:
    cluster = {symbols.REF: case.parts.id("", Part.CLUSTER)}
    name = {symbols.GETATT: [case.id(service, Part.SERVICE), "Name"]}
    return symbols.compose(["service/", cluster, "/", name])


class ScalableTarget(Values):
    """Each service scales between the specified numbers of tasks.

    Ref of a service is an ARN: as part of a resource id it lints clean and fails. The resource id
    is service/<cluster>/<service name>, from Ref of the cluster and the service's Name.
    """

    id = "E9701"
    source = "autoscaling-api/API_RegisterScalableTarget"
    requirements = ("FR-037", "US3-5")
    rows: ClassVar[Rows] = {
        Part.SCALABLE_TARGET: {
            "ServiceNamespace": "ecs",
            "ScalableDimension": "ecs:service:DesiredCount",
            "ResourceId": Given(_resource_id),
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
    """Services track CPU and memory at the specified percentages, with cooldowns.

    Target tracking scales out after exactly three one-minute datapoints. Two target-tracking
    policies with distinct names, on the metrics of the service in the resolution that E9703 judges.
    Step scaling beside them makes the metrics flap.
    """

    id = "E9702"
    source = "ecs/service-autoscaling-targettracking"
    requirements = ("FR-038", "FR-039", "FR-040", "SC-004", "US3-5")
    rows: ClassVar[Rows] = {
        Part.CPU_SCALING: _policy(Part.CPU_SCALING, CPU_TARGET_PERCENT),
        Part.MEMORY_SCALING: _policy(Part.MEMORY_SCALING, MEMORY_TARGET_PERCENT),
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for service in case.services:
            both = (case.parts.all(service.name, part) for part in METRICS)
            policies = [policy for found in both for policy in found]
            names = {one.at("PolicyName"): symbols.show(one.get("PolicyName")) for one in policies}
            yield from used_once(names)


FAST = "scaling.high_resolution_metrics"


PUBLISHED = {
    "MetricConfigurations": [
        {
            "MetricNames": ["CPUUtilization", "MemoryUtilization"],
            "ResolutionSeconds": HIGH_RESOLUTION_SECONDS,
        }
    ]
}


def _metric(metric: str) -> Given:
    return of_stack(
        FAST,
        find=lambda one: metric + ("HighResolution" if one.scaling.high_resolution_metrics else ""),
    )


class Resolution(Values):
    """Services publish, and policies follow, metrics of the resolution of the settings.

    A policy on a metric that the service does not publish never scales. Metrics of 60 seconds,
    unless settings ask for 20: then the service publishes both, at a price, and both policies
    follow the high-resolution metric. Three datapoints are then one minute and not the three of
    FR-038 and FR-039: a choice that the settings show.
    """

    id = "E9703"
    source = "ecs/target-tracking-faster-auto-scaling"
    requirements = ("FR-038", "FR-039", "SC-004")
    rows: ClassVar[Rows] = {
        Part.SERVICE: {
            "Monitoring": of_stack(
                FAST, find=lambda one: PUBLISHED if one.scaling.high_resolution_metrics else None
            )
        },
        **{part: {METRIC: _metric(metric)} for part, metric in METRICS.items()},
    }
