"""Pairs of security groups and listener rules, and whether the second lets more through."""

from __future__ import annotations

import pytest

from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes
from tests.facts.pairs import (
    Json,
    N,
    W,
    group,
    rule,
    template,
    verdicts,
)

SELF = {"SourceSecurityGroupId": {"Fn::GetAtt": ["R", "GroupId"]}}
SIX = {"CidrIpv6": "2001:db8::/32"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Ports are sets.
        ([rule(80), rule(81, 90)], [rule(80, 90)], set()),
        ([rule(80, 90)], [rule(80, 85), rule(86, 90)], set()),
        ([rule(80), rule(82, 90)], [rule(80, 90)], {W}),
        ([rule(0, 65535)], [rule(22)], {N}),
        ([rule(0, 0, "-1")], [rule(22), rule(53, 53, "udp")], {N}),
        ([rule(0, 65535)], [rule(0, 65535, "-1")], {W}),
        ([rule(443, 443, 6)], [rule(443, 443, "TCP")], set()),
        ([rule(443, 443, "udp")], [rule(443)], {W, N}),
        ([rule({"Ref": "Port"})], [rule(22)], {W, N}),
        ([rule(22, 22, {"Ref": "Protocol"})], [rule(22, 22, {"Ref": "Protocol"})], set()),
        ([rule(22, 22, {"Ref": "Protocol"})], [rule(22)], {W, N}),
        # Addresses are sets, and IPv6 is apart.
        ([rule(CidrIp="10.0.0.0/24")], [rule(CidrIp="10.0.0.0/25"),
            rule(CidrIp="10.0.0.128/25")], set()),
        ([rule(CidrIp="10.0.0.0/25")], [rule(CidrIp="10.0.0.0/24")], {W}),
        ([rule(CidrIp="0.0.0.0/1"), rule(CidrIp="128.0.0.0/1")], [rule(CidrIp="0.0.0.0/0")], set()),
        ([rule(CidrIpv6="2001:db8::/33"), rule(CidrIpv6="2001:db8:8000::/33")], [rule(**SIX)],
            set()),
        ([rule(**SIX)], [rule(CidrIpv6="::/0")], {W}),
        ([rule(CidrIp="0.0.0.0/0")], [rule(CidrIpv6="::/0")], {W, N}),
        ([rule(CidrIp="10.0.0.1/8")], [rule(CidrIp="10.0.0.0/8")], set()),
        # The world is every peer's address; a part of it is not.
        ([rule(CidrIp="0.0.0.0/0")], [rule(**SELF)], {N}),
        ([rule(CidrIp="10.0.0.0/8")], [rule(**SELF)], {W, N}),
        ([rule(**SELF)], [rule(SourceSecurityGroupId={"Ref": "R"})], set()),
        ([rule(CidrIp={"Ref": "Range"})], [rule(CidrIp="10.0.0.0/8")], {W, N}),
        (
            [rule(SourceSecurityGroupId="sg-1", SourceSecurityGroupOwnerId="1")],
            [rule(SourceSecurityGroupId="sg-1", SourceSecurityGroupOwnerId="2")],
            {W, N},
        ),
        ([rule(SourcePrefixListId="pl-1")], [rule(SourcePrefixListId="pl-2")], {W, N}),
        # ICMP is type and code.
        ([rule(3, 13, "icmp")], [rule(3, -1, "icmp")], {W}),
        ([rule(-1, -1, "icmp")], [rule(8, 0, "icmp")], {N}),
        ([rule(8, 0, 1)], [rule(8, -1, "icmp")], {W}),
        ([rule(3, 1, "icmp")], [rule(1, 3, "icmp")], {W, N}),
        ([rule(128, 0, "icmpv6", **SIX)], [rule(-1, -1, 58, **SIX)], {W}),
        ([rule(0, 65535, "-1")], [rule(8, 0, "icmp")], {N}),
        # Ports and addresses together.
        (
            [rule(80, 81, CidrIp="10.0.0.0/25"), rule(80, 81, CidrIp="10.0.0.128/25")],
            [rule(80, CidrIp="10.0.0.0/24"), rule(81, CidrIp="10.0.0.0/24")],
            set(),
        ),
        (
            [rule(80, CidrIp="10.0.0.0/25"), rule(81, CidrIp="10.0.0.128/25")],
            [rule(80, 81, CidrIp="10.0.0.0/24")],
            {W},
        ),
    ],
)  # fmt: skip
def test_flows_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(group(*old), group(*new)) == expected


def test_a_group_without_egress_of_its_own_is_wider() -> None:
    found = changes(read(group()), read(group(SecurityGroupEgress=[])))
    assert {(one.change, one.path) for one in found} == {(W, ("Resources", "R"))}
    shown = "${R.GroupId}: egress everything to ::/0, which EC2 adds by itself"
    assert shown in [one.told for one in found]


