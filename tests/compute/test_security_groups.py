from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.compute.security_groups import security_groups
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import read_expression
from bidops_cfn.settings.services import SERVICES, Service
from tests.neighbours import GROUPS, beside
from tests.settings_files import with_table

BFF_GROUP = {"Fn::GetAtt": ["BffSecurityGroup", "GroupId"]}
AGENTCORE_GROUP = {"Fn::GetAtt": ["AgentCoreSecurityGroup", "GroupId"]}


def network(environment: Environment, output: str) -> dict[str, str]:
    return {"Fn::ImportValue": f"bidopsai-{environment.name}-network-{output}"}


def built(environment: Environment) -> dict[str, dict[str, Any]]:
    resources = [
        resource
        for service in SERVICES
        for resource in security_groups(
            service, environment, [one for one in SERVICES if one.name in service.callers]
        )
    ]
    return {resource.title: resource.to_dict() for resource in resources}


def rules(environment: Environment) -> list[dict[str, Any]]:
    """Every rule, inline or not, of every group."""
    found = []
    for resource in built(environment).values():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::EC2::SecurityGroup":
            found += properties.get("SecurityGroupIngress", [])
            found += properties["SecurityGroupEgress"]
        else:
            found.append(properties)
    return found


def without_words(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in rule.items() if name != "Description"}


@pytest.mark.requirement("FR-025")
def test_bff_takes_requests_from_the_load_balancer_on_3000_and_from_nobody_else(
    environment: Environment,
) -> None:
    resources = built(environment)
    (rule,) = resources["BffSecurityGroup"]["Properties"]["SecurityGroupIngress"]
    assert without_words(rule) == {
        "IpProtocol": "tcp",
        "FromPort": 3000,
        "ToPort": 3000,
        "SourceSecurityGroupId": network(environment, "AlbSecurityGroupId"),
    }
    standalone = [
        resource["Properties"]["GroupId"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress"
    ]
    assert BFF_GROUP not in standalone


@pytest.mark.requirement("FR-026")
def test_agentcore_takes_requests_from_bff_on_8080_and_from_nobody_else(
    environment: Environment,
) -> None:
    resources = built(environment)
    assert "SecurityGroupIngress" not in resources["AgentCoreSecurityGroup"]["Properties"]
    (rule,) = (
        resource["Properties"]
        for resource in resources.values()
        if resource["Type"] == "AWS::EC2::SecurityGroupIngress"
        and resource["Properties"]["GroupId"] == AGENTCORE_GROUP
    )
    assert without_words(rule) == {
        "GroupId": AGENTCORE_GROUP,
        "IpProtocol": "tcp",
        "FromPort": 8080,
        "ToPort": 8080,
        "SourceSecurityGroupId": BFF_GROUP,
    }


@pytest.mark.requirement("FR-027")
def test_bff_may_send_to_agentcore_on_8080(environment: Environment) -> None:
    rule = built(environment)["BffToAgentCoreEgress"]
    assert rule["Type"] == "AWS::EC2::SecurityGroupEgress"
    assert without_words(rule["Properties"]) == {
        "GroupId": BFF_GROUP,
        "IpProtocol": "tcp",
        "FromPort": 8080,
        "ToPort": 8080,
        "DestinationSecurityGroupId": AGENTCORE_GROUP,
    }


@pytest.mark.requirement("FR-028")
@pytest.mark.requirement("FR-029")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_each_group_sends_inline_to_endpoints_s3_and_the_database_and_nowhere_else(
    environment: Environment, service: Service
) -> None:
    group = built(environment)[f"{service.title}SecurityGroup"]["Properties"]
    assert [without_words(rule) for rule in group["SecurityGroupEgress"]] == [
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "DestinationSecurityGroupId": network(environment, "VpcEndpointSecurityGroupId"),
        },
        {
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
            "DestinationPrefixListId": "pl-63a5400a",
        },
        {
            "IpProtocol": "tcp",
            "FromPort": 5432,
            "ToPort": 5432,
            "DestinationSecurityGroupId": network(environment, "DatabaseSecurityGroupId"),
        },
    ]


