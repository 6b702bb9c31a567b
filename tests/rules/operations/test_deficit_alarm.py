from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.operations import DeficitAlarm
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-045"),
]

test_good, test_bad = table_tests(
    DeficitAlarm,
    "AgentCoreTaskDeficitAlarm",
    good={
        "queries in another order": put("Metrics", lambda old: old[::-1]),
        "no label": drop("Metrics/2/Label"),
    },
    bad={
        "gaps": (put("Metrics/2/Expression", "desired - running"), "FILL(running, 0)"),
        "no data is fine": (put("TreatMissingData", "notBreaching"), "must be breaching"),
        "two answers": (put("Metrics/0/ReturnData", True), "must be false"),
        "no answer": (drop("Metrics/2/ReturnData"), "is missing"),
        "one may be missing": (put("Threshold", 1), "must be 0"),
        "another metric": (put("Metrics/0/MetricStat/Metric/MetricName", "X"), "DesiredTaskCount"),
        "the maximum": (put("Metrics/1/MetricStat/Stat", "Maximum"), "must be Average"),
        "a query more": (add("Metrics", {"Id": "x", "Expression": "1"}), "must not be there"),
    },
)
