"""Target groups and listener rules in the sandbox: every setting, and their changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource, unset_of, untagged

GROUP_TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE_TYPE = "AWS::ElasticLoadBalancingV2::ListenerRule"
TAGS = [{"Key": "Owner", "Value": "platform"}]


def target_group(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "Name": "specimen",
        "VpcId": exports["VpcId"],
        "TargetType": "ip",
        "IpAddressType": "ipv4",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 3000,
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckPath": "/api/health",
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 3,
        "Matcher": {"HttpCode": "200"},
        "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}],
        "Tags": TAGS,
        **changed,
    }


def rule(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "ListenerArn": exports["HttpsListenerArn"],
        "Priority": 9,
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        "Tags": TAGS,
        **changed,
    }


def resources(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "Targets": resource(GROUP_TYPE, target_group(exports)),
        "Rule": resource(RULE_TYPE, rule(exports, **changed)),
    }


def described(account: Account, arn: str) -> dict[str, Any]:
    (found,) = account.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    group: dict[str, Any] = found
    return group


def test_a_target_group_shows_every_setting(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    assert not unset_of(GROUP_TYPE, target_group(exports))
    arn = stack.deploy({"Targets": resource(GROUP_TYPE, target_group(exports))})["Targets"]
    elbv2 = dev_account.client("elbv2")
    attributes = elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    (tags,) = elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"]
    assert described(dev_account, arn) == {
        "TargetGroupArn": arn,
        "TargetGroupName": "specimen",
        "VpcId": exports["VpcId"],
        "TargetType": "ip",
        "IpAddressType": "ipv4",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 3000,
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckPath": "/api/health",
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 3,
        "Matcher": {"HttpCode": "200"},
        "LoadBalancerArns": [],
    }
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "60"} in attributes
    assert untagged(tags["Tags"]) == {"Owner": "platform"}


def test_a_target_group_changes_in_place_or_is_replaced(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    def of(**changed: Any) -> dict[str, Any]:
        properties = {k: v for k, v in target_group(exports, **changed).items() if k != "Name"}
        return {"Targets": resource(GROUP_TYPE, properties)}

    first = stack.deploy(of())["Targets"]
    second = stack.deploy(of(HealthCheckPath="/ping", Tags=[]))["Targets"]
    assert second == first
    assert described(dev_account, first)["HealthCheckPath"] == "/ping"
    third = stack.deploy(of(Port=3001))["Targets"]
    assert third != first
    with pytest.raises(dev_account.client("elbv2").exceptions.TargetGroupNotFoundException):
        described(dev_account, first)


def test_a_rule_shows_priority_conditions_and_the_target_group_its_load_balancer(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(resources(exports))
    elbv2 = dev_account.client("elbv2")
    (found,) = elbv2.describe_rules(RuleArns=[ids["Rule"]])["Rules"]
    (tags,) = elbv2.describe_tags(ResourceArns=[ids["Rule"]])["TagDescriptions"]
    assert found["Priority"] == "9"
    assert found["Conditions"] == [
        {
            "Field": "host-header",
            "Values": ["a.example"],
            "HostHeaderConfig": {"Values": ["a.example"]},
        }
    ]
    assert [(a["Type"], a["TargetGroupArn"]) for a in found["Actions"]] == [
        ("forward", ids["Targets"])
    ]
    assert untagged(tags["Tags"]) == {"Owner": "platform"}
    assert described(dev_account, ids["Targets"])["LoadBalancerArns"] == [exports["PublicAlbArn"]]


@pytest.mark.parametrize(
    "condition",
    [
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*", "/b/*"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["y"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/16"]}},
    ],
)
def test_every_kind_of_condition_is_shown(
    stack: Stack, dev_account: Account, exports: dict[str, str], condition: dict[str, Any]
) -> None:
    ids = stack.deploy(resources(exports, Conditions=[condition]))
    (found,) = dev_account.client("elbv2").describe_rules(RuleArns=[ids["Rule"]])["Rules"]
    (shown,) = found["Conditions"]
    assert condition.items() <= shown.items()


@pytest.mark.parametrize(
    "action",
    [
        {
            "Type": "forward",
            "Order": 1,
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": {"Ref": "Targets"}, "Weight": 1}]
            },
        },
        {
            "Type": "fixed-response",
            "FixedResponseConfig": {
                "StatusCode": "404",
                "ContentType": "text/plain",
                "MessageBody": "no",
            },
        },
        {
            "Type": "redirect",
            "RedirectConfig": {
                "Protocol": "HTTPS",
                "Host": "b.example",
                "Port": "443",
                "Path": "/",
                "Query": "q",
                "StatusCode": "HTTP_301",
            },
        },
    ],
)
def test_every_kind_of_action_is_shown(
    stack: Stack, dev_account: Account, exports: dict[str, str], action: dict[str, Any]
) -> None:
    ids = stack.deploy(resources(exports, Actions=[action]))
    (found,) = dev_account.client("elbv2").describe_rules(RuleArns=[ids["Rule"]])["Rules"]
    (shown,) = found["Actions"]
    for name, value in action.items():
        if name == "ForwardConfig":
            (target,) = shown[name]["TargetGroups"]
            assert target == {"TargetGroupArn": ids["Targets"], "Weight": 1}
        else:
            assert shown[name] == value


def test_a_rule_changes_in_place_and_frees_what_it_pointed_at(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(resources(exports))
    gone = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    after = stack.deploy(resources(exports, Priority=10, Actions=gone))
    (found,) = dev_account.client("elbv2").describe_rules(RuleArns=[after["Rule"]])["Rules"]
    assert after["Rule"] == ids["Rule"]
    assert found["Priority"] == "10"
    assert described(dev_account, ids["Targets"])["LoadBalancerArns"] == []


@pytest.mark.parametrize("priority", [0, 50_001])
def test_a_priority_outside_the_limits_is_refused(
    stack: Stack, exports: dict[str, str], priority: int
) -> None:
    assert stack.attempt(resources(exports, Priority=priority)) == "ROLLBACK_COMPLETE"
    assert "must be between 1 and 50000" in stack.failures()[0]


def test_a_priority_is_taken_once(stack: Stack, exports: dict[str, str]) -> None:
    twice = resources(exports)
    twice["Second"] = {**twice["Rule"], "DependsOn": "Rule"}
    assert stack.attempt(twice) == "ROLLBACK_COMPLETE"
    assert "Priority '9' is currently in use" in stack.failures()[0]
