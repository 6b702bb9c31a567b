from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.scaling import Resolution
from tests.mutants.mutant import (
    hidden,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-038"),
    pytest.mark.requirement("FR-039"),
]

METRIC = (
    "TargetTrackingScalingPolicyConfiguration/PredefinedMetricSpecification/PredefinedMetricType"
)
FAST = {"MetricConfigurations": [{"MetricNames": ["CPUUtilization"], "ResolutionSeconds": 20}]}

test_good, test_bad = table_tests(
    Resolution,
    "BffService",
    good={},
    bad={
        "published at a price": (put("Monitoring", FAST), "must not be there"),
        "published in a branch": (hidden("Monitoring", FAST), "must not be there"),
    },
)

test_good_policy, test_bad_policy = table_tests(
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
