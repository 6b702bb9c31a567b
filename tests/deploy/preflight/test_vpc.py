"""The imported VPC: routes, zones, ranges and addresses of its subnets, and its endpoints."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.preflight.vpc import APP, list_needed, subnets
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES
from tests.deploy.preflight.looking import (
    NOT_CHECKED,
    OK,
    REFUSED,
    WARNING,
    Change,
    expect,
    said,
)
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE
from tests.settings_files import with_service, with_table

EVERYTHING = {"DestinationCidrBlock": "0.0.0.0/0"}
NAT = {**EVERYTHING, "NatGatewayId": "nat-1"}
FULL = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)
NOTHING = FULL.replace("Allow", "Deny")


def route(tier: str, **route_: str) -> Change:
    return lambda world: world.network.tables[tier]["Routes"].append({"State": "active", **route_})


def agent(**route_: str) -> Change:
    return route("agent", **route_)


def subnet(name: str, **values: object) -> Change:
    return lambda world: world.network.subnets[name].update(values)


def by_the_main_table(world: World) -> None:
    """The agent subnets have no table of their own, and the VPC's main one leads out."""
    world.network.tables["agent"]["Associations"] = [{"Main": True}]
    agent(**NAT)(world)


def few_addresses(world: World) -> None:
    for one in world.network.subnets.values():
        one["AvailableIpAddressCount"] = 3


def endpoint(name: str, **values: object) -> Change:
    return lambda world: world.network.endpoints[name].update(values)


def beside(name: str, **values: object) -> Change:
    """Another endpoint of the same service in the other zone, which tasks cannot use."""

    def change(world: World) -> None:
        endpoints = world.network.endpoints
        other = {**endpoints[name], "VpcEndpointId": "vpce-2", "SubnetIds": ["subnet-agent-b"]}
        endpoints["another"] = {**other, **values}
        endpoints[name]["SubnetIds"] = ["subnet-agent-a"]

    return change


def gone(name: str) -> Change:
    return lambda world: world.network.endpoints.pop(name)


def dns(**names: bool) -> Change:
    return lambda world: world.network.dns.update(names)


def s3_over_nat(world: World) -> None:
    world.network.endpoints["s3"]["RouteTableIds"] = ["rtb-agent"]
    route("app", **NAT)(world)


UNTOLD = "cannot tell whether that is the internet (A4)"
ROUTES: list[tuple[Change, Verdict, str]] = [
    (agent(**NAT), REFUSED, "routes 0.0.0.0/0 to nat-1: A4 refuted"),
    (by_the_main_table, REFUSED, "routes 0.0.0.0/0 to nat-1: A4 refuted"),
    (agent(DestinationCidrBlock="0.0.0.0/1", GatewayId="igw-1"), REFUSED,
     "routes 0.0.0.0/1 to igw-1: A4 refuted"),
    (agent(DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId="eigw-1"), REFUSED,
     "routes ::/0 to eigw-1: A4 refuted"),
    (route("app", **EVERYTHING, GatewayId="igw-1"), REFUSED,
     "to igw-1: a public subnet, not a private one (FR-031)"),
    (subnet("subnet-app-a", VpcId="vpc-other"), REFUSED,
     "subnet-app-a is in vpc-other, not in vpc-0a"),
    (lambda world: world.network.subnets.pop("subnet-app-a"), REFUSED,
     "an imported subnet does not exist: The subnet ID 'subnet-app-a' does not exist"),
    (subnet("subnet-agent-b", AvailabilityZone="us-east-1a"), WARNING,
     "PrivateAgentSubnetIds: in us-east-1a; FR-023 asks for us-east-1a and us-east-1b"),
    (subnet("subnet-agent-a", CidrBlock="10.0.4.0/24"), WARNING,
     ("10.0.22.0/24 and 10.0.4.0/24; FR-032 asks for 10.0.21.0/24 and 10.0.22.0/24; "
     "A4 is not confirmed")),
    (subnet("subnet-app-a", CidrBlock="10.0.3.0/24"), WARNING,
     "FR-031 asks for 10.0.11.0/24 and 10.0.12.0/24"),
    (few_addresses, WARNING, "6 free addresses; a rollout of 10 tasks needs 20"),
    (agent(**EVERYTHING, TransitGatewayId="tgw-1"), WARNING, f"to tgw-1: {UNTOLD}"),
    (agent(DestinationCidrBlock="128.0.0.0/1", NetworkInterfaceId="eni-1"), WARNING,
     f"to eni-1: {UNTOLD}"),
    (agent(**EVERYTHING, GatewayId="vpce-firewall"), WARNING, f"to vpce-firewall: {UNTOLD}"),
    (agent(DestinationPrefixListId="pl-partners", NatGatewayId="nat-1"), WARNING,
     f"routes pl-partners to nat-1: {UNTOLD}"),
    (lambda world: world.network.tables.pop("app"), WARNING,
     "subnet-app-a: its route table is not to be seen"),
    *((change, OK, "no default route: A4 confirmed") for change in (
        route("app", **NAT),
        agent(DestinationPrefixListId="pl-63a5400a", GatewayId="vpce-s3"),
        agent(DestinationCidrBlock="10.8.0.0/16", VpcPeeringConnectionId="pcx-1"),
        agent(DestinationCidrBlock="192.168.0.0/16", NatGatewayId="nat-private"),
        agent(DestinationIpv6CidrBlock="fd00::/8", TransitGatewayId="tgw-1"),
        agent(**NAT, State="blackhole"),
    )),
]  # fmt: skip


