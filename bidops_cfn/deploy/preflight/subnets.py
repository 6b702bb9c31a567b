"""The subnets keep the contract: routes, zones and ranges (FR-023, FR-031, FR-032)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.contract import Imports
from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.judgement import judge, number_assumption
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.model import MAX_TASKS

APP, AGENT = Imports.PRIVATE_APP_SUBNETS, Imports.PRIVATE_AGENT_SUBNETS
RANGES: Mapping[Imports, tuple[str, str]] = {
    APP: ("10.0.11.0/24", "10.0.12.0/24"),  # FR-031
    AGENT: ("10.0.21.0/24", "10.0.22.0/24"),  # FR-032
}
REQUIREMENTS = {APP: "FR-031", AGENT: "FR-032"}
ZONES = "ab"  # FR-023
EVERYWHERE = ("0.0.0.0/0", "::/0")
# Where a route may lead, as EC2 names it. A gateway's id begins with its kind.
TARGETS = (
    "NatGatewayId",
    "EgressOnlyInternetGatewayId",
    "CarrierGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
    "LocalGatewayId",
    "CoreNetworkArn",
    "GatewayId",
)
TO_THE_INTERNET = ("nat-", "eigw-", "cagw-", "igw-")
FROM_THE_INTERNET = ("igw-", "cagw-")
ADDRESSES = 2 * MAX_TASKS  # a rollout of ten tasks runs twenty


def subnets(context: DeploymentContext) -> Preflight:
    """Compare routes, zones, ranges and free addresses of both tiers with the requirements."""
    network = context.network
    try:
        tiers = network.subnets
    except NotFound as fault:
        return Preflight(
            "subnets",
            Verdict.REFUSED,
            f"an imported subnet does not exist: {fault.why}",
            hint="Deploy NetworkStack again, or map the right exports under [imports.network].",
        )
    if not all(tiers.values()):
        raise Unseen("AWS describes none of the imported subnets")
    number = number_assumption(context, AGENT.value)
    against: list[str] = []
    doubts: list[str] = []
    for tier, found in tiers.items():
        output = tier.value.output
        against += find_foreign(output, found, network.vpc)
        doubts += find_deviations(context, tier, found)
        for subnet in found:
            table = network.find_route_table(subnet["SubnetId"])
            if table is None:
                doubts.append(f"{subnet['SubnetId']}: its route table is not to be seen")
                continue
            refuted, unknown = judge_routes(tier, subnet, table, number)
            against += refuted
            doubts += unknown
    ranges = " and ".join(subnet["CidrBlock"] for subnet in tiers[AGENT])
    return judge(
        "subnets",
        f"agent subnets {ranges} in two zones, no default route: {number} confirmed",
        against=against,
        doubts=doubts,
        hint="NetworkStack's owner corrects them; or map other subnets under [imports.network] in "
        f"params/{context.target.environment.name}.toml. docs/before-the-first-deployment.md "
        "says what each has to be.",
    )


def find_foreign(output: str, found: Sequence[Json], vpc: str) -> Iterator[str]:
    """Yield each subnet that is not in the imported VPC: its tasks cannot attach our groups."""
    for subnet in found:
        if subnet["VpcId"] != vpc:
            yield f"{output}: {subnet['SubnetId']} is in {subnet['VpcId']}, not in {vpc}"


def find_deviations(
    context: DeploymentContext, tier: Imports, found: Sequence[Json]
) -> Iterator[str]:
    """Yield what is unlike the requirements and lets tasks run all the same."""
    output = tier.value.output
    zones = {subnet["AvailabilityZone"] for subnet in found}
    wanted = {f"{context.target.environment.region}{letter}" for letter in ZONES}
    if zones != wanted:
        yield (
            f"{output}: in {' and '.join(sorted(zones))}; FR-023 asks for "
            f"{' and '.join(sorted(wanted))}"
        )
    ranges = tuple(sorted(subnet["CidrBlock"] for subnet in found))
    if ranges != RANGES[tier]:
        number = (
            f"; {number_assumption(context, AGENT.value)} is not confirmed" if tier is AGENT else ""
        )
        yield (
            f"{output}: {' and '.join(ranges)}; {REQUIREMENTS[tier]} asks for "
            f"{' and '.join(RANGES[tier])}{number}"
        )
    free = [subnet.get("AvailableIpAddressCount") for subnet in found]
    known = [count for count in free if count is not None]
    if len(known) == len(found) and sum(known) < ADDRESSES:
        yield (
            f"{output}: {sum(known)} free addresses; a rollout of {MAX_TASKS} tasks needs "
            f"{ADDRESSES}"
        )


def judge_routes(
    tier: Imports, subnet: Json, table: Json, number: str
) -> tuple[list[str], list[str]]:
    """Return what a route table refutes of the contract, and what it leaves open."""
    refuted, unknown = [], []
    for route in table.get("Routes", ()):
        to = next((route[name] for name in TARGETS if route.get(name)), "")
        where = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or ""
        if not where or route.get("State") == "blackhole":
            continue
        what = f"{tier.value.output}: {subnet['SubnetId']} ({subnet['CidrBlock']}) routes {where}"
        if tier is AGENT and to.startswith(TO_THE_INTERNET):
            refuted.append(
                f"{what} to {to}: {number} refuted, AgentCore is not without internet (US4-3)"
            )
        elif tier is AGENT and where in EVERYWHERE:
            unknown.append(f"{what} to {to}: cannot tell whether that is the internet ({number})")
        elif tier is APP and to.startswith(FROM_THE_INTERNET):
            refuted.append(f"{what} to {to}: a public subnet, not a private one (FR-031)")
    return refuted, unknown
