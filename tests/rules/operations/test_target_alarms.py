from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.operations import TargetAlarms
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-046"),
    pytest.mark.requirement("FR-035"),
]

test_good, test_bad = table_tests(
    TargetAlarms,
    "BffUnhealthyTargetsAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={
        "one may be unhealthy": (put("Threshold", 1), "must be 0"),
        "the average": (put("Statistic", "Average"), "must be Maximum"),
        "by ARN": (put("Dimensions/1/Value", ref("BffTargetGroup")), "must be"),
        "no balancer": (drop("Dimensions/0"), "lacks LoadBalancer"),
        "another namespace": (put("Namespace", "AWS/NetworkELB"), "must be AWS/ApplicationELB"),
    },
)

test_healthy_good, test_healthy_bad = table_tests(
    TargetAlarms,
    "BffNoHealthyTargetAlarm",
    good={},
    bad={"no data is fine": (put("TreatMissingData", "missing"), "must be breaching")},
)

test_errors_good, test_errors_bad = table_tests(
    TargetAlarms,
    "BffServerErrorAlarm",
    good={},
    bad={
        "many errors": (put("Threshold", 1000), "must be 10"),
        "the average": (put("Statistic", "Average"), "must be Sum"),
    },
)
