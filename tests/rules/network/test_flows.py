from __future__ import annotations

import pytest

from bidops_cfn.rules.network.flows import Flows
from tests.mutants.mutant import (
    Template,
    add,
    attr,
    drop,
    put,
    ref,
)
from tests.mutants.net import IN, OUT, rule
from tests.rules.table import found, table_tests

pytestmark = [
    pytest.mark.requirement("FR-025"),
    pytest.mark.requirement("FR-026"),
    pytest.mark.requirement("FR-027"),
    pytest.mark.requirement("FR-028"),
    pytest.mark.requirement("FR-029"),
    pytest.mark.requirement("FR-030"),
]

test_good, test_bad = table_tests(
    Flows,
    "BffSecurityGroup",
    good={
        "rules in another order": put(OUT, lambda old: old[::-1]),
        "the protocol as a number": put(f"{IN}/0/IpProtocol", 6),
        "the port as text": put(f"{IN}/0/FromPort", "3000"),
    },
    bad={
        "the world": (add(IN, rule(3000, CidrIp="0.0.0.0/0")), "0.0.0.0/0"),
        "half the world": (add(IN, rule(3000, CidrIp="128.0.0.0/1")), "128.0.0.0/1"),
        "a port more": (put(f"{IN}/0/ToPort", 3001), "tcp 3000-3001"),
        "all protocols": (put(f"{IN}/0/IpProtocol", "-1"), "-1 0-65535"),
        "an unknown port": (put(f"{IN}/0/FromPort", ref("BffImage")), "tcp 0-65535"),
        "an unknown peer": (drop(f"{IN}/0/SourceSecurityGroupId"), "unknown"),
        "none": (drop(IN), "does not let through tcp 3000 from group"),
        "no database": (drop(f"{OUT}/2"), "does not let through tcp 5432"),
        "twice": (add(OUT, rule(443, DestinationPrefixListId="pl-63a5400a")), "a second time"),
        "no way to the agent": (
            put("/Resources/BffToAgentCoreEgress/Properties/FromPort", 8079),
            "tcp 8079-8080",
            "BffToAgentCoreEgress",
        ),
    },
)


def test_a_standalone_rule_is_as_good_as_an_inline_one() -> None:
    def moved(template: Template, logical_id: str) -> None:
        group = template["Resources"][logical_id]["Properties"]
        (inline,) = group.pop(IN)
        template["Resources"]["Moved"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**inline, "GroupId": attr(logical_id, "GroupId")},
        }

    assert found(Flows, "BffSecurityGroup", moved) == []
