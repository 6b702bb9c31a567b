from __future__ import annotations

import pytest

from bidops_cfn.rules.network.groups import Groups
from tests.mutants.mutant import (
    add,
    attr,
    drop,
    put,
    ref,
)
from tests.mutants.net import NETWORK
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-002"),
    pytest.mark.requirement("FR-025"),
    pytest.mark.requirement("FR-026"),
    pytest.mark.requirement("FR-047"),
]

GROUPS = NETWORK + "SecurityGroups"

test_good, test_bad = table_tests(
    Groups,
    "BffService",
    good={"by reference": put(GROUPS + "/0", ref("BffSecurityGroup"))},
    bad={
        "one more": (add(GROUPS, "sg-1"), "has 2 groups"),
        "none": (drop(GROUPS), "has 0 groups"),
        "somebody else's": (put(GROUPS + "/0", {"Fn::ImportValue": "x"}), "no group of this"),
        "an attribute of it": (put(GROUPS + "/0", attr("BffSecurityGroup", "VpcId")), "no group"),
        "shared": (put(GROUPS + "/0", attr("AgentCoreSecurityGroup", "GroupId")), "has too"),
        "another VPC": (
            put("/Resources/BffSecurityGroup/Properties/VpcId", "vpc-1"),
            "must be",
            "BffSecurityGroup",
        ),
    },
)
