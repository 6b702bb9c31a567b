from __future__ import annotations

import pytest

from bidops_cfn.rules.network.address_ranges import AddressRanges
from tests.mutants.mutant import (
    add,
    put,
    ref,
)
from tests.mutants.net import IN, OUT, rule
from tests.rules.table import table_tests

pytestmark = [
    pytest.mark.requirement("FR-030"),
    pytest.mark.requirement("SC-010"),
]

test_good, test_bad = table_tests(
    AddressRanges,
    "AgentCoreSecurityGroup",
    good={"a prefix list": put(IN, [rule(8080, SourcePrefixListId="pl-63a5400a")])},
    bad={
        "the world": (put(IN, [rule(8080, CidrIp="0.0.0.0/0")]), "lets in from 0.0.0.0/0"),
        "one address": (put(IN, [rule(8080, CidrIp="10.0.11.7/32")]), "10.0.11.7/32"),
        "IPv6": (put(IN, [rule(8080, CidrIpv6="::/0")]), "lets in from ::/0"),
        "out": (add(OUT, rule(443, CidrIp="10.0.0.0/8")), "lets out to 10.0.0.0/8"),
        "a parameter": (put(IN, [rule(8080, CidrIp=ref("BffImage"))]), "lets in from"),
        "nobody named": (put(IN, [rule(8080)]), "lets in from unknown"),
    },
)
