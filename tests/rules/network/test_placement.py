from __future__ import annotations

import pytest

from bidops_cfn.rules.tables.network import Placement
from tests.mutants.mutant import (
    drop,
    hidden,
    put,
)
from tests.mutants.net import NETWORK, same_subnet_twice, subnets_of
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-023"),
    pytest.mark.requirement("FR-031"),
    pytest.mark.requirement("FR-032"),
    pytest.mark.requirement("SC-009"),
]

test_good, test_bad = table_tests(
    Placement,
    "BffService",
    good={"subnets in another order": put(NETWORK + "Subnets", lambda old: old[::-1])},
    bad={
        "public": (put(NETWORK + "AssignPublicIp", "ENABLED"), "must be DISABLED"),
        "public in a branch": (hidden(NETWORK + "AssignPublicIp", "ENABLED"), "must be DISABLED"),
        "no word": (drop(NETWORK + "AssignPublicIp"), "is missing"),
        "one zone": (same_subnet_twice, "which is none of what is wanted"),
        "the agents' subnets": (subnets_of("AgentCoreService"), "which is none of what"),
        "one subnet": (drop(NETWORK + "Subnets/0"), "lacks"),
        "no network": (drop("NetworkConfiguration"), "is missing"),
    },
)
