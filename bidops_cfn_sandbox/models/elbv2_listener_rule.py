"""Listener rules: which requests of a load balancer go to which target group."""

from __future__ import annotations

import copy
from typing import Any

from moto.elbv2.models import FakeAction

from bidops_cfn_sandbox.models.elbv2_load_balancer import ACTIONS
from bidops_cfn_sandbox.models.elbv2_target_group import load_balancing, set_tags
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

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
