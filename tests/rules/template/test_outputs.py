from __future__ import annotations

import pytest

from bidops_cfn.rules.template.outputs import ExportedValues
from tests.mutants.mutant import (
    drop,
    put,
    ref,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-050"),
]

ARN = "/Outputs/BffServiceArn"

test_good, test_bad = table_tests(
    ExportedValues,
    "BffServiceArn",
    good={
        "a description": put(ARN + "/Description", "Service"),
        "by a substitution": put(ARN + "/Value", {"Fn::Sub": "${BffService}"}),
        "under another logical id": (
            put("/Outputs/Moved", {}),
            put("/Outputs", lambda old: {**old, "Moved": old["BffServiceArn"]}),
            drop(ARN),
        ),
    },
    bad={
        "the other's": (put(ARN + "/Value", ref("AgentCoreService")), "must be ${BffService}"),
        "not exported": (drop(ARN + "/Export"), "not in the contract"),
        "gone": (drop(ARN), "does not export bidopsai-dev-compute-BffServiceArn"),
        "conditional": (put(ARN + "/Condition", "X"), "must not be there"),
        "one more": (put("/Outputs/X", {"Value": "x"}), "not in the contract", "X"),
        "twice": (
            put("/Outputs", lambda old: {**old, "Again": old["BffServiceArn"]}),
            "a second time",
            "Again",
        ),
    },
)
