"""The imported VPC keeps the contract: the prefix list of S3, subnets, and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, find
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import PAGE, DeploymentContext, Findings, Unseen
from bidops_cfn.deploy.preflight.groups import list_groups
from bidops_cfn.deploy.preflight.network import (
    has_default_route,
    is_closed,
    is_unbounded,
    judge_routes,
)
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import MAX_TASKS, Capability, Service

APP, AGENT = Imports.PRIVATE_APP_SUBNETS, Imports.PRIVATE_AGENT_SUBNETS
RANGES: Mapping[Imports, tuple[str, str]] = {
    APP: ("10.0.11.0/24", "10.0.12.0/24"),  # FR-031
    AGENT: ("10.0.21.0/24", "10.0.22.0/24"),  # FR-032
}
REQUIREMENTS = {APP: "FR-031", AGENT: "FR-032"}
ZONES = {"us-east-1a", "us-east-1b"}  # FR-023; elsewhere any two
SPECIFIED_REGION = "us-east-1"
ADDRESSES = 2 * MAX_TASKS  # a rollout of ten tasks runs twenty
TO_START = "no task can start"
# SSM decrypts by itself; tasks run without being watched, and without a shell.
OPTIONAL = ("kms", "guardduty-data", "ssmmessages")
BOUNDED = "gateway endpoint's policy bounds it"  # how the assumption is worded
IMAGE_LAYERS = "no image layer can be pulled"


def prefix_list(context: DeploymentContext) -> Preflight:
    """Ask EC2 what the settings' prefix list is."""
    environment = context.environment
    wanted = f"com.amazonaws.{environment.region}.s3"
    identity = environment.network.s3_prefix_list_id
    answer = find(context.client, Call.DESCRIBE_PREFIX_LISTS, PrefixListIds=[identity])
    lists = [] if answer is None else answer["PrefixLists"]
    name = next((one["PrefixListName"] for one in lists), None)
    if name == wanted:
        return Preflight("prefix list", Verdict.OK, f"{identity} is {wanted}")
    told = f"{identity} is {name or 'unknown in this account and region'}, not {wanted}"
    words = f"ec2 describe-managed-prefix-lists --filters Name=prefix-list-name,Values={wanted}"
    hint = f"Set network.s3_prefix_list_id in {context.settings} to the id from: "
    hint += context.target.aws(words)
    return Preflight("prefix list", Verdict.REFUSED, told, hint=hint)


def subnets(context: DeploymentContext) -> Preflight:
    """Compare routes, zones, ranges and free addresses of both tiers with the requirements."""
    network = context.network
    try:
        tiers = network.subnets
    except NotFound as fault:
        told = f"an imported subnet does not exist: {fault.why}"
        hint = "Deploy NetworkStack again, or map the right exports under [imports.network]."
        return Preflight("subnets", Verdict.REFUSED, told, hint=hint)
    if not all(tiers.values()):
        raise Unseen("AWS describes none of the imported subnets")
    closed = {one.subnets for one in context.target.services if not one.public}
    numbers = {tier: context.number_assumption(tier.value) for tier in closed}
    findings = Findings("subnets", doubts=list(network.undescribed))
    for tier, found in tiers.items():
        output = tier.value.output
        findings.against += [  # its tasks cannot attach our groups
            f"{output}: {its['SubnetId']} is in {its['VpcId']}, not in {network.vpc}"
            for its in found
            if its["VpcId"] != network.vpc
        ]
        findings.doubts += _find_deviations(context, tier, found, numbers.get(tier, ""))
        for subnet in found:
            table = network.find_route_table(subnet["SubnetId"])
            if table is None:
                findings.doubts.append(f"{subnet['SubnetId']}: its route table is not to be seen")
                continue
            what = f"{output}: {subnet['SubnetId']} ({subnet['CidrBlock']})"
            refuted, unknown = judge_routes(what, table, numbers.get(tier, ""))
            findings.against += refuted
            findings.doubts += unknown
    ranges = " and ".join(subnet["CidrBlock"] for subnet in tiers[AGENT])
    return findings.judge(
        f"agent subnets {ranges} in two zones, no default route: "
        f"{', '.join(sorted(numbers.values()))} confirmed",
        "NetworkStack's owner corrects the subnets; or map others under [imports.network] in "
        f"{context.settings}.\n{PAGE}",
    )


def _find_deviations(
    context: DeploymentContext, tier: Imports, found: Sequence[Json], number: str
) -> Iterator[str]:
    output = tier.value.output
    open_ = f"; {number} is not confirmed" if number else ""
    zones = {subnet["AvailabilityZone"] for subnet in found}
    specified = context.environment.region == SPECIFIED_REGION
    if len(zones) < len(ZONES) or (specified and zones != ZONES):
        wanted = " and ".join(sorted(ZONES)) if specified else "two zones"
        yield f"{output}: in {' and '.join(sorted(zones))}; FR-023 asks for {wanted}{open_}"
    ranges = tuple(sorted(subnet["CidrBlock"] for subnet in found))
    if ranges != RANGES[tier]:
        wanted = f"{REQUIREMENTS[tier]} asks for {' and '.join(RANGES[tier])}"
        yield f"{output}: {' and '.join(ranges)}; {wanted}{open_}"
    free = [subnet.get("AvailableIpAddressCount") for subnet in found]
    known = [count for count in free if count is not None]
    if len(known) == len(found) and sum(known) < ADDRESSES:
        needs = f"a rollout of {MAX_TASKS} tasks needs {ADDRESSES}"
        yield f"{output}: {sum(known)} free addresses; {needs}"


