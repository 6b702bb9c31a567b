from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.services import Runs
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-001"),
    pytest.mark.requirement("FR-019"),
    pytest.mark.requirement("FR-020"),
]

test_good, test_bad = table_tests(
    Runs,
    "AgentCoreService",
    good={"by a substitution": put("TaskDefinition", {"Fn::Sub": "${AgentCoreTaskDefinition}"})},
    bad={
        "the other's tasks": (put("TaskDefinition", ref("BffTaskDefinition")), "must be"),
        "by family": (put("TaskDefinition", "bidopsai-dev-agentcore"), "must be"),
        "no cluster": (drop("Cluster"), "is missing"),
        "another cluster": (put("Cluster", {"Fn::ImportValue": "x"}), "must be"),
    },
)
