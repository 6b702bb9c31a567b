"""What the imported groups are attached to: ours may reach, or be reached by, all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bidops_cfn.deploy.client import Json
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings
from bidops_cfn.deploy.preflight.network import find_worldwide
from bidops_cfn.deploy.records import Preflight
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import DATABASE_PORT, HTTPS_PORT

ALB = Imports.ALB_SECURITY_GROUP
ENDPOINTS = Imports.ENDPOINT_SECURITY_GROUP
DATABASE = Imports.DATABASE_SECURITY_GROUP
OPEN_PORTS = (80, 443)  # US4-5
ALL = "-1"
RDS = "RDSNetworkInterface"


def groups(context: DeploymentContext) -> Preflight:
    """Ask EC2 for the network interfaces that the imported groups are attached to."""
    several = {value: context.find_values(value.value) for value in (ALB, ENDPOINTS, DATABASE)}
    ids = [(value, group) for value, groups in several.items() for group in groups]
    balancer = context.find_value(Imports.PUBLIC_ALB_ARN.value)
    interfaces = context.network.list_interfaces({group for _, group in ids})
    findings = Findings("groups")
    confirmed = []
    for value, group, port, consequence in _find_closed(context, ids):
        weight = findings.against if value is ENDPOINTS else findings.doubts
        told = f"no ingress rule of {group} ({value.value.output}) covers {port}"
        weight.append(f"{told}: {consequence}")
    for value, group in ids:
        number = context.number_assumption(value.value)
        attached = [one for one in interfaces if group in list_groups(one)]
        others = [one for one in attached if not is_expected(value, one, balancer)]
        strange = [one for one in others if identify(one)]
        findings.against += [f"{describe(one, group, value)}: {number} refuted" for one in strange]
        findings.against += [
            f"{describe(one, group, value)}, in {one['VpcId']} and not in {context.network.vpc}"
            for one in attached
            if one.get("VpcId", context.network.vpc) != context.network.vpc
        ]
        unclear = [describe(one, group, value) for one in others if one not in strange]
        findings.doubts += [f"{one}: cannot tell what it is ({number})" for one in unclear]
        if not attached:
            so_far = f"{number} holds so far, and nothing can be reached behind it"
            findings.doubts.append(
                f"{group} ({value.value.output}) is attached to nothing: {so_far}"
            )
        elif not others:
            confirmed.append(number)
    numbers = ", ".join(dict.fromkeys(confirmed))
    return findings.judge(
        f"attached to what the contract says alone: {numbers} confirmed",
        "The owner of what is named gives it a group of its own, or the group its rules.",
    )


def _find_closed(
    context: DeploymentContext, ids: Sequence[tuple[Imports, str]]
) -> Iterator[tuple[Imports, str, int, str]]:
    ours = context.environment.network
    for value, port, written, consequence in (
        (ENDPOINTS, HTTPS_PORT, ours.endpoint_rules, "no task can start"),
        (DATABASE, DATABASE_PORT, ours.database_rules, "no service reaches the database"),
    ):
        for group in () if written else (group for one, group in ids if one is value):
            rules = context.network.list_rules(group)
            if not any(covers_port(rule, port) for rule in rules if not rule["IsEgress"]):
                yield value, group, port, consequence


def list_groups(interface: Json) -> Iterable[str]:
    """Return the ids of the groups attached to a network interface."""
    return [group["GroupId"] for group in interface.get("Groups", ())]


def is_expected(value: Imports, interface: Json, balancer: str) -> bool:
    """Tell whether the group of a contract value belongs on a network interface.

    EC2 has a type for endpoints; balancers and databases are known by the descriptions that their
    services write, on interfaces which only those services can make.
    """
    kind, text = interface.get("InterfaceType", ""), interface.get("Description", "")
    managed = bool(interface.get("RequesterManaged"))
    if value is ENDPOINTS:
        return bool(kind == "vpc_endpoint")
    whose = f"ELB {balancer.partition(':loadbalancer/')[2]}" if value is ALB else RDS
    return managed and bool(text == whose)


# A type that says what an interface is, in EC2's words -> in ours.
KINDS: Mapping[str, str] = {
    "vpc_endpoint": "a VPC endpoint",
    "lambda": "a Lambda function",
    "network_load_balancer": "a network load balancer",
    "load_balancer": "a load balancer",
    "api_gateway_managed": "API Gateway",
    "quicksight": "QuickSight",
    "global_accelerator_managed": "Global Accelerator",
}


def identify(interface: Json) -> str:
    """Return what an interface belongs to, where AWS says so beyond doubt; else an empty string."""
    text = interface.get("Description", "")
    instance = interface.get("Attachment", {}).get("InstanceId")
    if instance:
        return f"the instance {instance}"
    if interface.get("RequesterManaged") and text.startswith("ELB "):
        return f"the load balancer {text.removeprefix('ELB ')}"
    if interface.get("RequesterManaged") and text == RDS:
        return "a database"
    return KINDS.get(interface.get("InterfaceType", ""), "")


def describe(interface: Json, group: str, value: Imports) -> str:
    """Return the beginning of a sentence about an interface that has an imported group."""
    what = identify(interface) or interface.get("Description") or "something"
    which = interface["NetworkInterfaceId"]
    return f"{group} ({value.value.output}) is attached to {what}, {which}"


def covers_port(rule: Json, port: int) -> bool:
    """Tell whether a rule is about TCP on ``port``."""
    if rule["IpProtocol"] == ALL:
        return True
    low, high = rule.get("FromPort", -1), rule.get("ToPort", -1)
    return bool(rule["IpProtocol"] in ("tcp", "6") and low <= port <= high)


def is_only(rule: Json, allowed: Sequence[int]) -> bool:
    """Tell whether a rule is about one TCP port, one of those ``allowed``."""
    first, last = rule.get("FromPort"), rule.get("ToPort")
    return rule["IpProtocol"] in ("tcp", "6") and first == last and first in allowed


def get_range(rule: Json) -> str:
    """Return the range that a rule is about; empty where it is a group or a prefix list."""
    return str(rule.get("CidrIpv4") or rule.get("CidrIpv6") or "")


def list_open(rules: Iterable[Json]) -> list[Json]:
    """Return the ingress rules that together let the world in on other ports than 80 and 443."""
    found = [
        rule
        for rule in rules
        if not rule["IsEgress"] and get_range(rule) and not is_only(rule, OPEN_PORTS)
    ]
    world = find_worldwide(map(get_range, found))
    return [rule for rule in found if get_range(rule) in world]


def format_ports(rule: Json) -> str:
    """Return the ports of a rule, for people."""
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if rule["IpProtocol"] == ALL:
        return "every port"
    return f"{rule['IpProtocol']} {first}" + (f"-{last}" if last != first else "")