def endpoints(context: DeploymentContext) -> Preflight:
    """Compare the VPC's endpoints with what the services call, and its DNS with what they need."""
    network, environment = context.network, context.environment
    network.ask_all()
    if not all(network.subnets.values()):
        raise Unseen("AWS describes none of the imported subnets")
    groups = context.find_values(Imports.ENDPOINT_SECURITY_GROUP.value)
    findings = Findings("endpoints", doubts=list(network.undescribed))
    findings.against = [
        f"{network.vpc} has {name} off: endpoints and the namespace have no names there"
        for name, on in network.dns.items()
        if not on
    ]
    wanted = list_needed(environment, context.target.services)
    for service, why in wanted.items():
        usable, problem = _select_usable(service, find_endpoints(context, service), groups)
        if problem:
            weight = findings.doubts if service in OPTIONAL else findings.against
            weight.append(f"{problem}: {why}")
        else:
            findings.doubts += _find_missing_zones(context, service, usable)
    _note_gateway(context, findings)
    return findings.judge(
        f"S3 and {len(wanted)} interface endpoints, with private DNS, in {', '.join(groups)}",
        f"NetworkStack's owner creates or corrects the endpoints.\n{PAGE}",
    )


def list_needed(environment: Environment, services: Sequence[Service]) -> Mapping[str, str]:
    """Return the services of AWS that the tasks call through interface endpoints, and why."""
    settings = [environment.services[service.name] for service in services]
    bedrock = [
        environment.services[service.name].bedrock
        for service in services
        if Capability.INVOKE_BEDROCK in service.capabilities
    ]
    uses = {
        "ecr.api": TO_START,
        "ecr.dkr": TO_START,
        "logs": TO_START,
        "ssm": "no service can read its configuration",
    }
    if any(one.secrets for one in settings):
        uses["ssm"] = TO_START
    if any(one.secrets_manager for one in settings):
        uses["secretsmanager"] = TO_START
    if environment.key_outputs:
        uses["kms"] = "what asks for a key directly fails"
    if environment.security.exec_log_group:
        uses["ssmmessages"] = "no session of ECS Exec can begin"
    if environment.security.guardduty_repository_arn:
        uses["guardduty-data"] = "GuardDuty's sidecar cannot report"
    if any(one.models or one.inference_profiles for one in bedrock):
        uses["bedrock-runtime"] = "no model can be invoked"
    if any(one.agent_aliases for one in bedrock):
        uses["bedrock-agent-runtime"] = "no agent can be invoked"
    return uses


def find_endpoints(context: DeploymentContext, service: str) -> list[Json]:
    """Return the VPC's endpoints of a service; partitions differ in what stands before it."""
    end = f".{context.environment.region}.{service}"
    return [one for one in context.network.endpoints if one["ServiceName"].endswith(end)]


def _select_usable(
    service: str, found: Sequence[Json], groups: Sequence[str]
) -> tuple[list[Json], str]:
    """Return the endpoints that serve our tasks; where none does, what keeps it from that."""
    usable = [one for one in found if one.get("VpcEndpointType") == "Interface"]
    if not usable:
        return [], f"{service} has no interface endpoint that is available"
    which = f"the group {groups[0]}" if len(groups) == 1 else f"one of {', '.join(groups)}"
    conditions: tuple[tuple[str, Callable[[Json], bool]], ...] = (
        (f"does not have {which}", lambda one: bool({*list_groups(one)}.intersection(groups))),
        ("has no private DNS", lambda one: bool(one.get("PrivateDnsEnabled"))),
        ("has a policy that allows nothing", lambda one: not is_closed(one.get("PolicyDocument"))),
    )
    for lack, holds in conditions:
        left = [one for one in usable if holds(one)]
        if not left:
            return [], f"{service}: {usable[0]['VpcEndpointId']} {lack}"
        usable = left
    return usable, ""


def _find_missing_zones(
    context: DeploymentContext, service: str, found: Sequence[Json]
) -> Iterator[str]:
    tiers = context.network.subnets.values()
    zones = {its["SubnetId"]: its["AvailabilityZone"] for tier in tiers for its in tier}
    places = {subnet for one in found for subnet in one.get("SubnetIds", ())}
    if places <= zones.keys():  # of others the zone is not known
        missing = sorted(set(zones.values()) - {zones[place] for place in places})
        if missing:
            yield f"{service} has no endpoint in {' and '.join(missing)} (SC-009)"


def _note_gateway(context: DeploymentContext, findings: Findings) -> None:
    network = context.network
    gateways = [
        one for one in find_endpoints(context, "s3") if one.get("VpcEndpointType") == "Gateway"
    ]
    routed = {table for one in gateways for table in one.get("RouteTableIds", ())}
    for tier, found in network.subnets.items():
        for subnet in found:
            table = network.find_route_table(subnet["SubnetId"])
            if table is None or table["RouteTableId"] in routed:
                continue
            where = f"the route table of {subnet['SubnetId']} ({tier.value.output})"
            said = f"s3: no gateway endpoint on {table['RouteTableId']}, {where}"
            if has_default_route(table):
                findings.doubts.append(f"{said}: S3 is reached over its default route")
            else:
                findings.against.append(f"{said}: {IMAGE_LAYERS}")
    number = context.find_number(BOUNDED, "that the policy bounds S3")
    findings.doubts += [
        f"s3: the policy of {one['VpcEndpointId']} allows everything: {number} is not confirmed"
        for one in gateways
        if is_unbounded(one.get("PolicyDocument"))
    ]
