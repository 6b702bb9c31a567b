from __future__ import annotations

import pytest

from bidops_cfn.rules.services.dependencies import Dependencies
from tests.mutants.mutant import (
    Change,
    add,
    attribute,
    drop,
    put,
)
from tests.mutants.net import egress_of_the_balancer
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-021"),
    pytest.mark.requirement("FR-028"),
]


def without(name: str) -> Change:
    return put("/Resources/BffService/DependsOn", lambda old: [one for one in old if one != name])


test_good, test_bad = table_tests(
    Dependencies,
    "BffService",
    good={
        "the other order": put("/Resources/BffService/DependsOn", lambda old: old[::-1]),
        "one more": add("/Resources/BffService/DependsOn", "BffLogGroup"),
    },
    bad={
        "no capacity": (without("ClusterCapacity"), "lacks ClusterCapacity"),
        "no listener rule": (without("BffListenerRule"), "lacks BffListenerRule"),
        "no endpoints": (without("EndpointsFromBffIngress"), "lacks EndpointsFromBffIngress"),
        "no way to the agent": (without("BffToAgentCoreEgress"), "lacks BffToAgentCoreEgress"),
        "a balancer's egress that it does not wait for": (
            put("/Resources/LoadBalancerToBffEgress", egress_of_the_balancer("dev")),
            "lacks LoadBalancer",
        ),
        "nothing": (drop("/Resources/BffService/DependsOn"), "lacks ClusterCapacity"),
        "one name": (attribute("DependsOn", "ClusterCapacity"), "lacks BffListenerRule"),
    },
)