def test_a_group_by_its_name_is_the_group() -> None:
    named = group(GroupName="web", VpcId="vpc-1")
    outside = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "10.0.0.0/8"}
    by_name, by_id = (
        {"Resources": {**named["Resources"], "I": {"Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**outside, **which}}}}
        for which in ({"GroupName": "web"}, {"GroupId": {"Fn::GetAtt": "R.GroupId"}})
    )  # fmt: skip
    assert verdicts(by_name, by_id) == set()
    peers = ({"SourceSecurityGroupName": "web"}, {"SourceSecurityGroupId": {"Ref": "R"}})
    one, other = (group(rule(**peer), GroupName="web") for peer in peers)
    assert verdicts(one, other) == set()


def listener_rule(*conditions: Json, priority: Json = 1, **action: Json) -> Json:
    forward = {"Type": "forward", "TargetGroupArn": "arn:tg", **action}
    before = [{"Type": "authenticate-oidc", "Order": 1}] if action.pop("guarded", False) else []
    forward.pop("guarded", None)
    whole = {"ListenerArn": "arn:l", "Priority": priority, "Conditions": list(conditions)}
    return template(
        "AWS::ElasticLoadBalancingV2::ListenerRule", {**whole, "Actions": [*before, forward]}
    )


def spread(**weights: int) -> Json:
    """A rule that forwards to several target groups, each with its weight."""
    groups = [{"TargetGroupArn": f"arn:{name}", "Weight": one} for name, one in weights.items()]
    return listener_rule(HOST, TargetGroupArn=None, ForwardConfig={"TargetGroups": groups})


def when(field: str, *values: Json, config: str = "") -> Json:
    inner = {f"{config}Config": {"Values": list(values)}} if config else {"Values": list(values)}
    return {"Field": field, **inner}


HOST = when("host-header", "a.example")
SOURCE = when("source-ip", "10.0.0.0/8", config="SourceIp")


def header(name: str, *values: str) -> Json:
    config = {"HttpHeaderName": name, "Values": list(values)}
    return {"Field": "http-header", "HttpHeaderConfig": config}


HEADER = header("X-Tenant", "ab")


def by_regex(condition: Json, expression: str = "a") -> Json:
    """A condition with a regular expression beside its values."""
    (config,) = (name for name in condition if name.endswith("Config"))
    return {**condition, config: {**condition[config], "RegexValues": [expression]}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (listener_rule(HOST, SOURCE), listener_rule(HOST), {W}),
        (listener_rule(HOST), listener_rule(HOST, SOURCE), {N}),
        (listener_rule(SOURCE, HOST), listener_rule(HOST, SOURCE), set()),
        (listener_rule(HOST), listener_rule(when("host-header", "*.example")), {W}),
        (listener_rule(HOST), listener_rule(when("host-header", "A.EXAMPLE")), set()),
        (listener_rule(when("host-header", "a", "b")), listener_rule(when("host-header", "b")),
            {N}),
        (
            listener_rule(HOST),
            listener_rule(when("host-header", "a.example", config="HostHeader")),
            set(),
        ),
        (listener_rule(SOURCE), listener_rule(when("source-ip", "10.0.0.0/9", "10.128.0.0/9",
            config="SourceIp")), set()),
        (listener_rule(when("path-pattern", "/*")), listener_rule(), set()),
        (listener_rule(when("path-pattern", "/api/*")), listener_rule(when("path-pattern", "/*")),
            {W}),
        (listener_rule(HOST), listener_rule(HOST, TargetGroupArn="arn:other"), {W, N}),
        # A target group of no weight gets no request.
        (listener_rule(HOST), spread(tg=1, other=0), set()),
        (listener_rule(HOST), spread(tg=1, other=1), {W}),
        (spread(tg=1, other=1), spread(tg=0, other=1), {N}),
        (listener_rule(HOST, priority=5), listener_rule(HOST, priority=2), {W}),
        (listener_rule(HOST, priority=2), listener_rule(HOST, priority=5), {N}),
        (listener_rule(HOST, guarded=True), listener_rule(HOST), {W}),
        (listener_rule(HOST), listener_rule(HOST, guarded=True), {N}),
        (listener_rule(when("query-string", {"Key": "a", "Value": "b"})), listener_rule(HOST),
            {W, N}),
        # What stands beside the values may be more of them: a regular expression, or what comes.
        (listener_rule(HEADER), listener_rule(by_regex(HEADER)), {W, N}),
        (listener_rule(HEADER), listener_rule(header("x-tenant", "ab")), set()),
        (listener_rule(HEADER), listener_rule(header("X-Tenant", "a*")), {W}),
        (listener_rule(HEADER), listener_rule(header("Accept", "ab")), {W, N}),
        (listener_rule(when("host-header", {"Ref": "H"})),
            listener_rule(when("host-header", {"Ref": "H"})), set()),
        (listener_rule({"Field": "new", "A": 1}), listener_rule({"Field": "new", "A": 2}), {W, N}),
        (listener_rule(by_regex(HEADER)), listener_rule(by_regex(HEADER, "b")), {W, N}),
        (listener_rule(by_regex(HEADER)), listener_rule(by_regex(HEADER)), set()),
        (listener_rule(SOURCE), listener_rule(by_regex(SOURCE)), {W, N}),
        (listener_rule(SOURCE), listener_rule({**SOURCE, "NewConfig": {"Values": ["b"]}}), {W, N}),
        (
            template("AWS::ElasticLoadBalancingV2::Listener", {"DefaultActions": [{
                "Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}]}),
            template("AWS::ElasticLoadBalancingV2::Listener", {"DefaultActions": [{
                "Type": "forward", "TargetGroupArn": "arn:tg"}]}),
            {W, N},
        ),
    ],
)  # fmt: skip
def test_routes_are_sets(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected
