from __future__ import annotations

import pytest

from bidops_cfn.rules.flows import AddressRanges, Flows, Groups, ImplicitEgress, OthersGroups
from bidops_cfn.rules.groups import Descriptions, Placement
from bidops_cfn.rules.proofs import NoInternet, Reachability
from tests.mutants.mutant import Template, add, attr, drop, hidden, put, ref, removed
from tests.mutants.net import IN, NETWORK, OUT, rule, same_subnet_twice, subnets_of
from tests.rules.table import Cases, cases_in, found, make_tests

pytestmark = pytest.mark.requirement(
    "FR-002", "FR-021", "FR-023", "FR-025", "FR-026", "FR-027", "FR-028", "FR-029", "FR-030",
    "FR-031", "FR-032", "FR-047", "SC-009", "SC-010",
)  # fmt: skip

GROUPS = NETWORK + "SecurityGroups"

ADDRESS_RANGES_CASES = Cases(
    AddressRanges,
    "AgentCoreSecurityGroup",
    good={"a prefix list": put(IN, [rule(8080, SourcePrefixListId="pl-63a5400a")])},
    bad={
        "the world": (put(IN, [rule(8080, CidrIp="0.0.0.0/0")]), "lets in from 0.0.0.0/0"),
        "one address": (put(IN, [rule(8080, CidrIp="10.0.11.7/32")]), "10.0.11.7/32"),
        "IPv6": (put(IN, [rule(8080, CidrIpv6="::/0")]), "lets in from ::/0"),
        "out": (add(OUT, rule(443, CidrIp="10.0.0.0/8")), "lets out to 10.0.0.0/8"),
        "a parameter": (put(IN, [rule(8080, CidrIp=ref("BffImage"))]), "lets in from"),
        "no peer named": (put(IN, [rule(8080)]), "lets in from unknown"),
    },
)

DESCRIPTIONS_CASES = Cases(
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

DESCRIPTIONS_CASES_2 = Cases(
    Descriptions,
    "AgentCoreFromBffIngress",
    bad={"none": (drop("Description"), "is missing")},
)

FLOWS_CASES = Cases(
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
        "no database": (drop(f"{OUT}/2"), "does not let through tcp 5432"),
        "twice": (add(OUT, rule(443, DestinationPrefixListId="pl-63a5400a")), "a second time"),
        "no way to the agent": (
            put("/Resources/BffToAgentCoreEgress/Properties/FromPort", 8079),
            "tcp 8079-8080",
            "BffToAgentCoreEgress",
        ),
    },
)

GROUPS_CASES = Cases(
    Groups,
    "BffService",
    good={"by reference": put(GROUPS + "/0", ref("BffSecurityGroup"))},
    bad={
        "one more": (add(GROUPS, "sg-1"), "has 2 groups"),
        "none": (drop(GROUPS), "has 0 groups"),
        "another stack's": (put(GROUPS + "/0", {"Fn::ImportValue": "x"}), "no group of this"),
        "an attribute of it": (put(GROUPS + "/0", attr("BffSecurityGroup", "VpcId")), "no group"),
        "shared": (put(GROUPS + "/0", attr("AgentCoreSecurityGroup", "GroupId")), "has too"),
        "another VPC": (
            put("/Resources/BffSecurityGroup/Properties/VpcId", "vpc-1"),
            "must be",
            "BffSecurityGroup",
        ),
    },
)

IMPLICIT_EGRESS_CASES = Cases(
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

NO_INTERNET_CASES = Cases(
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

OTHERS_GROUPS_CASES = Cases(
    OthersGroups,
    "DatabaseFromBffIngress",
    good={"the port as text": put("FromPort", "5432")},
    bad={
        "the world": ((drop("SourceSecurityGroupId"), put("CidrIp", "0.0.0.0/0")), "0.0.0.0/0"),
        "another peer": (put("SourceSecurityGroupId", "sg-1"), "sg-1"),
        "another group": (put("GroupId", "sg-1"), "no requirement asks for"),
        "missing": (removed, "usually by DatabaseFromBffIngress"),
        "twice": (
            put(
                "/Resources/Again",
                {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": rule(
                        5432,
                        GroupId={"Fn::ImportValue": "bidopsai-dev-network-DatabaseSecurityGroupId"},
                        SourceSecurityGroupId=attr("BffSecurityGroup", "GroupId"),
                    ),
                },
            ),
            "a second time",
            "Again",
        ),
    },
)

PLACEMENT_CASES = Cases(
    Placement,
    "BffService",
    good={"subnets in another order": put(NETWORK + "Subnets", lambda old: old[::-1])},
    bad={
        "public in a branch": (hidden(NETWORK + "AssignPublicIp", "ENABLED"), "must be DISABLED"),
        "one zone": (same_subnet_twice, "which is none of what is wanted"),
        "the agents' subnets": (subnets_of("AgentCoreService"), "which is none of what"),
    },
)

REACHABILITY_CASES = Cases(
    Reachability,
    "AgentCoreSecurityGroup",
    good={"other egress": add(OUT, rule(53, DestinationSecurityGroupId="sg-1"))},
    bad={
        "the world": (put(IN, [rule(8080, CidrIp="0.0.0.0/0")]), "admits 0.0.0.0/0"),
        "the balancer": (
            put(IN, [rule(8080, SourceSecurityGroupId={"Fn::ImportValue": "alb"})]),
            "admits ${import alb}",
        ),
        "no group": (
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


CASES = cases_in(globals())

test_nothing_is_found, test_the_fault_is_found = make_tests(CASES)


def test_a_standalone_rule_is_as_good_as_an_inline_one() -> None:
    def moved(template: Template, logical_id: str) -> None:
        group = template["Resources"][logical_id]["Properties"]
        (inline,) = group.pop(IN)
        template["Resources"]["Moved"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**inline, "GroupId": attr(logical_id, "GroupId")},
        }

    assert found(Flows, "BffSecurityGroup", moved) == []
