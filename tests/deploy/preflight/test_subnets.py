"""Routes, zones, ranges and addresses of the imported subnets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bidops_cfn.deploy.preflight.vpc import APP, subnets
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.services import AGENTCORE, BFF
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

Change = Callable[[World], object]


def route(tier: str, **route_: str) -> Change:
    def change(world: World) -> None:
        world.network.tables[tier]["Routes"].append({"State": "active", **route_})

    return change


def subnet(name: str, **values: object) -> Change:
    return lambda world: world.network.subnets[name].update(values)


def by_the_main_table(world: World) -> None:
    """The agent subnets have no table of their own, and the VPC's main one leads out."""
    agent = world.network.tables["agent"]
    agent["Associations"] = [{"Main": True}]
    route("agent", DestinationCidrBlock="0.0.0.0/0", NatGatewayId="nat-1")(world)


NAT = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}


@pytest.mark.requirement("US4-3")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (route("agent", **NAT), "routes 0.0.0.0/0 to nat-1: A4 refuted"),
        (by_the_main_table, "routes 0.0.0.0/0 to nat-1: A4 refuted"),
        (
            route("agent", DestinationCidrBlock="0.0.0.0/1", GatewayId="igw-1"),
            "routes 0.0.0.0/1 to igw-1: A4 refuted",
        ),
        (
            route("agent", DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId="eigw-1"),
            "routes ::/0 to eigw-1: A4 refuted",
        ),
        (
            route("app", DestinationCidrBlock="0.0.0.0/0", GatewayId="igw-1"),
            "to igw-1: a public subnet, not a private one (FR-031)",
        ),
        (subnet("subnet-app-a", VpcId="vpc-other"), "subnet-app-a is in vpc-other, not in vpc-0a"),
        (
            lambda world: world.network.subnets.pop("subnet-app-a"),
            "an imported subnet does not exist: The subnet ID 'subnet-app-a' does not exist",
        ),
    ],
)
def test_what_refutes_a_claim_or_surely_fails_is_refused(
    world: World, change: Change, says: str
) -> None:
    change(world)
    found, ended = looked(world, "subnets")
    assert found.verdict is Verdict.REFUSED
    assert says in ended.said


@pytest.mark.requirement("FR-023")
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            subnet("subnet-agent-b", AvailabilityZone="us-east-1a"),
            "PrivateAgentSubnetIds: in us-east-1a; FR-023 asks for us-east-1a and us-east-1b",
        ),
        (
            subnet("subnet-agent-a", CidrBlock="10.0.4.0/24"),
            (
                "10.0.22.0/24 and 10.0.4.0/24; FR-032 asks for 10.0.21.0/24 and 10.0.22.0/24; "
                "A4 is not confirmed"
            ),
        ),
        (
            subnet("subnet-app-a", CidrBlock="10.0.3.0/24"),
            "FR-031 asks for 10.0.11.0/24 and 10.0.12.0/24",
        ),
        (
            lambda world: [
                one.update(AvailableIpAddressCount=3) for one in world.network.subnets.values()
            ],
            "6 free addresses; a rollout of 10 tasks needs 20",
        ),
        (
            route("agent", DestinationCidrBlock="0.0.0.0/0", TransitGatewayId="tgw-1"),
            "to tgw-1: cannot tell whether that is the internet (A4)",
        ),
        (
            route("agent", DestinationCidrBlock="128.0.0.0/1", NetworkInterfaceId="eni-1"),
            "to eni-1: cannot tell whether that is the internet (A4)",
        ),
        (
            route("agent", DestinationCidrBlock="0.0.0.0/0", GatewayId="vpce-firewall"),
            "to vpce-firewall: cannot tell whether that is the internet (A4)",
        ),
        (
            route("agent", DestinationPrefixListId="pl-partners", NatGatewayId="nat-1"),
            "routes pl-partners to nat-1: cannot tell whether that is the internet (A4)",
        ),
        (
            lambda world: world.network.tables.pop("app"),
            "subnet-app-a: its route table is not to be seen",
        ),
    ],
)
def test_what_may_fail_or_is_unlike_the_requirement_warns(
    world: World, change: Change, says: str
) -> None:
    change(world)
    found, _ = looked(world, "subnets")
    assert found.verdict is Verdict.WARNING
    assert says in said(found)


