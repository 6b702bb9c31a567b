from __future__ import annotations

import pytest

from bidops_cfn.rules.network.implicit_egress import ImplicitEgress
from tests.mutants.mutant import (
    attr,
    drop,
    hidden,
    put,
)
from tests.mutants.net import OUT, rule
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-028"),
    pytest.mark.requirement("FR-029"),
]

test_good, test_bad = table_tests(
    ImplicitEgress,
    "AgentCoreSecurityGroup",
    good={"one rule left": put(OUT, lambda old: old[:1])},
    bad={
        "none": (drop(OUT), "EC2 lets everything out"),
        "an empty list": (put(OUT, []), "EC2 lets everything out"),
        "none in a branch": (hidden(OUT, []), "EC2 lets everything out"),
        "standalone ones only": (
            (
                drop(OUT),
                put(
                    "/Resources/Out",
                    {
                        "Type": "AWS::EC2::SecurityGroupEgress",
                        "Properties": rule(443, GroupId=attr("AgentCoreSecurityGroup", "GroupId")),
                    },
                ),
            ),
            "EC2 lets everything out",
        ),
    },
)
