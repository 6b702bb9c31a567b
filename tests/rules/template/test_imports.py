from __future__ import annotations

import pytest

from bidops_cfn.rules.template.imports import ImportedValues
from tests.mutants.mutant import (
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-002"),
    pytest.mark.requirement("FR-047"),
    pytest.mark.requirement("FR-048"),
    pytest.mark.requirement("FR-049"),
]

VPC = "/Resources/BffTargetGroup/Properties/VpcId"

test_good, test_bad = table_tests(
    ImportedValues,
    "BffTargetGroup",
    good={"one use less of what is used elsewhere": put(VPC, "vpc-1")},
    bad={
        "another environment's": (
            put(VPC, {"Fn::ImportValue": "bidopsai-prod-network-VpcId"}),
            "not in the contract",
        ),
        "a name that is not literal": (
            put(VPC, {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-VpcId"}}),
            "not literal",
        ),
        "in a variable that nothing uses": (
            put(VPC, lambda old: {"Fn::Sub": ["${V}", {"V": old, "W": {"Fn::ImportValue": "x"}}]}),
            "imports x, which is not in the contract",
        ),
        "in an output": (
            put("/Outputs/ClusterArn/Value", {"Fn::ImportValue": "x"}),
            "not in the contract",
            "ClusterArn",
        ),
        "missing": (
            put("/Resources/BffListenerRule/Properties/ListenerArn", "arn:aws:x"),
            "does not import bidopsai-dev-network-HttpsListenerArn",
            "",
        ),
    },
)
