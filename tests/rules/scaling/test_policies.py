from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.scaling import ScalingPolicies
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-038"),
    pytest.mark.requirement("FR-039"),
    pytest.mark.requirement("FR-040"),
    pytest.mark.requirement("SC-004"),
]

T = "TargetTrackingScalingPolicyConfiguration/"

test_good, test_bad = table_tests(
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
