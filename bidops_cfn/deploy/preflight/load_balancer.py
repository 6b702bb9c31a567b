"""The rules of the load balancer's group: who comes in, and whether our egress cuts others off.

A standalone egress rule takes the default allow-all away from a group that has nothing else: every
other target of a shared load balancer would be lost, and no change set says so.
https://github.com/aws-cloudformation/cloudformation-languages-discussion/issues/157
"""

from __future__ import annotations

from collections.abc import Sequence

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, paginate
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.judgement import find_number, judge, number_assumption
from bidops_cfn.deploy.records import Preflight, Verdict
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Service

WORLD = ("0.0.0.0/0", "::/0")
OPEN_PORTS = (80, 443)  # US4-5
ALL = "-1"


def load_balancer(context: DeploymentContext) -> Preflight:
    """Look at the ingress (FR-030) and at the egress of the load balancer's group."""
    environment = context.target.environment
    group = context.find_value(Imports.ALB_SECURITY_GROUP.value)
    try:
        rules = read_rules(context, group)
    except Fault as fault:
        if not environment.network.load_balancer_rules:
            raise
        return Preflight(
            "load balancer",
            Verdict.REFUSED,
            f"could not be checked, and our egress rule may cut other targets off: {fault}",
            hint=fault.hint,
        )
    number = number_assumption(context, Imports.ALB_SECURITY_GROUP.value)
    ingress = [rule for rule in rules if not rule["IsEgress"]]
    egress = [rule for rule in rules if rule["IsEgress"]]
    against = [
        f"{group} lets {get_range(rule)} in on {format_ports(rule)}: {number} refuted (FR-030)"
        for rule in ingress
        if get_range(rule) in WORLD and not is_only(rule, OPEN_PORTS)
    ]
    against += find_cut_off(group, egress) if environment.network.load_balancer_rules else ()
    doubts = (
        [] if environment.network.load_balancer_rules else find_unreached(context, group, egress)
    )
    hint = "The owner of the load balancer's group corrects its rules."
    if environment.network.load_balancer_rules and find_cut_off(group, egress):
        hint = (
            f"Set network.load_balancer_rules = false in params/{environment.name}.toml (the "
            f"group's egress stays as it is),\nor give the group explicit egress first. {hint}"
        )
    return judge(
        "load balancer",
        f"{group} is open to the world on 80 and 443 at most ({number} holds as to ports)",
        against=against,
        doubts=doubts,
        hint=hint,
    )


def read_rules(context: DeploymentContext, group: str) -> list[Json]:
    """Return the rules of a group, of both directions."""
    filters = [{"Name": "group-id", "Values": [group]}]
    pages = paginate(
        context.client, Call.DESCRIBE_GROUP_RULES, "SecurityGroupRules", Filters=filters
    )
    return list(pages)


def find_cut_off(group: str, egress: Sequence[Json]) -> list[str]:
    """Return why our egress rule would cut other targets off, where the default is all there is."""
    if egress and all(rule["IpProtocol"] == ALL and get_range(rule) in WORLD for rule in egress):
        said = "our rule would take it away, and every other target of the load balancer with it"
        return [f"{group} has only the default egress, to everywhere: {said}"]
    return []


def find_unreached(context: DeploymentContext, group: str, egress: Sequence[Json]) -> list[str]:
    """Return each public service that no egress rule of the owner's seems to reach."""
    return [
        f"no egress rule of {group} covers {service.port}: the load balancer cannot reach "
        f"{service.name} unless its owner adds one ({number_outlet(context, service)})"
        for service in context.target.services
        if service.public and not any(covers(rule, service.port) for rule in egress)
    ]


def number_outlet(context: DeploymentContext, service: Service) -> str:
    """Return the number of the assumption that the owner's group lets requests out to a service."""
    words = f"lets requests out to {service.name} "
    return find_number(context, words, "the claim about its egress")


def covers(rule: Json, port: int) -> bool:
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


def format_ports(rule: Json) -> str:
    """Return the ports of a rule, for people."""
    first, last = rule.get("FromPort"), rule.get("ToPort")
    if rule["IpProtocol"] == ALL:
        return "every port"
    return f"{rule['IpProtocol']} {first}" + (f"-{last}" if last != first else "")
