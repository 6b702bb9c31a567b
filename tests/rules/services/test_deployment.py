from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Deployment
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-024"),
    pytest.mark.requirement("SC-003"),
]

D = "DeploymentConfiguration/"

test_good, test_bad = table_tests(
    Deployment,
    "BffService",
    good={"as text": put(D + "MaximumPercent", "200")},
    bad={
        "nobody left": (put(D + "MinimumHealthyPercent", 0), "must be 50"),
        "no room": (put(D + "MaximumPercent", 150), "must be 200"),
        "no breaker": (drop(D + "DeploymentCircuitBreaker"), "is missing"),
        "no rollback": (put(D + "DeploymentCircuitBreaker/Rollback", False), "must be true"),
        "no alarm": (drop(D + "Alarms"), "is missing"),
        "alarm ignored": (put(D + "Alarms/Enable", False), "must be true"),
        "another alarm": (put(D + "Alarms/AlarmNames/0", ref("BffCpuAlarm")), "must be"),
        "blue/green": (put(D + "Strategy", "BLUE_GREEN"), "must not be there"),
        "nothing": (drop("DeploymentConfiguration"), "is missing"),
    },
)
