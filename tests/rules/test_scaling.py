from __future__ import annotations

import pytest

from bidops_cfn.rules.scaling import Resolution, ScalableTarget, ScalingPolicies
from tests.mutants.mutant import attr, hidden, put, ref
from tests.rules.table import Cases, cases_in, make_tests

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
        "never in": (put(T + "DisableScaleIn", True), "must be false"),
        "the name of the other": (put("PolicyName", "bff-memory"), "used in 2 places"),
    },
)

RESOLUTION_CASES = Cases(
    Resolution,
    "BffService",
    bad={"published in a branch": (hidden("Monitoring", FAST), "must not be there")},
)

RESOLUTION_CASES_2 = Cases(
    Resolution,
    "AgentCoreCpuScaling",
    bad={
        "one minute instead of three": (
            put(METRIC, "ECSServiceAverageCPUUtilizationHighResolution"),
            "must be ECSServiceAverageCPUUtilization",
        )
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
        "the ARN": (
            put("ResourceId", {"Fn::Join": ["/", ["service", ref("Cluster"), ref("BffService")]]}),
            "must be service/",
        ),
        "a parameter": (put("MinCapacity", ref("BffDesiredCount")), "must be 2"),
    },
)


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)