@pytest.mark.requirement("FR-030")
@pytest.mark.requirement("SC-010")
def test_no_rule_names_an_address_and_each_says_what_it_is_for(environment: Environment) -> None:
    for rule in rules(environment):
        assert not {"CidrIp", "CidrIpv6"} & set(rule)
        assert rule["Description"]
        assert rule["IpProtocol"] == "tcp"
        assert rule["FromPort"] == rule["ToPort"] in {443, 5432, *(one.port for one in SERVICES)}


@pytest.mark.requirement("FR-002")
@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_groups_stand_in_the_imported_network_without_a_fixed_name(
    environment: Environment, service: Service
) -> None:
    group = built(environment)[f"{service.title}SecurityGroup"]["Properties"]
    assert group["VpcId"] == network(environment, "VpcId")
    assert "GroupName" not in group


@pytest.mark.parametrize(
    ("logical_id", "group", "peer", "port"),
    [
        ("EndpointsFromBffIngress", "VpcEndpointSecurityGroupId", BFF_GROUP, 443),
        ("EndpointsFromAgentCoreIngress", "VpcEndpointSecurityGroupId", AGENTCORE_GROUP, 443),
        ("DatabaseFromBffIngress", "DatabaseSecurityGroupId", BFF_GROUP, 5432),
        ("DatabaseFromAgentCoreIngress", "DatabaseSecurityGroupId", AGENTCORE_GROUP, 5432),
        ("LoadBalancerToBffEgress", "AlbSecurityGroupId", BFF_GROUP, 3000),
    ],
)
def test_the_other_side_of_each_flow_is_a_rule_on_the_imported_group(
    environment: Environment, logical_id: str, group: str, peer: object, port: int
) -> None:
    side = "Source" if logical_id.endswith("Ingress") else "Destination"
    everywhere = with_table(environment, "network", load_balancer_rules=True)
    rule = built(everywhere)[logical_id]["Properties"]
    assert without_words(rule) == {
        "GroupId": network(environment, group),
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        f"{side}SecurityGroupId": peer,
    }


@pytest.mark.parametrize(
    ("rules", "peer"), [("endpoint_rules", "Endpoints"), ("database_rules", "Database")]
)
def test_one_setting_per_peer_leaves_its_rules_to_their_owner(
    dev: Environment, rules: str, peer: str
) -> None:
    left = set(built(dev)) - set(built(with_table(dev, "network", **{rules: False})))
    assert left == {f"{peer}From{one.title}Ingress" for one in SERVICES}


def test_the_load_balancers_group_is_left_alone_unless_its_owner_asks(
    environment: Environment,
) -> None:
    """An egress rule beside EC2's default allow-all takes that away, with every other target."""
    balancer = network(environment, "AlbSecurityGroupId")
    groups = [one["Properties"].get("GroupId") for one in built(environment).values()]
    assert balancer not in groups
    asked = built(with_table(environment, "network", load_balancer_rules=True))
    assert set(asked) - set(built(environment)) == {"LoadBalancerToBffEgress"}


@pytest.mark.requirement("FR-028")
def test_a_service_reaches_each_of_several_endpoint_groups(dev: Environment) -> None:
    resources = built(beside(dev))
    wanted = [one.expression for one in GROUPS]
    inline = resources["BffSecurityGroup"]["Properties"]["SecurityGroupEgress"]
    reached = [
        rule["DestinationSecurityGroupId"]
        for rule in inline
        if rule["ToPort"] == 443 and "DestinationSecurityGroupId" in rule
    ]
    assert reached == wanted
    for title in ("Bff", "AgentCore"):
        opened = {
            name: resource["Properties"]["GroupId"]
            for name, resource in resources.items()
            if name.startswith(f"EndpointsFrom{title}Ingress")
        }
        assert list(opened.values()) == wanted
        assert f"EndpointsFrom{title}Ingress" in opened


def test_the_id_of_a_rule_on_a_group_does_not_depend_on_the_groups_after_the_first(
    dev: Environment,
) -> None:
    first, second, *others = GROUPS
    before = built(beside(dev))
    after = built(beside(dev, VpcEndpointSecurityGroupId=(first, *reversed(others))))
    gone = before.keys() - after.keys()
    assert {read_expression(before[name]["Properties"]["GroupId"]) for name in gone} == {second}
    assert all(before[name] == after[name] for name in after if name.startswith("Endpoints"))