@pytest.mark.requirement("FR-023")
@pytest.mark.parametrize(("zone", "fine"), [("eu-west-1c", True), ("eu-west-1a", False)])
def test_another_region_has_other_zones(world: World, zone: str, fine: bool) -> None:
    for name, one in world.network.subnets.items():
        one["AvailabilityZone"] = "eu-west-1a" if name.endswith("-a") else zone
    environment = replace(world.environment, region="eu-west-1")
    target = replace(world.target, environment=environment)
    found = subnets(replace(world.context, target=target))
    assert (found.verdict is OK) is fine
    assert fine or "in eu-west-1a; FR-023 asks for two zones" in found.message


def test_a_private_service_beside_the_public_one_closes_its_subnets(world: World) -> None:
    third = replace(AGENTCORE, name="report", subnets=APP)
    world.assumptions["A12"] = "NetworkStack's `PrivateAppSubnetIds`: no default route"
    route("app", **NAT)(world)
    context = replace(world.context, target=replace(world.target, services=(BFF, AGENTCORE, third)))
    found = subnets(context)
    assert found.verdict is REFUSED
    route_ = "subnet-app-a (10.0.11.0/24) routes 0.0.0.0/0 to nat-1"
    assert f"PrivateAppSubnetIds: {route_}: A12" in said(found)


def test_subnets_that_are_not_described_are_not_judged(world: World) -> None:
    world.wire.handlers[Call.DESCRIBE_SUBNETS] = lambda **_: {"Subnets": []}
    expect(world, "subnets", NOT_CHECKED, "AWS describes none of the imported subnets")


def test_a_claim_that_the_review_does_not_number_is_named(world: World) -> None:
    world.assumptions = {}
    expect(world, "subnets", OK, "the claim about PrivateAgentSubnetIds confirmed")


def test_the_network_of_a_first_trial_is_refused_and_told_why(world: World) -> None:
    """Agent subnets 10.0.4.0/24 and 10.0.5.0/24 behind NAT, and no endpoint for agents."""
    subnet("subnet-agent-a", CidrBlock="10.0.4.0/24")(world)
    subnet("subnet-agent-b", CidrBlock="10.0.5.0/24")(world)
    agent(**NAT)(world)
    gone("bedrock-agent-runtime")(world)
    world.images = EVERY_IMAGE
    ended = world.deploy().hold(3)
    for words in (
        "subnet-agent-a (10.0.4.0/24) routes 0.0.0.0/0 to nat-1: A4 refuted",
        "FR-032 asks for 10.0.21.0/24 and 10.0.22.0/24",
        "bedrock-agent-runtime has no interface endpoint that is available",
        "no agent can be invoked",
    ):
        assert words in ended.said


