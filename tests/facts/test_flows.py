from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.facts.flows import Flow
from bidops_cfn.facts.reading import read

OWN = {"Fn::GetAtt": ["G", "GroupId"]}


def flows(group: dict[str, Any], **others: Any) -> tuple[Flow, ...]:
    resources = {"G": {"Type": "AWS::EC2::SecurityGroup", "Properties": group}, **others}
    (reading,) = read({"Resources": resources}).readings
    (found,) = (one for one in reading.groups.values() if one.resource)
    return found.flows


def rule(**properties: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, **properties}


def standalone(direction: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::EC2::SecurityGroup{direction}", "Properties": rule(**properties)}


@pytest.mark.requirement("FR-028")
@pytest.mark.parametrize(
    ("group", "others", "implicit"),
    [
        ({}, {}, True),
        ({"SecurityGroupEgress": []}, {}, True),
        ({}, {"E": standalone("Egress", GroupId=OWN, CidrIp="10.0.0.0/16")}, True),
        ({"SecurityGroupEgress": [rule(CidrIp="10.0.0.0/16")]}, {}, False),
        ({"SecurityGroupEgress": rule(CidrIp="10.0.0.0/16")}, {}, False),
    ],
)
def test_a_group_without_inline_egress_lets_everything_out(
    group: dict[str, Any], others: dict[str, Any], implicit: bool
) -> None:
    peers = {flow.peer.shown for flow in flows(group, **others) if flow.implicit}
    assert peers == ({"0.0.0.0/0", "::/0"} if implicit else set())


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ({"IpProtocol": "tcp"}, ("tcp", 443, 443)),
        ({"IpProtocol": "TCP"}, ("tcp", 443, 443)),
        ({"IpProtocol": 6}, ("tcp", 443, 443)),
        ({"IpProtocol": "17"}, ("udp", 443, 443)),
        ({"IpProtocol": "-1"}, ("-1", 0, 65535)),
        ({"IpProtocol": -1}, ("-1", 0, 65535)),
        ({"IpProtocol": {"Ref": "P"}}, ("-1", 0, 65535)),
        ({"FromPort": "443"}, ("tcp", 443, 443)),
        ({"ToPort": {"Ref": "P"}}, ("tcp", 0, 65535)),
        ({"IpProtocol": "50"}, ("50", 0, 65535)),
        ({"FromPort": 8443}, ("tcp", 0, 65535)),
        ({"FromPort": 0}, ("tcp", 0, 443)),
        # Of ICMP, any type has any code, and what is no type or no code is all of them.
        ({"IpProtocol": "icmp", "FromPort": 3, "ToPort": 4}, ("icmp", 3, 4)),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": None}, ("icmp", 8, -1)),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": 4}, ("icmp", -1, -1)),
        ({"IpProtocol": "icmp", "FromPort": 0, "ToPort": 0}, ("icmp", 0, 0)),
        ({"IpProtocol": "icmp", "FromPort": 255, "ToPort": 300}, ("icmp", 255, 255)),
        ({"IpProtocol": "icmp", "FromPort": 256, "ToPort": 4}, ("icmp", 0, 65535)),
        ({"IpProtocol": "icmp", "FromPort": {"Ref": "P"}, "ToPort": 4}, ("icmp", 0, 65535)),
    ],
)
def test_protocols_and_ports_are_read_at_their_widest(
    written: dict[str, Any], read_as: tuple[str, int, int]
) -> None:
    (flow, *_) = flows({"SecurityGroupIngress": [rule(CidrIp="10.0.0.0/16", **written)]})
    assert (flow.protocol, flow.first_port, flow.last_port) == read_as


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize(
    ("peer", "kind", "shown"),
    [
        ({"SourceSecurityGroupId": "sg-1"}, "group", "sg-1"),
        ({"SourceSecurityGroupId": {"Ref": "G"}}, "group", "${G.GroupId}"),
        ({"SourceSecurityGroupId": OWN}, "group", "${G.GroupId}"),
        ({"SourceSecurityGroupId": {"Fn::ImportValue": "x"}}, "group", "${import x}"),
        ({"SourcePrefixListId": "pl-1"}, "prefix list", "pl-1"),
        ({"CidrIp": "0.0.0.0/0"}, "cidr", "0.0.0.0/0"),
        ({"CidrIpv6": "::/0"}, "cidr", "::/0"),
        ({"CidrIp": {"Ref": "P"}}, "unknown", "${P}"),
        ({"SourceSecurityGroupName": "default"}, "unknown", "default"),
        ({}, "unknown", "unknown"),
        ({"DestinationSecurityGroupId": "sg-1"}, "unknown", "unknown"),
    ],
)
def test_a_peer_that_cannot_be_read_is_the_world(
    peer: dict[str, Any], kind: str, shown: str
) -> None:
    (flow, *_) = flows({"SecurityGroupIngress": [rule(**peer)]})
    assert (flow.peer.kind, flow.peer.shown) == (kind, shown)


def test_a_rule_with_two_peers_is_two_flows() -> None:
    both = rule(CidrIp="10.0.0.0/16", CidrIpv6="::/0")
    ingress = [f for f in flows({"SecurityGroupIngress": [both]}) if f.direction == "ingress"]
    assert [flow.peer.shown for flow in ingress] == ["10.0.0.0/16", "::/0"]


@pytest.mark.parametrize("group_id", [OWN, {"Ref": "G"}, {"Fn::Sub": "${G.GroupId}"}])
def test_a_standalone_rule_says_the_same_as_an_inline_one(group_id: Any) -> None:
    peer = {"SourceSecurityGroupId": "sg-1"}
    inline = flows({"SecurityGroupIngress": [rule(**peer)]})
    apart = flows({}, I=standalone("Ingress", GroupId=group_id, **peer))
    assert {flow.fact for flow in inline} == {flow.fact for flow in apart}
    assert [flow.path for flow in apart if not flow.implicit] == [("Resources", "I")]


def test_rules_on_other_stacks_groups_are_theirs() -> None:
    other = {"Fn::ImportValue": "x"}
    resources = {"I": standalone("Ingress", GroupId=other, CidrIp="0.0.0.0/0")}
    (reading,) = read({"Resources": resources}).readings
    (group,) = reading.groups.values()
    assert group.resource is None
    assert group.shown == "${import x}"
    assert [flow.peer.shown for flow in group.flows] == ["0.0.0.0/0"]
