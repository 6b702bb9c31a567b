from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.tasks import Variables
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-013"),
]

C = "ContainerDefinitions/0/"

test_good, test_bad = table_tests(
    Variables,
    "BffTaskDefinition",
    good={
        "the other order": put(C + "Environment", lambda old: old[::-1]),
        "the region by a substitution": put(
            C + "Environment/1/Value", {"Fn::Sub": "${AWS::Region}"}
        ),
    },
    bad={
        "one more": (add(C + "Environment", {"Name": "X", "Value": "1"}), "must not be there"),
        "one less": (drop(C + "Environment/1"), "lacks AWS_REGION"),
        "another region": (put(C + "Environment/1/Value", "eu-west-1"), "must be"),
        "another environment": (put(C + "Environment/2/Value", "prod"), "must be dev"),
        "a second URL": (
            add(C + "Environment", {"Name": "AGENTCORE_URL", "Value": "http://evil"}),
            "a second time",
        ),
        "none": (drop(C + "Environment"), "is missing"),
        "connections closed early": (put(C + "Environment/4/Value", "5000"), "must be 70000"),
        "connections closed by default": (drop(C + "Environment/4"), "lacks KEEP_ALIVE_TIMEOUT"),
    },
)
