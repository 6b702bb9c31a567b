"""Load balancers, their listeners, and the rules that send requests to target groups."""

from __future__ import annotations

import copy
from typing import Any

from moto.elbv2.models import FakeAction

from bidops_cfn.sandbox.models.elbv2_target_group import (
    KEY_VALUES,
    NAME_LENGTH,
    load_balancing,
    set_tags,
)
from bidops_cfn.sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn.sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

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
MAX_PRIORITY = 50_000


def _create_balancer(request: Request) -> Made:
    properties, balancing = request.properties, load_balancing(request.place)
    balancer = balancing.create_load_balancer(
        properties.get("Name") or request.name(NAME_LENGTH),
        properties.get("SecurityGroups", []),
        properties.get("Subnets", []),
        scheme=properties.get("Scheme", "internet-facing"),
        loadbalancer_type=properties.get("Type", "application"),
    )
    attributes = {
        item["Key"]: item["Value"] for item in properties.get("LoadBalancerAttributes", [])
    }
    balancing.modify_load_balancer_attributes(balancer.arn, attributes)
    set_tags(request, balancer.arn)
    return Made(
        balancer.arn,
        {
            "CanonicalHostedZoneID": balancer.canonical_hosted_zone_id,
            "DNSName": balancer.dns_name,
            "LoadBalancerArn": balancer.arn,
            "LoadBalancerFullName": balancer.arn.split(":loadbalancer/")[1],
            "LoadBalancerName": balancer.name,
        },
    )


def _delete_balancer(request: Request, physical_id: str) -> None:
    load_balancing(request.place).delete_load_balancer(physical_id)


def _create_listener(request: Request) -> Made:
    properties = request.properties
    certificates = properties.get("Certificates", [])
    listener = load_balancing(request.place).create_listener(
        properties["LoadBalancerArn"],
        properties.get("Protocol"),
        properties.get("Port"),
        properties.get("SslPolicy"),
        certificates[0]["CertificateArn"] if certificates else None,
        copy.deepcopy(properties["DefaultActions"]),
    )
    set_tags(request, listener.arn)
    return Made(listener.arn, {"ListenerArn": listener.arn})


def _delete_listener(request: Request, physical_id: str) -> None:
    load_balancing(request.place).delete_listener(physical_id)


def _create_rule(request: Request) -> Made:
    properties = request.properties
    rule = load_balancing(request.place).create_rule(
        properties["ListenerArn"],
        _conditions(request),
        _free_priority(request, None),
        _actions(request),
    )
    set_tags(request, rule.arn)
    return Made(rule.arn, {"IsDefault": False, "RuleArn": rule.arn})


def _update_rule(request: Request, physical_id: str) -> Made:
    balancing = load_balancing(request.place)
    rule = balancing.describe_rules(None, [physical_id])[0]
    priority = _free_priority(request, physical_id)
    _detach(request, rule)
    balancing.modify_rule(physical_id, _conditions(request), _actions(request))
    rule.priority = priority
    listener = balancing.describe_listeners(None, [rule.listener_arn])[0]
    for arn in _targets(rule):
        balancing.target_groups[arn].load_balancer_arns.append(listener.load_balancer_arn)
    set_tags(request, physical_id)
    return Made(physical_id, {"IsDefault": False, "RuleArn": physical_id})


def _delete_rule(request: Request, physical_id: str) -> None:
    balancing = load_balancing(request.place)
    for rule in balancing.describe_rules(None, [physical_id]):
        _detach(request, rule)
    balancing.delete_rule(physical_id)


def _free_priority(request: Request, own_arn: str | None) -> str:
    priority = request.properties["Priority"]
    if not 1 <= priority <= MAX_PRIORITY:
        raise ResourceFailed(f"Priority {priority} must be between 1 and {MAX_PRIORITY}")
    rules = load_balancing(request.place).describe_rules(request.properties["ListenerArn"], None)
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


def _actions(request: Request) -> list[dict[str, Any]]:
    actions: list[dict[str, Any]] = copy.deepcopy(request.properties["Actions"])
    return actions


def _targets(rule: Any) -> list[str]:
    found = []
    for action in rule.actions:
        data = action.data if isinstance(action, FakeAction) else action
        groups = data.get("ForwardConfig", {}).get("TargetGroups", [data])
        found += [group["TargetGroupArn"] for group in groups if "TargetGroupArn" in group]
    return found


def _detach(request: Request, rule: Any) -> None:
    balancing = load_balancing(request.place)
    balancer = balancing.describe_listeners(None, [rule.listener_arn])[0].load_balancer_arn
    for arn in _targets(rule):
        attached = balancing.target_groups[arn].load_balancer_arns
        if balancer in attached:
            attached.remove(balancer)


LOAD_BALANCER = ResourceType(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    {
        "LoadBalancerAttributes": KEY_VALUES,
        "Name": Leaf.STRING,
        "Scheme": Leaf.STRING,
        "SecurityGroups": STRINGS,
        "Subnets": STRINGS,
        "Tags": TAGS,
        "Type": Leaf.STRING,
    },
    _create_balancer,
    _delete_balancer,
    attributes=frozenset(
        {
            "CanonicalHostedZoneID",
            "DNSName",
            "LoadBalancerArn",
            "LoadBalancerFullName",
            "LoadBalancerName",
        }
    ),
    named="Name",
)

LISTENER = ResourceType(
    "AWS::ElasticLoadBalancingV2::Listener",
    {
        "Certificates": [{"CertificateArn": Leaf.STRING}],
        "DefaultActions": ACTIONS,
        "LoadBalancerArn": Leaf.STRING,
        "Port": Leaf.INTEGER,
        "Protocol": Leaf.STRING,
        "SslPolicy": Leaf.STRING,
    },
    _create_listener,
    _delete_listener,
    required=frozenset({"DefaultActions", "LoadBalancerArn"}),
    attributes=frozenset({"ListenerArn"}),
)

LISTENER_RULE = ResourceType(
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    {
        "Actions": ACTIONS,
        "Conditions": CONDITIONS,
        "ListenerArn": Leaf.STRING,
        "Priority": Leaf.INTEGER,
        "Tags": TAGS,
    },
    _create_rule,
    _delete_rule,
    _update_rule,
    required=frozenset({"Actions", "Conditions", "ListenerArn", "Priority"}),
    create_only=frozenset({"ListenerArn"}),
    attributes=frozenset({"IsDefault", "RuleArn"}),
)
