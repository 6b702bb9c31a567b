from __future__ import annotations

import pytest

from bidops_cfn.rules.services.desired_count import DesiredCount
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-019"),
    pytest.mark.requirement("FR-020"),
]

test_good, test_bad = table_tests(
    DesiredCount,
    "BffService",
    good={
        "by a substitution": put("DesiredCount/Fn::If/1", {"Fn::Sub": "${BffDesiredCount}"}),
    },
    bad={
        "a number": (put("DesiredCount", 2), "must be the count's parameter"),
        "missing": (drop("DesiredCount"), "is missing"),
        "one task otherwise": (put("DesiredCount/Fn::If/2", 1), "must be the count's parameter"),
        "the other's parameter": (
            put("DesiredCount/Fn::If/1", ref("AgentCoreDesiredCount")),
            "used in 2 places",
        ),
        "no parameter": (put("DesiredCount/Fn::If/1", ref("Cluster")), "must be the count's"),
        "always": (put("DesiredCount", ref("BffDesiredCount")), "must be the count's parameter"),
    },
)
