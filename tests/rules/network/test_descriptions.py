from __future__ import annotations

from bidops_cfn.rules.network.descriptions import Descriptions
from tests.mutants.mutant import (
    drop,
    put,
)
from tests.mutants.net import IN, OUT
from tests.rules.table import table_tests

test_good, test_bad = table_tests(
    Descriptions,
    "BffSecurityGroup",
    good={"another text": put(f"{IN}/0/Description", "Requests (HTTP)")},
    bad={
        "none": (drop(f"{IN}/0/Description"), "is missing"),
        "empty": (put(f"{OUT}/0/Description", ""), "Description is"),
        "refused by EC2": (put(f"{OUT}/0/Description", "naïve"), "naïve"),
        "too long": (put(f"{OUT}/0/Description", "x" * 256), "xxx"),
        "a protocol in odd letters": (put(f"{IN}/0/IpProtocol", "TCP"), "must be tcp"),
        "an owner": (put(f"{IN}/0/SourceSecurityGroupOwnerId", "1"), "no requirement asks for"),
    },
)

test_standalone_good, test_standalone_bad = table_tests(
    Descriptions,
    "AgentCoreFromBffIngress",
    good={},
    bad={"none": (drop("Description"), "is missing")},
)
