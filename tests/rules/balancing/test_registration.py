from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.balancing import Registration
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-021"),
]

ENTRY = {
    "ContainerName": "agentcore",
    "ContainerPort": 8080,
    "TargetGroupArn": ref("BffTargetGroup"),
}

test_good, test_bad = table_tests(
    Registration,
    "BffService",
    good={},
    bad={
        "none": (drop("LoadBalancers"), "is missing"),
        "another container": (put("LoadBalancers/0/ContainerName", "web"), "must be bff"),
        "another port": (put("LoadBalancers/0/ContainerPort", 80), "must be 3000"),
        "another group": (put("LoadBalancers/0/TargetGroupArn", "arn:aws:x"), "must be"),
        "a classic one": (put("LoadBalancers/0/LoadBalancerName", "x"), "must not be there"),
    },
)

test_others_good, test_others_bad = table_tests(
    Registration,
    "AgentCoreService",
    good={},
    bad={"a private service": (put("LoadBalancers", [ENTRY]), "must not be there")},
)
