from __future__ import annotations

import pytest

from bidops_cfn.rules.scaling import Resolution, ScalableTarget, ScalingPolicies
from tests.mutants.mutant import attr, drop, hidden, put, ref
from tests.rules.table import Cases, make_tests

pytestmark = pytest.mark.requirement("FR-037", "FR-038", "FR-039", "FR-040", "SC-004")

T = "TargetTrackingScalingPolicyConfiguration/"

METRIC = (
    "TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType"
)

FAST = {"MetricConfigurations": [{"MetricNames": ["CPUUtilization"], "ResolutionSeconds": 20}]}

SCALING_POLICIES_CASES = Cases(
    ScalingPolicies,
    "BffCpuScaling",
    good={
        "scale-in allowed": put(T + "DisableScaleIn", False),
        "another name": put("PolicyName", "cpu"),
    },
    bad={
        "late": (put(T + "TargetValue", 95), "must be 70"),
        "hasty": (put(T + "ScaleOutCooldown", 30), "must be 300"),
        "no cooldown": (drop(T + "ScaleInCooldown"), "is missing"),
        "never in": (put(T + "DisableScaleIn", True), "must be false"),
        "steps": (put("PolicyType", "StepScaling"), "must be TargetTrackingScaling"),
        "the name of the other": (put("PolicyName", "bff-memory"), "used in 2 places"),
    },
)

RESOLUTION_CASES = Cases(
    Resolution,
    "BffService",
    good={},
    bad={
        "published at a price": (put("Monitoring", FAST), "must not be there"),
        "published in a branch": (hidden("Monitoring", FAST), "must not be there"),
    },
)

RESOLUTION_CASES_2 = Cases(
    Resolution,
    "AgentCoreCpuScaling",
    good={},
    bad={
        "one minute instead of three": (
            put(METRIC, "ECSServiceAverageCPUUtilizationHighResolution"),
            "must be ECSServiceAverageCPUUtilization",
        ),
    },
)

SCALABLE_TARGET_CASES = Cases(
    ScalableTarget,
    "BffScalableTarget",
    good={
        "joined": put(
            "ResourceId",
            {"Fn::Join": ["/", ["service", ref("Cluster"), attr("BffService", "Name")]]},
        )
    },
    bad={
        "none left": (put("MinCapacity", 0), "must be 2"),
        "no end": (put("MaxCapacity", 100), "must be 10"),
        "the ARN": (
            put("ResourceId", {"Fn::Join": ["/", ["service", ref("Cluster"), ref("BffService")]]}),
            "must be service/",
        ),
        "another dimension": (put("ScalableDimension", "ec2:spot"), "must be"),
        "a parameter": (put("MinCapacity", ref("BffDesiredCount")), "must be 2"),
    },
)

CASES = (
    SCALING_POLICIES_CASES,
    RESOLUTION_CASES,
    RESOLUTION_CASES_2,
    SCALABLE_TARGET_CASES,
)

test_nothing_is_found, test_the_fault_is_found = make_tests(*CASES)
