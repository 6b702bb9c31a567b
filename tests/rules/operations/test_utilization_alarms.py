from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.operations import UtilizationAlarms
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-038"),
    pytest.mark.requirement("FR-039"),
    pytest.mark.requirement("SC-004"),
]

test_good, test_bad = table_tests(
    UtilizationAlarms,
    "BffCpuAlarm",
    good={"dimensions in another order": put("Dimensions", lambda old: old[::-1])},
    bad={
        "late": (put("Threshold", 90), "must be 70"),
        "hasty": (put("EvaluationPeriods", 1), "must be 3"),
        "long periods": (put("Period", 300), "must be 60"),
        "the sum": (put("Statistic", "Sum"), "must be Average"),
        "upside down": (put("ComparisonOperator", "LessThanThreshold"), "GreaterThanThreshold"),
        "by ARN": (put("Dimensions/1/Value", ref("BffService")), "must be"),
        "of all services": (
            (drop("Dimensions/0"), put("Dimensions/0/Name", "Service")),
            "must not be there",
        ),
        "a second metric": (put("Metrics", []), "must not be there"),
        "missing data": (put("TreatMissingData", "ignore"), "must be notBreaching"),
    },
)
