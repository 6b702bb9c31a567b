from __future__ import annotations

import pytest

from bidops_cfn.rules.network.reachability import Reachability
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.mutants.net import IN, NETWORK, OUT, rule
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-025"),
    pytest.mark.requirement("FR-026"),
    pytest.mark.requirement("FR-030"),
    pytest.mark.requirement("SC-010"),
]

test_good, test_bad = table_tests(
    Reachability,
    "AgentCoreSecurityGroup",
    good={"other egress": add(OUT, rule(53, DestinationSecurityGroupId="sg-1"))},
    bad={
        "the world": (put(IN, [rule(8080, CidrIp="0.0.0.0/0")]), "admits 0.0.0.0/0"),
        "the balancer": (
            put(IN, [rule(8080, SourceSecurityGroupId={"Fn::ImportValue": "alb"})]),
            "admits ${import alb}",
        ),
        "nobody": (
            drop("/Resources/AgentCoreFromBffIngress"),
            "does not admit every caller",
            "AgentCoreService",
        ),
        "a second group": (
            add(f"/Resources/AgentCoreService/Properties/{NETWORK}SecurityGroups", "sg-1"),
            "is not here",
            "AgentCoreService",
        ),
        "a caller that is gone": (
            drop("/Resources/BffService"),
            "is not here",
            "AgentCoreService",
        ),
        "no such service": (drop("/Resources/AgentCoreService"), "is not here", ""),
    },
)
