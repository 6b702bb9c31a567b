from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.balancing import TargetHealthCheck
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-033"),
    pytest.mark.requirement("FR-034"),
    pytest.mark.requirement("FR-035"),
    pytest.mark.requirement("SC-005"),
]

test_good, test_bad = table_tests(
    TargetHealthCheck,
    "BffTargetGroup",
    good={
        "defaults left out": (drop("HealthCheckPort"), drop("HealthCheckEnabled")),
        "the code as a number": put("Matcher/HttpCode", 200),
    },
    bad={
        "another path": (put("HealthCheckPath", "/"), "must be /api/health"),
        "seldom": (put("HealthCheckIntervalSeconds", 60), "must be 30"),
        "slow": (put("HealthCheckTimeoutSeconds", 29), "must be 5"),
        "never healthy": (put("HealthyThresholdCount", 10), "must be 2"),
        "never unhealthy": (drop("UnhealthyThresholdCount"), "is missing, must be 3"),
        "off": (put("HealthCheckEnabled", False), "must be true"),
        "any answer": (put("Matcher/HttpCode", "200-599"), "must be 200"),
        "another port": (put("HealthCheckPort", "80"), "must be traffic-port"),
    },
)
