"""NetworkStack of the sandbox keeps the claims on which the compute stack relies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.network_stack import INTERFACE_ENDPOINTS, network_stack
from tests.sandbox.account import Account
from tests.settings_files import with_table


@pytest.fixture(scope="module")
def exports(dev_account: Account) -> dict[str, str]:
    found = dev_account.cloudformation.list_exports()["Exports"]
    return {item["Name"].removeprefix("bidopsai-dev-network-"): item["Value"] for item in found}


def rules(held: Account, group: str, *, egress: bool) -> set[tuple[str, int, int, str]]:
    described = held.client("ec2").describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    return {
        (item["IpProtocol"], item["FromPort"], item["ToPort"], item["CidrIpv4"])
        for item in described["SecurityGroupRules"]
        if item["IsEgress"] == egress
    }


def test_the_vpc_has_four_tiers_in_two_zones(dev_account: Account, exports: dict[str, str]) -> None:
    subnets = dev_account.client("ec2").describe_subnets(
        Filters=[{"Name": "vpc-id", "Values": [exports["VpcId"]]}]
    )["Subnets"]
    assert {(subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in subnets} == {
        (f"10.0.{base + index}.0/24", f"us-east-1{zone}")
        for base in (1, 11, 21, 31)
        for index, zone in enumerate("ab")
    }
    assert not any(subnet["MapPublicIpOnLaunch"] for subnet in subnets)


@pytest.mark.parametrize("output", ["PrivateAppSubnetIds", "PrivateAgentSubnetIds"])
def test_private_subnets_have_no_default_route_but_reach_s3(
    dev_account: Account, exports: dict[str, str], output: str
) -> None:
    tables = dev_account.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": exports[output].split(",")}]
    )["RouteTables"]
    routes: list[dict[str, Any]] = [route for table in tables for route in table["Routes"]]
    destinations = [
        route.get("DestinationCidrBlock") or route["DestinationPrefixListId"] for route in routes
    ]
    assert destinations == ["10.0.0.0/16", dev_account.environment.network.s3_prefix_list_id]


def test_the_load_balancer_faces_the_world_on_80_and_443_alone(
    dev_account: Account, exports: dict[str, str]
) -> None:
    elbv2 = dev_account.client("elbv2")
    (balancer,) = elbv2.describe_load_balancers(LoadBalancerArns=[exports["PublicAlbArn"]])[
        "LoadBalancers"
    ]
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=exports["PublicAlbArn"])["Listeners"]
    assert balancer["Scheme"] == "internet-facing"
    assert balancer["SecurityGroups"] == [exports["AlbSecurityGroupId"]]
    assert (listener["Protocol"], listener["Port"]) == ("HTTPS", 443)
    assert listener["ListenerArn"] == exports["HttpsListenerArn"]
    assert rules(dev_account, exports["AlbSecurityGroupId"], egress=False) == {
        ("tcp", 80, 80, "0.0.0.0/0"),
        ("tcp", 443, 443, "0.0.0.0/0"),
    }


@pytest.mark.parametrize("output", ["VpcEndpointSecurityGroupId", "DatabaseSecurityGroupId"])
def test_groups_behind_the_services_may_not_reach_the_world(
    dev_account: Account, exports: dict[str, str], output: str
) -> None:
    assert rules(dev_account, exports[output], egress=True) == {
        ("icmp", 252, 86, "255.255.255.255/32")
    }


def test_every_endpoint_stands_in_the_agent_subnets_behind_its_group(
    dev_account: Account, exports: dict[str, str]
) -> None:
    endpoints = dev_account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    interfaces = [item for item in endpoints if item["VpcEndpointType"] == "Interface"]
    assert {item["ServiceName"] for item in interfaces} == {
        f"com.amazonaws.us-east-1.{name}" for name in INTERFACE_ENDPOINTS
    }
    for item in interfaces:
        assert sorted(item["SubnetIds"]) == sorted(exports["PrivateAgentSubnetIds"].split(","))
        assert [group["GroupId"] for group in item["Groups"]] == [
            exports["VpcEndpointSecurityGroupId"]
        ]


def test_the_load_balancers_group_has_the_egress_that_ec2_gives_it(
    dev_account: Account, exports: dict[str, str], dev: Environment
) -> None:
    """As most groups of load balancers: a rule of ours beside it would take it away."""
    found = rules(dev_account, exports["AlbSecurityGroupId"], egress=True)
    assert {(protocol, peer) for protocol, _, _, peer in found} == {("-1", "0.0.0.0/0")}
    asked = with_table(dev, "network", load_balancer_rules=True)
    group = json.loads(network_stack(asked))["Resources"]["AlbGroup"]["Properties"]
    assert [rule["IpProtocol"] for rule in group["SecurityGroupEgress"]] == ["icmp"]


def test_where_owners_write_the_rules_their_groups_open_themselves(dev: Environment) -> None:
    theirs = with_table(dev, "network", endpoint_rules=False, database_rules=False)
    resources = json.loads(network_stack(theirs))["Resources"]
    opened = {
        name: [
            (rule["FromPort"], rule["CidrIp"])
            for rule in resources[name]["Properties"][f"SecurityGroup{side}"]
        ]
        for name, side in (
            ("EndpointGroup", "Ingress"),
            ("DatabaseGroup", "Ingress"),
        )
    }
    assert opened == {
        "EndpointGroup": [(443, "10.0.0.0/16")],
        "DatabaseGroup": [(5432, "10.0.0.0/16")],
    }
