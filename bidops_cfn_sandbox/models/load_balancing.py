"""Elastic Load Balancing: load balancers, listeners, their rules, and target groups."""

from __future__ import annotations

import copy
from typing import Any

from moto.elbv2.models import FakeAction

from bidops_cfn_sandbox.models.security_groups import attach, detach
from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept, passed
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

ACTIONS: Tree = [
    {
        "FixedResponseConfig": {
            "ContentType": Leaf.STRING,
            "MessageBody": Leaf.STRING,
            "StatusCode": Leaf.STRING,
        },
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": Leaf.STRING, "Weight": Leaf.INTEGER}]
        },
        "Order": Leaf.INTEGER,
        "RedirectConfig": {
            "Host": Leaf.STRING,
            "Path": Leaf.STRING,
            "Port": Leaf.STRING,
            "Protocol": Leaf.STRING,
            "Query": Leaf.STRING,
            "StatusCode": Leaf.STRING,
        },
        "TargetGroupArn": Leaf.STRING,
        "Type": Leaf.STRING,
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
KEY_VALUES: Tree = [{"Key": Leaf.STRING, "Value": Leaf.STRING}]
NAME_LENGTH = 32
MAX_PRIORITY = 50_000


def _balancing(request: Request) -> Any:
    return backend_of(request.place, "elbv2")


def _tag(request: Request, made: Any) -> None:
    tagging = _balancing(request).tagging_service
    tagging.delete_all_tags_for_resource(made.arn)
    tagging.tag_resource(made.arn, request.tag_list)


def _pairs(request: Request, name: str) -> dict[str, str]:
    return {item["Key"]: item["Value"] for item in request.properties.get(name, [])}


def _write_balancer(request: Request, balancer: Any) -> None:
    attributes = _pairs(request, "LoadBalancerAttributes")
    _balancing(request).modify_load_balancer_attributes(balancer.arn, attributes)
    for subnet in request.properties.get("Subnets", []):
        groups = request.properties.get("SecurityGroups", [])
        attach(request.place, subnet, groups, interface_description(balancer.arn))


def _delete_balancer(request: Request, physical_id: str) -> None:
    _balancing(request).delete_load_balancer(physical_id)
    detach(request.place, interface_description(physical_id))


def interface_description(arn: str) -> str:
    """Return how a load balancer describes its network interfaces."""
    return f"ELB {arn.partition(':loadbalancer/')[2]}"


def _write_group(request: Request, group: Any) -> None:
    group.health_check_protocol = request.properties.get("HealthCheckProtocol", group.protocol)
    attributes = _pairs(request, "TargetGroupAttributes")
    _balancing(request).modify_target_group_attributes(group.arn, attributes)


def _create_rule(request: Request) -> Any:
    return _balancing(request).create_rule(
        request.properties["ListenerArn"],
        _conditions(request),
        _free_priority(request, None),
        copy.deepcopy(request.properties["Actions"]),
    )


def _find_rule(balancing: Any, arn: str) -> Any:
    return balancing.describe_rules(None, [arn])[0]


def _write_rule(request: Request, rule: Any) -> None:
    """Bring a rule to its properties; a target group knows the load balancers that lead to it."""
    priority = _free_priority(request, rule.arn)
    _detach(request, rule)
    actions = copy.deepcopy(request.properties["Actions"])
    _balancing(request).modify_rule(rule.arn, _conditions(request), actions)
    rule.priority = priority
    for arn in _targets(rule):
        _attached(request, arn).append(_balancer_of(request, rule))


def _delete_rule(request: Request, physical_id: str) -> None:
    _detach(request, _find_rule(_balancing(request), physical_id))
    _balancing(request).delete_rule(physical_id)


def _free_priority(request: Request, own_arn: str | None) -> str:
    priority = request.properties["Priority"]
    if not 1 <= priority <= MAX_PRIORITY:
        raise ResourceFailed(f"Priority {priority} must be between 1 and {MAX_PRIORITY}")
    rules = _balancing(request).describe_rules(request.properties["ListenerArn"], None)
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


def _targets(rule: Any) -> list[str]:
    found = []
    for action in rule.actions:
        data = action.data if isinstance(action, FakeAction) else action
        groups = data.get("ForwardConfig", {}).get("TargetGroups", [data])
        found += [group["TargetGroupArn"] for group in groups if "TargetGroupArn" in group]
    return found


def _balancer_of(request: Request, rule: Any) -> str:
    listener = _balancing(request).describe_listeners(None, [rule.listener_arn])[0]
    return str(listener.load_balancer_arn)


def _attached(request: Request, target_group: str) -> list[str]:
    attached: list[str] = _balancing(request).target_groups[target_group].load_balancer_arns
    return attached


def _detach(request: Request, rule: Any) -> None:
    for arn in _targets(rule):
        if (balancer := _balancer_of(request, rule)) in (attached := _attached(request, arn)):
            attached.remove(balancer)


LOAD_BALANCING_MODELS = (
    Model(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elbv2",
        {
            "LoadBalancerAttributes": Row(KEY_VALUES),
            "Name": passed(Leaf.STRING, "name"),
            "Scheme": passed(Leaf.STRING, "scheme", "internet-facing"),
            "SecurityGroups": passed(STRINGS, "security_groups", []),
            "Subnets": passed(STRINGS, "subnet_ids", []),
            "Tags": Row(TAGS),
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
        tag=_tag,
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
            "LoadBalancerArn": passed(Leaf.STRING, "load_balancer_arn", required=True),
            "Port": passed(Leaf.INTEGER, "port"),
            "Protocol": passed(Leaf.STRING, "protocol"),
            "SslPolicy": passed(Leaf.STRING, "ssl_policy"),
        },
        "create_listener",
        "delete_listener",
        attributes={"ListenerArn": "arn"},
        id="arn",
        updates=False,
        more={"port": None, "protocol": None, "ssl_policy": None, "certificate": None},
    ),
    Model(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "elbv2",
        {
            "Actions": Row(ACTIONS, required=True),
            "Conditions": Row(CONDITIONS, required=True),
            "ListenerArn": Row(Leaf.STRING, required=True, fixed=True),
            "Priority": Row(Leaf.INTEGER, required=True),
            "Tags": Row(TAGS),
        },
        _create_rule,
        _delete_rule,
        _find_rule,
        attributes={"IsDefault": lambda _made: False, "RuleArn": "arn"},
        id="arn",
        write=_write_rule,
        tag=_tag,
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
            "IpAddressType": passed(Leaf.STRING, "ip_address_type"),
            "Matcher": kept({"HttpCode": Leaf.STRING}, "matcher", {"HttpCode": "200"}, form=dict),
            "Name": passed(Leaf.STRING, "name"),
            "Port": passed(Leaf.INTEGER, "port"),
            "Protocol": passed(Leaf.STRING, "protocol"),
            "ProtocolVersion": passed(Leaf.STRING, "protocol_version", "HTTP1"),
            "Tags": Row(TAGS),
            "TargetGroupAttributes": Row(KEY_VALUES),
            "TargetType": passed(Leaf.STRING, "target_type"),
            "UnhealthyThresholdCount": kept(Leaf.INTEGER, "unhealthy_threshold_count", 2),
            "VpcId": passed(Leaf.STRING, "vpc_id"),
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
        tag=_tag,
        named="Name",
        length=NAME_LENGTH,
    ),
)
