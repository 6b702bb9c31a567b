"""The subnets keep the contract: routes, zones and ranges (FR-023, FR-031, FR-032)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network

from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.judgement import PAGE, judge, number_assumption
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import MAX_TASKS

APP, AGENT = Imports.PRIVATE_APP_SUBNETS, Imports.PRIVATE_AGENT_SUBNETS
RANGES: Mapping[Imports, tuple[str, str]] = {
    APP: ("10.0.11.0/24", "10.0.12.0/24"),  # FR-031
    AGENT: ("10.0.21.0/24", "10.0.22.0/24"),  # FR-032
}
REQUIREMENTS = {APP: "FR-031", AGENT: "FR-032"}
ZONES = {"us-east-1a", "us-east-1b"}  # FR-023; elsewhere any two
SPECIFIED_REGION = "us-east-1"
EVERYWHERE = ("0.0.0.0/0", "::/0")
PRIVATE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)
DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
LIST = "pl-"
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
    closed = {one.subnets for one in context.target.services if not one.public}
    numbers = {tier: number_assumption(context, tier.value) for tier in closed}
    against: list[str] = []
    doubts: list[str] = []
    for tier, found in tiers.items():
        output = tier.value.output
        against += find_foreign(output, found, network.vpc)
        doubts += find_deviations(context, tier, found, numbers.get(tier, ""))
        for subnet in found:
            table = network.find_route_table(subnet["SubnetId"])
            if table is None:
                doubts.append(f"{subnet['SubnetId']}: its route table is not to be seen")
                continue
            what = f"{output}: {subnet['SubnetId']} ({subnet['CidrBlock']})"
            refuted, unknown = judge_routes(what, table, numbers.get(tier, ""))
            against += refuted
            doubts += unknown
    ranges = " and ".join(subnet["CidrBlock"] for subnet in tiers[AGENT])
    return judge(
        "subnets",
        f"agent subnets {ranges} in two zones, no default route: "
        f"{', '.join(sorted(numbers.values()))} confirmed",
        against=against,
        doubts=doubts,
        hint="NetworkStack's owner corrects the subnets; or map others under [imports.network] in "
        f"params/{context.target.environment.name}.toml.\n{PAGE}",
    )


def find_foreign(output: str, found: Sequence[Json], vpc: str) -> Iterator[str]:
    """Yield each subnet that is not in the imported VPC: its tasks cannot attach our groups."""
    for subnet in found:
        if subnet["VpcId"] != vpc:
            yield f"{output}: {subnet['SubnetId']} is in {subnet['VpcId']}, not in {vpc}"


def find_deviations(
    context: DeploymentContext, tier: Imports, found: Sequence[Json], number: str
) -> Iterator[str]:
    """Yield what is unlike the requirements and lets tasks run all the same."""
    output = tier.value.output
    open_ = f"; {number} is not confirmed" if number else ""
    zones = {subnet["AvailabilityZone"] for subnet in found}
    specified = context.target.environment.region == SPECIFIED_REGION
    if len(zones) < len(ZONES) or (specified and zones != ZONES):
        wanted = " and ".join(sorted(ZONES)) if specified else "two zones"
        yield f"{output}: in {' and '.join(sorted(zones))}; FR-023 asks for {wanted}{open_}"
    ranges = tuple(sorted(subnet["CidrBlock"] for subnet in found))
    if ranges != RANGES[tier]:
        yield (
            f"{output}: {' and '.join(ranges)}; {REQUIREMENTS[tier]} asks for "
            f"{' and '.join(RANGES[tier])}{open_}"
        )
    free = [subnet.get("AvailableIpAddressCount") for subnet in found]
    known = [count for count in free if count is not None]
    if len(known) == len(found) and sum(known) < ADDRESSES:
        yield (
            f"{output}: {sum(known)} free addresses; a rollout of {MAX_TASKS} tasks needs "
            f"{ADDRESSES}"
        )


def judge_routes(what: str, table: Json, number: str) -> tuple[list[str], list[str]]:
    """Return what the route table of ``what`` refutes of the contract, and what it leaves open.

    ``number`` is the assumption that its services have no internet; empty where they may have it.
    """
    refuted, unknown = [], []
    for route in table.get("Routes", ()):
        to = next((route[name] for name in TARGETS if route.get(name)), "")
        where = next((route[name] for name in DESTINATIONS if route.get(name)), "")
        if route.get("State") == "blackhole" or not leads_outside(where, to):
            continue
        said = f"{what} routes {where} to {to}"
        if not number:
            if to.startswith(FROM_THE_INTERNET):
                refuted.append(f"{said}: a public subnet, not a private one (FR-031)")
        elif to.startswith(TO_THE_INTERNET) and not where.startswith(LIST):
            refuted.append(f"{said}: {number} refuted, its services have a way out (US4-3)")
        else:
            unknown.append(f"{said}: cannot tell whether that is the internet ({number})")
    return refuted, unknown


def leads_outside(where: str, to: str) -> bool:
    """Tell whether a destination may lie outside of private networks.

    Prefix lists may hold anything, but for those of gateway endpoints, which AWS keeps.
    """
    if where.startswith(LIST):
        return not to.startswith("vpce-")
    try:
        network = ip_network(where)
    except ValueError:
        return True
    return not any(
        network.subnet_of(one)  # type: ignore[arg-type] # of the same version
        for one in PRIVATE
        if one.version == network.version
    )
