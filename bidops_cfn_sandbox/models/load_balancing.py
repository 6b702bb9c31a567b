"""Elastic Load Balancing: load balancers, listeners, their rules, and target groups."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from moto.elbv2.models import FakeAction

from bidops_cfn_sandbox.models.security_groups import attach
from bidops_cfn_sandbox.models.table import (
    Model,
    Row,
    backend_of,
    each_passed,
    kept,
    passed,
    tag_by,
)
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

ACTIONS: Tree = [
    {
        "FixedResponseConfig": each(Leaf.STRING, "ContentType", "MessageBody", "StatusCode"),
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": Leaf.STRING, "Weight": Leaf.INTEGER}]
        },
        "Order": Leaf.INTEGER,
        "RedirectConfig": each(
            Leaf.STRING, "Host", "Path", "Port", "Protocol", "Query", "StatusCode"
        ),
        **each(Leaf.STRING, "TargetGroupArn", "Type"),
    }
]
CONDITIONS: Tree = [
    {
        "Field": Leaf.STRING,
        "HostHeaderConfig": {"Values": STRINGS},
        "HttpHeaderConfig": {"HttpHeaderName": Leaf.STRING, "Values": STRINGS},
        "HttpRequestMethodConfig": {"Values": STRINGS},
        "PathPatternConfig": {"Values": STRINGS},
        "SourceIpConfig": {"Values": STRINGS},
        "Values": STRINGS,
    }
]
NAME_LENGTH = 32
MAX_PRIORITY = 50_000


def _pairs(request: Request, name: str) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in request.properties.get(name, [])}


def _write_balancer(balancing: Any, request: Request, balancer: Any) -> None:
    attributes = _pairs(request, "LoadBalancerAttributes")
    balancing.modify_load_balancer_attributes(balancer.arn, attributes)
    for subnet in request.properties.get("Subnets", []):
        groups = request.properties.get("SecurityGroups", [])
        ec2 = backend_of(request.place, "ec2")
        attach(ec2, subnet, groups, interface_description(balancer.arn))


def _delete_balancer(balancing: Any, request: Request, physical_id: str) -> None:
    balancing.delete_load_balancer(physical_id)
    interfaces = backend_of(request.place, "ec2").enis
    for one in list(interfaces.values()):
        if one.description == interface_description(physical_id):
            del interfaces[one.id]


def interface_description(arn: str) -> str:
    """Return how a load balancer describes its network interfaces."""
    return f"ELB {arn.partition(':loadbalancer/')[2]}"


def _write_group(balancing: Any, request: Request, group: Any) -> None:
    group.health_check_protocol = request.properties.get("HealthCheckProtocol", group.protocol)
    attributes = _pairs(request, "TargetGroupAttributes")
    balancing.modify_target_group_attributes(group.arn, attributes)


def _create_rule(balancing: Any, request: Request) -> Any:
    return balancing.create_rule(
        request.properties["ListenerArn"],
        _conditions(request),
        _free_priority(balancing, request, None),
        copy.deepcopy(request.properties["Actions"]),
    )


def _find_rule(balancing: Any, arn: str) -> Any:
    return balancing.describe_rules(None, [arn])[0]


def _write_rule(balancing: Any, request: Request, rule: Any) -> None:
    """Bring a rule to its properties; a target group knows the load balancers that lead to it."""
    priority = _free_priority(balancing, request, rule.arn)
    _detach(balancing, rule)
    actions = copy.deepcopy(request.properties["Actions"])
    balancing.modify_rule(rule.arn, _conditions(request), actions)
    rule.priority = priority
    for attached in _attached(balancing, rule):
        attached.append(_balancer_of(balancing, rule))


def _delete_rule(balancing: Any, _request: Request, physical_id: str) -> None:
    _detach(balancing, _find_rule(balancing, physical_id))
    balancing.delete_rule(physical_id)


def _free_priority(balancing: Any, request: Request, own_arn: str | None) -> str:
    priority = request.properties["Priority"]
    if not 1 <= priority <= MAX_PRIORITY:
        raise ResourceFailed(f"Priority {priority} must be between 1 and {MAX_PRIORITY}")
    rules = balancing.describe_rules(request.properties["ListenerArn"], None)
    if any(str(rule.priority) == str(priority) and rule.arn != own_arn for rule in rules):
        raise ResourceFailed(f"Priority '{priority}' is currently in use")
    return str(priority)


def _conditions(request: Request) -> list[dict[str, Any]]:
    conditions: list[dict[str, Any]] = copy.deepcopy(request.properties["Conditions"])
    for condition in conditions:
        # The API answers with both forms, whichever of them was given.
        for config in ("HostHeaderConfig", "PathPatternConfig"):
            if config in condition and len(condition[config]["Values"]) == 1:
                condition.setdefault("Values", condition[config]["Values"])
    return conditions


def _attached(balancing: Any, rule: Any) -> Iterator[list[str]]:
    """Yield the load balancers of each target group that a rule leads to."""
    for action in rule.actions:
        data = action.data if isinstance(action, FakeAction) else action
        for group in data.get("ForwardConfig", {}).get("TargetGroups", [data]):
            if "TargetGroupArn" in group:
                yield balancing.target_groups[group["TargetGroupArn"]].load_balancer_arns


def _balancer_of(balancing: Any, rule: Any) -> str:
    listener = balancing.describe_listeners(None, [rule.listener_arn])[0]
    return str(listener.load_balancer_arn)


def _detach(balancing: Any, rule: Any) -> None:
    for attached in _attached(balancing, rule):
        if (balancer := _balancer_of(balancing, rule)) in attached:
            attached.remove(balancer)


LOAD_BALANCING_MODELS = (
    Model(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elbv2",
        {
            "LoadBalancerAttributes": Row(TAGS),
            "Name": passed(Leaf.STRING, "name"),
            "Scheme": passed(Leaf.STRING, "scheme", "internet-facing"),
            "SecurityGroups": passed(STRINGS, "security_groups", []),
            "Subnets": passed(STRINGS, "subnet_ids", []),
            "Type": passed(Leaf.STRING, "loadbalancer_type", "application"),
        },
        "create_load_balancer",
        _delete_balancer,
        attributes={
            "CanonicalHostedZoneID": "canonical_hosted_zone_id",
            "DNSName": "dns_name",
            "LoadBalancerArn": "arn",
            "LoadBalancerFullName": lambda made: made.arn.split(":loadbalancer/")[1],
            "LoadBalancerName": "name",
        },
        id="arn",
        write=_write_balancer,
        tag=tag_by("tagging_service"),
        updates=False,
        named="Name",
        length=NAME_LENGTH,
    ),
    Model(
        "AWS::ElasticLoadBalancingV2::Listener",
        "elbv2",
        {
            "Certificates": passed(
                [{"CertificateArn": Leaf.STRING}],
                "certificate",
                form=lambda value: value[0]["CertificateArn"],
            ),
            "DefaultActions": passed(ACTIONS, "actions", required=True, form=copy.deepcopy),
            **each_passed(Leaf.STRING, "LoadBalancerArn", required=True),
            **each_passed(Leaf.STRING, "Protocol", "SslPolicy"),
            **each_passed(Leaf.INTEGER, "Port"),
        },
        "create_listener",
        "delete_listener",
        attributes={"ListenerArn": "arn"},
        id="arn",
        updates=False,
        more=dict.fromkeys(("port", "protocol", "ssl_policy", "certificate")),
    ),
    Model(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "elbv2",
        {
            "Actions": Row(ACTIONS, required=True),
            "Conditions": Row(CONDITIONS, required=True),
            "ListenerArn": Row(Leaf.STRING, required=True, fixed=True),
            "Priority": Row(Leaf.INTEGER, required=True),
        },
        _create_rule,
        _delete_rule,
        _find_rule,
        attributes={"IsDefault": lambda _made: False, "RuleArn": "arn"},
        id="arn",
        write=_write_rule,
        tag=tag_by("tagging_service"),
    ),
    Model(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "elbv2",
        {
            "HealthCheckEnabled": kept(Leaf.BOOLEAN, "health_check_enabled", default=True),
            "HealthCheckIntervalSeconds": kept(Leaf.INTEGER, "health_check_interval_seconds", 30),
            "HealthCheckPath": kept(Leaf.STRING, "health_check_path", "/"),
            "HealthCheckPort": kept(Leaf.STRING, "health_check_port", "traffic-port"),
            "HealthCheckProtocol": Row(Leaf.STRING),
            "HealthCheckTimeoutSeconds": kept(Leaf.INTEGER, "health_check_timeout_seconds", 5),
            "HealthyThresholdCount": kept(Leaf.INTEGER, "healthy_threshold_count", 5),
            **each_passed(Leaf.STRING, "IpAddressType", "Name", "Protocol", "TargetType", "VpcId"),
            "Matcher": kept({"HttpCode": Leaf.STRING}, "matcher", {"HttpCode": "200"}, form=dict),
            "Port": passed(Leaf.INTEGER, "port"),
            "ProtocolVersion": passed(Leaf.STRING, "protocol_version", "HTTP1"),
            "TargetGroupAttributes": Row(TAGS),
            "UnhealthyThresholdCount": kept(Leaf.INTEGER, "unhealthy_threshold_count", 2),
        },
        "create_target_group",
        "delete_target_group",
        lambda balancing, arn: balancing.target_groups[arn],
        attributes={
            "LoadBalancerArns": lambda made: list(made.load_balancer_arns),
            "TargetGroupArn": "arn",
            "TargetGroupFullName": lambda made: made.arn.split(":", 5)[5],
            "TargetGroupName": "name",
        },
        id="arn",
        write=_write_group,
        tag=tag_by("tagging_service"),
        named="Name",
        length=NAME_LENGTH,
    ),
)
