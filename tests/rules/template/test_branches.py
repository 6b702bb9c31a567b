from __future__ import annotations

import pytest

from bidops_cfn.rules.template.branches import Branches
from tests.mutants.mutant import (
    attribute,
    drop,
    hidden,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-019"),
    pytest.mark.requirement("FR-020"),
]

GIVEN = {"Fn::Not": [{"Fn::Equals": ["0", ref("BffDesiredCount")]}]}

test_good, test_bad = table_tests(
    Branches,
    "BffService",
    good={"sides in another order": put("/Conditions/BffDesiredCountGiven", GIVEN)},
    bad={
        "a branch": (hidden("Cluster", "x"), "depends on a condition"),
        "a branch in a list": (
            hidden("NetworkConfiguration/AwsvpcConfiguration/Subnets/0", "x"),
            "depends on a condition",
        ),
        "a condition": (attribute("Condition", "BffDesiredCountGiven"), "depends on a condition"),
        "undefined": (drop("/Conditions/BffDesiredCountGiven"), "not defined"),
        "decided otherwise": (
            put("/Conditions/BffDesiredCountGiven", {"Fn::Equals": ["a", "a"]}),
            "decides something else",
            "BffDesiredCountGiven",
        ),
        "decided by the other's": (
            put("DesiredCount/Fn::If/0", "AgentCoreDesiredCountGiven"),
            "which decides something else",
        ),
        "one more": (
            put("/Conditions/X", {"Fn::Equals": ["a", "b"]}),
            "no requirement asks for",
            "X",
        ),
        "an output": (
            put("/Outputs/ClusterArn/Condition", "BffDesiredCountGiven"),
            "depends on a condition",
            "ClusterArn",
        ),
        "too many": (
            put(
                "/Resources",
                lambda old: {
                    **old,
                    **{
                        f"R{n}": {"Type": "AWS::SNS::Topic", "Condition": f"C{n}"} for n in range(9)
                    },
                },
            ),
            "cannot be judged",
            "",
        ),
    },
)
