"""Who may open a connection to whom: both sides of every flow, as specified and as set."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import read_expression
from bidops_cfn.settings.services import SERVICES
from tests.compute.rows import ABSENT, Says, attr, check, imported, row
from tests.neighbours import GROUPS, beside
from tests.settings_files import with_table

mark = pytest.mark
PORTS = {443, 5432, *(one.port for one in SERVICES)}
BFF, AGENTCORE = (attr(f"{title}SecurityGroup", "GroupId") for title in ("Bff", "AgentCore"))
BALANCER = imported("network-AlbSecurityGroupId")
ENDPOINTS = imported("network-VpcEndpointSecurityGroupId")
DATABASE = imported("network-DatabaseSecurityGroupId")


def tcp(port: object, description: str, **ends: object) -> Says:
    return {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "Description": description,
        **ends,
    }


def opened(group: object, source: object, port: int, description: str) -> Says:
    """What a rule says that lets ``source`` reach ``group``, and nothing beside."""
    return tcp(port, description, GroupId=group, SourceSecurityGroupId=source)


INLINE = [
    tcp(443, "AWS services at VPC endpoints", DestinationSecurityGroupId=ENDPOINTS),
    tcp(443, "Image layers and objects in S3", DestinationPrefixListId="pl-63a5400a"),
    tcp(5432, "Database", DestinationSecurityGroupId=DATABASE),
]
REQUESTS = "Requests from bff to agentcore"


@pytest.mark.parametrize(
    ("logical_id", "says"),
    [
        row(
            "<title>SecurityGroup",
            {
                "Type": "AWS::EC2::SecurityGroup",
                "VpcId": imported("network-VpcId"),
                "GroupName": ABSENT,
                "SecurityGroupEgress": INLINE,
            },
            mark.requirement("FR-002", "FR-028", "FR-029"),
        ),
        row(
            "BffSecurityGroup",
            {
                "SecurityGroupIngress": [
                    tcp(
                        3000,
                        "Requests from the public load balancer",
                        SourceSecurityGroupId=BALANCER,
                    )
                ]
            },
            mark.requirement("FR-025"),
        ),
        row("AgentCoreSecurityGroup", {"SecurityGroupIngress": ABSENT}, mark.requirement("FR-026")),
        row(
            "AgentCoreFromBffIngress",
            opened(AGENTCORE, BFF, 8080, REQUESTS),
            mark.requirement("FR-026"),
        ),
        row(
            "BffToAgentCoreEgress",
            tcp(8080, REQUESTS, GroupId=BFF, DestinationSecurityGroupId=AGENTCORE),
            mark.requirement("FR-027"),
        ),
        row("EndpointsFromBffIngress", opened(ENDPOINTS, BFF, 443, "AWS calls of bff")),
        row(
            "EndpointsFromAgentCoreIngress",
            opened(ENDPOINTS, AGENTCORE, 443, "AWS calls of agentcore"),
        ),
        row("DatabaseFromBffIngress", opened(DATABASE, BFF, 5432, "Queries of bff")),
        row(
            "DatabaseFromAgentCoreIngress",
            opened(DATABASE, AGENTCORE, 5432, "Queries of agentcore"),
        ),
    ],
)
def test_each_side_of_a_flow_is_a_rule(
    document: Says, environment: Environment, logical_id: str, says: Says
) -> None:
    check(document, environment, logical_id, says)


def rules(document: Says, kind: str = "") -> dict[str, Says]:
    """The standalone rules of one side, or of both, by logical id."""
    return {
        name: one["Properties"]
        for name, one in document["Resources"].items()
        if one["Type"].startswith(f"AWS::EC2::SecurityGroup{kind or ''}")
        and one["Type"] != "AWS::EC2::SecurityGroup"
    }


@mark.requirement("FR-025", "FR-026")
def test_no_standalone_rule_admits_anyone_else(document: Says) -> None:
    admitted = [one["GroupId"] for one in rules(document, "Ingress").values()]
    assert BFF not in admitted
    assert admitted.count(AGENTCORE) == 1


@mark.requirement("FR-030", "SC-010")
def test_no_rule_names_an_address_and_each_says_what_it_is_for(document: Says) -> None:
    found: list[Any] = [*rules(document).values()]
    for resource in document["Resources"].values():
        for side in ("SecurityGroupIngress", "SecurityGroupEgress"):
            found += resource["Properties"].get(side, [])
    for rule in found:
        assert not {"CidrIp", "CidrIpv6"} & set(rule)
        assert rule["Description"]
        assert rule["IpProtocol"] == "tcp"
        assert rule["FromPort"] == rule["ToPort"] in PORTS


@pytest.mark.parametrize(
    ("setting", "peer"), [("endpoint_rules", "Endpoints"), ("database_rules", "Database")]
)
def test_one_setting_per_peer_leaves_its_rules_to_their_owner(
    dev: Environment, setting: str, peer: str
) -> None:
    off = template.build(with_table(dev, "network", **{setting: False}))
    left = rules(template.build(dev)).keys() - rules(off).keys()
    assert left == {f"{peer}From{one.title}Ingress" for one in SERVICES}


def test_the_load_balancers_group_is_left_alone_unless_its_owner_asks(dev: Environment) -> None:
    """An egress rule beside EC2's default allow-all takes that away, with every other target."""
    asked = template.build(with_table(dev, "network", load_balancer_rules=True))
    added = rules(asked).keys() - rules(template.build(dev)).keys()
    assert added == {"LoadBalancerToBffEgress"}
    ends = {"GroupId": BALANCER, "DestinationSecurityGroupId": BFF}
    check(asked, dev, "LoadBalancerToBffEgress", tcp(3000, "Requests to bff", **ends))


@mark.requirement("FR-028")
def test_a_service_reaches_each_of_several_endpoint_groups(dev: Environment) -> None:
    document = template.build(beside(dev))
    wanted = [one.expression for one in GROUPS]
    inline = document["Resources"]["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    reached = [one.get("DestinationSecurityGroupId") for one in inline if one["ToPort"] == 443]
    assert [one for one in reached if one] == wanted
    for title in ("Bff", "AgentCore"):
        start = f"EndpointsFrom{title}Ingress"
        opened = {k: one["GroupId"] for k, one in rules(document).items() if k.startswith(start)}
        assert list(opened.values()) == wanted
        assert start in opened


def test_the_id_of_a_rule_on_a_group_does_not_depend_on_the_groups_after_the_first(
    dev: Environment,
) -> None:
    first, second, *others = GROUPS
    before = rules(template.build(beside(dev)))
    changed = beside(dev, VpcEndpointSecurityGroupId=(first, *reversed(others)))
    after = rules(template.build(changed))
    gone = before.keys() - after.keys()
    assert {read_expression(before[name]["GroupId"]) for name in gone} == {second}
    assert all(before[name] == after[name] for name in after if name.startswith("Endpoints"))
