from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import ContainerHealthCheck
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("SC-002"),
]

CHECK = "ContainerDefinitions/0/HealthCheck"

test_good, test_bad = table_tests(
    ContainerHealthCheck,
    "AgentCoreTaskDefinition",
    good={"times as text": put(CHECK + "/Interval", "10")},
    bad={
        "none": (drop(CHECK), "is missing"),
        "always well": (put(CHECK + "/Command", ["CMD-SHELL", "true"]), "must be"),
        "seldom": (put(CHECK + "/Interval", 60), "is 60, must be 10"),
        "patient": (put(CHECK + "/Retries", 10), "must be 3"),
        "no start period": (drop(CHECK + "/StartPeriod"), "is missing, must be 90"),
        "another start period": (put(CHECK + "/StartPeriod", 30), "is 30, must be 90"),
    },
)

test_public_good, test_public_bad = table_tests(
    ContainerHealthCheck,
    "BffTaskDefinition",
    good={},
    bad={"the grace period's": (put(CHECK + "/StartPeriod", 60), "is 60, must be 30")},
)
