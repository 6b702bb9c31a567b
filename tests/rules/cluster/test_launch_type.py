from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.cluster import LaunchType
from tests.mutants.mutant import (
    hidden,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-001"),
    pytest.mark.requirement("FR-024"),
]

test_good, test_bad = table_tests(
    LaunchType,
    "AgentCoreService",
    good={"nothing instead": put("LaunchType", ref("AWS::NoValue"))},
    bad={
        "FARGATE": (put("LaunchType", "FARGATE"), "overrides the capacity provider"),
        "EC2": (put("LaunchType", "EC2"), "overrides the capacity provider"),
        "in a branch": (hidden("LaunchType", "FARGATE"), "overrides the capacity provider"),
        "CODE_DEPLOY": (put("DeploymentController", {"Type": "CODE_DEPLOY"}), "from ECS"),
        "an old platform": (put("PlatformVersion", "1.4.0"), "security fixes"),
    },
)
