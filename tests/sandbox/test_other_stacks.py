"""The other stacks and what else stands in the account, as the product's own code finds them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidops_cfn.compute.imports import repository_arn
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.cloudformation.intrinsics import Scope
from bidops_cfn_sandbox.cloudformation.template import Template
from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAGS
from bidops_cfn_sandbox.engine.answers import ValidationError
from bidops_cfn_sandbox.network_stack import INTERFACE_ENDPOINTS, network_stack
from bidops_cfn_sandbox.resource_type import Place
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import Account
from tests.settings_files import with_table


@pytest.fixture(scope="module")
def exports(dev_account: Account) -> dict[str, str]:
    exports = dev_account.exports()
    return {name.removeprefix("bidopsai-dev-network-"): one for name, one in exports.items()}


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


def test_where_rules_of_ours_stand_the_load_balancers_group_has_no_egress_of_ec2s(
    dev: Environment,
) -> None:
    asked = with_table(dev, "network", load_balancer_rules=True)
    group = json.loads(network_stack(asked))["Resources"]["AlbGroup"]["Properties"]
    assert [rule["IpProtocol"] for rule in group["SecurityGroupEgress"]] == ["icmp"]


def test_where_owners_write_the_rules_their_groups_open_themselves(dev: Environment) -> None:
    theirs = with_table(dev, "network", endpoint_rules=False, database_rules=False)
    resources = json.loads(network_stack(theirs))["Resources"]
    for name, port in {"EndpointGroup": 443, "DatabaseGroup": 5432}.items():
        (rule,) = resources[name]["Properties"]["SecurityGroupIngress"]
        assert (rule["FromPort"], rule["CidrIp"]) == (port, "10.0.0.0/16")


def test_an_unknown_key_is_another_account(sandbox: Sandbox, dev: Environment) -> None:
    stranger = Account(sandbox, dev)
    stranger.variables["AWS_ACCESS_KEY_ID"] = "AKIASTRANGERSTRANGER"
    try:
        identity = stranger.client("sts").get_caller_identity()
    finally:
        stranger.close()
    assert identity["Account"] != dev.account_id


def test_every_repository_holds_an_image_under_each_announced_tag(dev_account: Account) -> None:
    ecr = dev_account.client("ecr")
    for name in ("bidopsai/app", "bidopsai/agent"):
        found = ecr.describe_images(repositoryName=name)["imageDetails"]
        assert [tag for one in found for tag in one["imageTags"]] == [*SANDBOX_IMAGE_TAGS]
        assert len({one["imageDigest"] for one in found}) == len(SANDBOX_IMAGE_TAGS)


def test_both_calls_tell_that_the_s3_prefix_list_has_the_id_of_the_settings(
    dev_account: Account, dev: Environment
) -> None:
    ec2, id_ = dev_account.client("ec2"), dev.network.s3_prefix_list_id
    name = f"com.amazonaws.{dev.region}.s3"
    (managed,) = ec2.describe_managed_prefix_lists(PrefixListIds=[id_])["PrefixLists"]
    named = [{"Name": "prefix-list-name", "Values": [name]}]
    (older,) = ec2.describe_prefix_lists(Filters=named)["PrefixLists"]
    assert (older["PrefixListId"], managed["PrefixListName"]) == (id_, name)
    assert managed["OwnerId"] == "AWS"
    assert older["Cidrs"]


def resolved(environment: Environment, uri: str) -> str:
    arn = repository_arn(environment, Imports.APP_REPOSITORY)
    name = environment.imports.exported(environment.name, Imports.APP_REPOSITORY.value)
    place = Place(environment.account_id, environment.region)
    scope = Scope(
        Template("", {}), place, "s", "id", {}, {name: uri}, lambda _: None, lambda *_: None
    )
    return str(scope.resolve(arn.to_dict()))


@pytest.mark.requirement("FR-009")
@pytest.mark.parametrize("account", ["111111111111", "444444444444"])
@pytest.mark.parametrize("name", ["bidopsai/app", "app", "team/bidopsai/app-x.y"])
def test_an_image_may_be_pulled_in_the_account_that_keeps_it(
    dev: Environment, account: str, name: str
) -> None:
    uri = f"{account}.dkr.ecr.us-east-1.amazonaws.com/{name}"
    assert resolved(dev, uri) == f"arn:aws:ecr:us-east-1:{account}:repository/{name}"


def test_a_registry_is_one_of_the_environments_region_and_partition(dev: Environment) -> None:
    """Another region's is out of reach: a pull must fail, not wait for a network."""
    elsewhere = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/bidopsai/app"
    assert resolved(dev, elsewhere) == "arn:aws:ecr:us-east-1:111111111111:repository/bidopsai/app"
    china = "444444444444.dkr.ecr.cn-north-1.amazonaws.com.cn/bidopsai/app"
    found = resolved(replace(dev, region="cn-north-1"), china)
    assert found == "arn:aws-cn:ecr:cn-north-1:444444444444:repository/bidopsai/app"


def test_a_dual_stack_host_ends_the_change_set(dev: Environment) -> None:
    with pytest.raises(ValidationError, match="nonexistent value at index 1"):
        resolved(dev, "111111111111.dkr-ecr.us-east-1.on.aws/bidopsai/app")
