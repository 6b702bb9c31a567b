"""The VPC endpoints that the services use, reachable by our groups: they have no other way out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.preflight.context import DeploymentContext, Unseen
from bidops_cfn.deploy.preflight.judgement import PAGE, find_number, judge
from bidops_cfn.deploy.preflight.subnets import EVERYWHERE
from bidops_cfn.deploy.records import Preflight
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability, Service

TO_START = "no task can start"
# SSM decrypts by itself; tasks run without being watched, and without a shell.
OPTIONAL = ("kms", "guardduty-data", "ssmmessages")
BOUNDED = "gateway endpoint's policy bounds it"  # how the assumption is worded
IMAGE_LAYERS = "no image layer can be pulled"


def endpoints(context: DeploymentContext) -> Preflight:
    """Compare the VPC's endpoints with what the services call, and its DNS with what they need."""
    network, environment = context.network, context.target.environment
    network.ask_all()
    if not all(network.subnets.values()):
        raise Unseen("AWS describes none of the imported subnets")
    groups = context.find_values(Imports.ENDPOINT_SECURITY_GROUP.value)
    against = [
        f"{network.vpc} has {name} off: endpoints and the namespace have no names there"
        for name, on in network.dns.items()
        if not on
    ]
    doubts: list[str] = []
    wanted = list_needed(environment, context.target.services)
    for service, why in wanted.items():
        found = find_endpoints(context, service)
        problem = find_obstacle(service, found, groups)
        if problem:
            (doubts if service in OPTIONAL else against).append(f"{problem}: {why}")
        else:
            doubts += find_missing_zones(context, service, found)
    missing, unsure = judge_gateway(context)
    return judge(
        "endpoints",
        f"S3 and {len(wanted)} interface endpoints, with private DNS, in {', '.join(groups)}",
        against=[*against, *missing],
        doubts=[*doubts, *unsure],
        hint=f"NetworkStack's owner creates or corrects the endpoints.\n{PAGE}",
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
        "ssm": TO_START
        if any(one.secrets for one in settings)
        else "no service can read its configuration",
    }
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
    end = f".{context.target.environment.region}.{service}"
    return [one for one in context.network.endpoints if one["ServiceName"].endswith(end)]


def find_obstacle(service: str, found: Sequence[Json], groups: Sequence[str]) -> str:
    """Return why tasks cannot use the endpoints of a service; empty where they can."""
    interfaces = [one for one in found if one.get("VpcEndpointType") == "Interface"]
    if not interfaces:
        return f"{service} has no interface endpoint that is available"
    attached = [
        one for one in interfaces if any(its["GroupId"] in groups for its in one.get("Groups", ()))
    ]
    if not attached:
        which = f"the group {groups[0]}" if len(groups) == 1 else f"one of {', '.join(groups)}"
        return f"{service}: {interfaces[0]['VpcEndpointId']} does not have {which}"
    if not any(one.get("PrivateDnsEnabled") for one in attached):
        return f"{service}: {attached[0]['VpcEndpointId']} has no private DNS"
    return ""


def find_missing_zones(
    context: DeploymentContext, service: str, found: Sequence[Json]
) -> Iterator[str]:
    """Yield that a service's endpoints do not stand in every zone of the tasks."""
    tiers = context.network.subnets.values()
    zones = {its["SubnetId"]: its["AvailabilityZone"] for tier in tiers for its in tier}
    places = {subnet for one in found for subnet in one.get("SubnetIds", ())}
    if places <= zones.keys():  # of others the zone is not known
        missing = sorted(set(zones.values()) - {zones[place] for place in places})
        if missing:
            yield f"{service} has no endpoint in {' and '.join(missing)} (SC-009)"


def judge_gateway(context: DeploymentContext) -> tuple[list[str], list[str]]:
    """Return what the S3 gateway endpoint lacks, and what is doubtful about it."""
    network = context.network
    gateways = [
        one for one in find_endpoints(context, "s3") if one.get("VpcEndpointType") == "Gateway"
    ]
    routed = {table for one in gateways for table in one.get("RouteTableIds", ())}
    against, doubts = [], []
    for tier, found in network.subnets.items():
        for subnet in found:
            table = network.find_route_table(subnet["SubnetId"])
            if table is None or table["RouteTableId"] in routed:
                continue
            said = (
                f"s3: no gateway endpoint on {table['RouteTableId']}, the route table of "
                f"{subnet['SubnetId']} ({tier.value.output})"
            )
            if has_default_route(table):
                doubts.append(f"{said}: S3 is reached over its default route")
            else:
                against.append(f"{said}: {IMAGE_LAYERS}")
    number = find_number(context, BOUNDED, "that the policy bounds S3")
    doubts += [
        f"s3: the policy of {one['VpcEndpointId']} allows everything: {number} is not confirmed"
        for one in gateways
        if is_unbounded(one.get("PolicyDocument"))
    ]
    return list(dict.fromkeys(against)), list(dict.fromkeys(doubts))


def has_default_route(table: Json) -> bool:
    """Tell whether a route table has a default route that leads somewhere."""
    return any(
        route.get("DestinationCidrBlock") in EVERYWHERE and route.get("State") != "blackhole"
        for route in table.get("Routes", ())
    )


def is_unbounded(document: str | None) -> bool:
    """Tell whether an endpoint policy is EC2's own, which allows everything; False if unknown."""
    try:
        statements = json.loads(document or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return False
    several = statements if isinstance(statements, list) else [statements]
    return any(
        statement.get("Effect") == "Allow"
        and statement.get("Action") in ("*", ["*"])
        and statement.get("Resource") in ("*", ["*"])
        and not statement.get("Condition")
        for statement in several
    )
