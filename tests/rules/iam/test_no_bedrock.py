from __future__ import annotations

import pytest

from bidops_cfn.rules.iam.no_bedrock import NoBedrock
from tests.mutants.iam import STATEMENTS, allow
from tests.mutants.mutant import (
    add,
    attr,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-016"),
]

test_good, test_bad = table_tests(
    NoBedrock,
    "BffTaskRole",
    good={"a denial of it": add(STATEMENTS, {**allow("bedrock:*"), "Effect": "Deny"})},
    bad={
        "a model": (add(STATEMENTS, allow("bedrock:InvokeModel")), "bedrock:InvokeModel"),
        "in odd letters": (add(STATEMENTS, allow("BEDROCK:invokemodel")), "bedrock:InvokeModel"),
        "by a pattern": (add(STATEMENTS, allow("b*:Invoke*")), "bedrock"),
        "everything": (add(STATEMENTS, allow("*:*")), "must provably not use Bedrock"),
        "another API of it": (add(STATEMENTS, allow("bedrock-agentcore:*")), "bedrock-agentcore"),
        "another role": (
            add(STATEMENTS, allow("sts:AssumeRoleWithSAML")),
            "sts:AssumeRoleWithSAML",
        ),
        "a role to pass": (add(STATEMENTS, allow("iam:PassRole")), "iam:PassRole"),
        "a managed policy": (put("ManagedPolicyArns", ["arn:aws:iam::aws:policy/x"]), "managed"),
        "an unreadable statement": (add(STATEMENTS, {"Effect": "Allow"}), "cannot be read"),
        "the other's role": (
            put(
                "/Resources/BffTaskDefinition/Properties/TaskRoleArn",
                attr("AgentCoreTaskRole", "Arn"),
            ),
            "bedrock:InvokeModel",
            "AgentCoreTaskRole",
        ),
        "no role": (
            drop("/Resources/BffTaskDefinition/Properties/TaskRoleArn"),
            "no task role of bff",
            "BffTaskDefinition",
        ),
    },
)