@pytest.mark.parametrize(
    "change",
    [
        route("app", **NAT),
        route("agent", DestinationPrefixListId="pl-63a5400a", GatewayId="vpce-s3"),
        route("agent", DestinationCidrBlock="10.8.0.0/16", VpcPeeringConnectionId="pcx-1"),
        route("agent", DestinationCidrBlock="192.168.0.0/16", NatGatewayId="nat-private"),
        route("agent", DestinationIpv6CidrBlock="fd00::/8", TransitGatewayId="tgw-1"),
        lambda world: world.network.tables["agent"]["Routes"].append({**NAT, "State": "blackhole"}),
    ],
)
def test_a_route_that_breaks_no_promise_is_fine(world: World, change: Change) -> None:
    change(world)
    found, _ = looked(world, "subnets")
    assert found.verdict is Verdict.OK
    assert found.message.endswith("no default route: A4 confirmed")


@pytest.mark.requirement("FR-023")
@pytest.mark.parametrize(("zone", "fine"), [("eu-west-1c", True), ("eu-west-1a", False)])
def test_another_region_has_other_zones(world: World, zone: str, fine: bool) -> None:
    for name, one in world.network.subnets.items():
        one["AvailabilityZone"] = "eu-west-1a" if name.endswith("-a") else zone
    environment = replace(world.environment, region="eu-west-1")
    target = replace(world.target, environment=environment)
    found = subnets(replace(world.context, target=target))
    assert (found.verdict is Verdict.OK) is fine
    assert fine or "in eu-west-1a; FR-023 asks for two zones" in found.message


def test_a_private_service_beside_the_public_one_closes_its_subnets(world: World) -> None:
    third = replace(AGENTCORE, name="report", subnets=APP)
    world.assumptions["A12"] = "NetworkStack's `PrivateAppSubnetIds`: no default route"
    route("app", **NAT)(world)
    context = replace(world.context, target=replace(world.target, services=(BFF, AGENTCORE, third)))
    found = subnets(context)
    assert found.verdict is Verdict.REFUSED
    assert (
        "PrivateAppSubnetIds: subnet-app-a (10.0.11.0/24) routes 0.0.0.0/0 to nat-1: A12"
        in said(found)
    )


def test_subnets_that_are_not_described_are_not_judged(world: World) -> None:
    world.wire.handlers |= {
        call: lambda **_: {} for call in world.wire.handlers if call.name == "DESCRIBE_SUBNETS"
    }
    found, _ = looked(world, "subnets")
    assert found.verdict is Verdict.NOT_CHECKED


def test_a_claim_that_the_review_does_not_number_is_named(world: World) -> None:
    world.assumptions = {}
    found, _ = looked(world, "subnets")
    assert "the claim about PrivateAgentSubnetIds confirmed" in found.message


def test_the_network_of_a_first_trial_is_refused_and_told_why(world: World) -> None:
    """Agent subnets 10.0.4.0/24 and 10.0.5.0/24 behind NAT, and no endpoint for agents."""
    subnet("subnet-agent-a", CidrBlock="10.0.4.0/24")(world)
    subnet("subnet-agent-b", CidrBlock="10.0.5.0/24")(world)
    route("agent", **NAT)(world)
    del world.network.endpoints["bedrock-agent-runtime"]
    world.images = EVERY_IMAGE
    ended = world.deploy()
    assert ended.code == 3
    for words in (
        "subnet-agent-a (10.0.4.0/24) routes 0.0.0.0/0 to nat-1: A4 refuted",
        "FR-032 asks for 10.0.21.0/24 and 10.0.22.0/24",
        "bedrock-agent-runtime has no interface endpoint that is available",
        "no agent can be invoked",
    ):
        assert words in ended.said
