from __future__ import annotations

import pytest

from bidops_cfn.rules.services.grace import Grace
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-035"),
    pytest.mark.requirement("SC-003"),
]

test_good, test_bad = table_tests(
    Grace,
    "AgentCoreService",
    good={},
    bad={
        "none": (drop("HealthCheckGracePeriodSeconds"), "is missing, must be 90"),
        "zero": (put("HealthCheckGracePeriodSeconds", 0), "is 0, must be 90"),
        "an hour": (put("HealthCheckGracePeriodSeconds", 3600), "must be 90"),
    },
)
