from __future__ import annotations

import pytest

from bidops_cfn.rules.network.no_internet import NoInternet
from tests.mutants.mutant import (
    add,
    drop,
    put,
)
from tests.mutants.net import NETWORK, OUT, rule
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-032"),
]

test_good, test_bad = table_tests(
    NoInternet,
    "AgentCoreSecurityGroup",
    good={"addresses inside the VPC": add(OUT, rule(443, CidrIp="10.0.21.0/24"))},
    bad={
        "the world": (add(OUT, rule(443, CidrIp="0.0.0.0/0")), "egress to 0.0.0.0/0"),
        "a larger net": (add(OUT, rule(443, CidrIp="10.0.0.0/8")), "egress to 10.0.0.0/8"),
        "IPv6": (add(OUT, rule(443, CidrIpv6="::/0")), "egress to ::/0"),
        "implicit": (drop(OUT), "egress to 0.0.0.0/0"),
        "a proxy": (add(OUT, rule(443, DestinationSecurityGroupId="sg-1")), "egress to sg-1"),
        "another list": (put(f"{OUT}/1/DestinationPrefixListId", "pl-1"), "egress to pl-1"),
        "a public address": (
            put(f"/Resources/AgentCoreService/Properties/{NETWORK}AssignPublicIp", "ENABLED"),
            "public addresses: ENABLED",
            "AgentCoreService",
        ),
        "other subnets": (
            put(f"/Resources/AgentCoreService/Properties/{NETWORK}Subnets", ["subnet-1"]),
            "nothing is promised",
            "AgentCoreService",
        ),
        "no such service": (drop("/Resources/AgentCoreService"), "no ECS service runs", ""),
    },
)