ENDPOINTS: list[tuple[Change, Verdict, str]] = [
    *((gone(name), REFUSED, f"{name} has no interface endpoint that is available: {why}")
      for name, why in (
          *((one, "no task can start") for one in ("ecr.api", "ecr.dkr", "logs", "ssm")),
          ("bedrock-runtime", "no model can be invoked"),
          ("bedrock-agent-runtime", "no agent can be invoked"),
      )),
    (endpoint("logs", State="Deleting"), REFUSED,
     "logs has no interface endpoint that is available"),
    (endpoint("logs", VpcEndpointType="Gateway"), REFUSED, "logs has no interface endpoint"),
    (endpoint("ssm", PrivateDnsEnabled=False), REFUSED, "ssm: vpce-ssm has no private DNS"),
    (endpoint("ssm", Groups=[{"GroupId": "sg-other"}]), REFUSED,
     "ssm: vpce-ssm does not have the group sg-endpoints"),
    (gone("s3"), REFUSED, "s3: no gateway endpoint on rtb-app"),
    (endpoint("s3", RouteTableIds=["rtb-app"]), REFUSED,
     ("s3: no gateway endpoint on rtb-agent, the route table of subnet-agent-a "
     "(PrivateAgentSubnetIds): no image layer can be pulled")),
    (dns(enableDnsHostnames=False), REFUSED, "vpc-0a has enableDnsHostnames off"),
    (dns(enableDnsSupport=False), REFUSED, "vpc-0a has enableDnsSupport off"),
    (endpoint("logs", SubnetIds=["subnet-agent-a"]), WARNING,
     "logs has no endpoint in us-east-1b (SC-009)"),
    (beside("logs", PrivateDnsEnabled=False), WARNING, "logs has no endpoint in us-east-1b"),
    (beside("logs", Groups=[]), WARNING, "logs has no endpoint in us-east-1b (SC-009)"),
    (beside("logs"), OK, ""),
    *((endpoint("ssm", PolicyDocument=one), REFUSED,
       "ssm: vpce-ssm has a policy that allows nothing: no task can start")
      for one in (NOTHING, '{"Statement": []}')),
    (endpoint("ssm", PolicyDocument=FULL), OK, ""),
    (s3_over_nat, WARNING, "S3 is reached over its default route"),
    (endpoint("s3", PolicyDocument=FULL), WARNING, "allows everything: A7 is not confirmed"),
    (endpoint("s3", PolicyDocument="not JSON"), OK, ""),  # which proves nothing
    # Of subnets of its own the zone is not known.
    (endpoint("logs", SubnetIds=["subnet-endpoints"]), OK,
     "S3 and 6 interface endpoints, with private DNS, in sg-endpoints"),
]  # fmt: skip


@pytest.mark.requirement("US4-3", "FR-023")
@pytest.mark.parametrize(
    ("check", "change", "verdict", "says"),
    [("subnets", *one) for one in ROUTES] + [("endpoints", *one) for one in ENDPOINTS],
)
def test_subnets_keep_the_contract_and_tasks_reach_what_they_call(
    world: World, check: str, change: Change, verdict: Verdict, says: str
) -> None:
    change(world)
    expect(world, check, verdict, says)


def test_secrets_manager_and_kms_are_needed_where_settings_use_them(dev: Environment) -> None:
    plain = set(list_needed(dev, SERVICES))
    used = with_service(dev, "bff", secrets_manager={"TOKEN": "TokenSecretArn"})
    more = with_table(used, "security", secrets_key_output="SecretsKeyArn")
    assert set(list_needed(more, SERVICES)) - plain == {"secretsmanager", "kms"}


AGENT_IMAGES = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"


@pytest.mark.parametrize(
    ("setting", "service"),
    [
        ({"guardduty_repository_arn": AGENT_IMAGES}, "guardduty-data"),
        ({"exec_log_group": "/audit/ecs-exec"}, "ssmmessages"),
        ({"secrets_key_output": "SecretsKeyArn"}, "kms"),
    ],
)
def test_what_a_setting_needs_beside_the_rest_warns(
    world: World, dev: Environment, setting: dict[str, str], service: str
) -> None:
    world.environment = with_table(dev, "security", **setting)
    key = "arn:aws:kms:us-east-1:111111111111:key/0a"
    world.exports["bidopsai-dev-security-SecretsKeyArn"] = key
    world.network.endpoints.pop(service, None)
    expect(world, "endpoints", WARNING, f"{service} has no interface endpoint")
