from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Grace
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-035"),
    pytest.mark.requirement("SC-003"),
]

test_good, test_bad = table_tests(
    Grace,
    "BffService",
    good={"as text": put("HealthCheckGracePeriodSeconds", "60")},
    bad={
        "none": (drop("HealthCheckGracePeriodSeconds"), "is missing, must be 60"),
        "zero": (put("HealthCheckGracePeriodSeconds", 0), "is 0, must be 60"),
        "an hour": (put("HealthCheckGracePeriodSeconds", 3600), "must be 60"),
    },
)

test_private_good, test_private_bad = table_tests(
    Grace,
    "AgentCoreService",
    good={},
    bad={
        "without a balancer": (put("HealthCheckGracePeriodSeconds", 90), "must not be there"),
        "in a branch": (hidden("HealthCheckGracePeriodSeconds", 90), "must not be there"),
    },
)
