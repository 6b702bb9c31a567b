from __future__ import annotations

import pytest

from bidops_cfn.rules.tasks.roles import TaskRoles
from tests.mutants.mutant import (
    attr,
    drop,
    hidden,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-009"),
    pytest.mark.requirement("FR-016"),
    pytest.mark.requirement("FR-017"),
    pytest.mark.requirement("SC-006"),
]

test_good, test_bad = table_tests(
    TaskRoles,
    "BffTaskDefinition",
    good={
        "by a dotted attribute": put("TaskRoleArn", {"Fn::GetAtt": "BffTaskRole.Arn"}),
        "by a substitution": put("TaskRoleArn", {"Fn::Sub": "${BffTaskRole.Arn}"}),
    },
    bad={
        "swapped": (
            (
                put("ExecutionRoleArn", attr("BffTaskRole", "Arn")),
                put("TaskRoleArn", attr("BffExecutionRole", "Arn")),
            ),
            "whose permissions are those of the",
        ),
        "the other's": (put("TaskRoleArn", attr("AgentCoreTaskRole", "Arn")), "of agentcore"),
        "one for both": (put("TaskRoleArn", attr("BffExecutionRole", "Arn")), "is also the"),
        "missing": (drop("TaskRoleArn"), "is missing, must be the ARN"),
        "literal": (put("ExecutionRoleArn", "arn:aws:iam::1:role/x"), "must be the ARN"),
        "a name": (put("TaskRoleArn", ref("BffTaskRole")), "must be the ARN"),
        "in a branch": (hidden("TaskRoleArn", attr("AgentCoreTaskRole", "Arn")), "agentcore"),
    },
)
