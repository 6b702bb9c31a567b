"""Specimens of all types but ECS's: resources that set every property of their type."""

from __future__ import annotations

from typing import Any

from tests.sandbox.models.specimen import allow, filled, resource

GROUP_TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE_TYPE = "AWS::ElasticLoadBalancingV2::ListenerRule"


def target_group(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    given = {
        "Name": "specimen",
        "VpcId": exports["VpcId"],
        "TargetType": "ip",
        "IpAddressType": "ipv4",
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": 3000,
        "TargetGroupAttributes": {"Key": "deregistration_delay.timeout_seconds", "Value": "60"},
    }
    return filled(GROUP_TYPE, **{**given, **changed})


def rule(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "ListenerArn": exports["HttpsListenerArn"],
        "Priority": 9,
        "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}}],
        "Actions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Targets"}}],
        "Tags": [{"Key": "Owner", "Value": "platform"}],
        **changed,
    }


def balanced(exports: dict[str, str], **changed: Any) -> dict[str, Any]:
    return {
        "Targets": resource(GROUP_TYPE, target_group(exports)),
        "Rule": resource(RULE_TYPE, rule(exports, **changed)),
    }


TARGET_TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY_TYPE = "AWS::ApplicationAutoScaling::ScalingPolicy"
TARGET: dict[str, Any] = {
    "ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"},
    "ServiceNamespace": "ecs",
    "ScalableDimension": "ecs:service:DesiredCount",
    "MinCapacity": 2,
    "MaxCapacity": 10,
    "RoleARN": "arn:aws:iam::111111111111:role/scaling",
}
TRACKING = {
    "TargetValue": 70.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}
POLICY = filled(
    POLICY_TYPE,
    PolicyName="cpu",
    PolicyType="TargetTrackingScaling",
    ScalingTargetId={"Ref": "Target"},
    TargetTrackingScalingPolicyConfiguration=TRACKING,
    **dict.fromkeys(("ResourceId", "ScalableDimension", "ServiceNamespace")),
)
BASE = {
    "Cluster": resource("AWS::ECS::Cluster", {}),
    "Task": resource(
        "AWS::ECS::TaskDefinition",
        {"Memory": "512", "ContainerDefinitions": [{"Name": "a", "Image": "a"}]},
    ),
    "Service": resource(
        "AWS::ECS::Service", {"Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}}
    ),
}


def scaling(**changed: Any) -> dict[str, Any]:
    return {
        **BASE,
        "Target": resource(TARGET_TYPE, {**TARGET, **changed}),
        "Policy": resource(POLICY_TYPE, POLICY),
    }


def alarm(*without: str, **given: Any) -> dict[str, Any]:
    return filled(ALARM_TYPE, AlarmName="specimen", **dict.fromkeys(without), **given)


ALARM_TYPE = "AWS::CloudWatch::Alarm"
ONE_METRIC = alarm("Metrics", "ExtendedStatistic", Threshold=70.5)
PERCENTILE = alarm("Metrics", "Statistic", ExtendedStatistic="p99")
OF_ONE = (
    "Dimensions",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "Period",
    "Statistic",
    "Unit",
)
MATH = alarm(*OF_ONE)
EVENT_RULE = filled(
    "AWS::Events::Rule",
    Name="specimen",
    EventPattern={"source": ["aws.ecs"], "detail": {"stopCode": ["SpotInterruption"]}},
    State="DISABLED",
    Targets={"Arn": "arn:aws:sns:us-east-1:111111111111:ops"},
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
BOUNDARY = "arn:aws:iam::111111111111:policy/boundary"
MANAGED = "arn:aws:iam::111111111111:policy/managed"


def role(**changed: Any) -> dict[str, Any]:
    given = {
        "RoleName": "specimen",
        "Path": "/bidops/",
        "AssumeRolePolicyDocument": TRUST,
        "PermissionsBoundary": BOUNDARY,
        "ManagedPolicyArns": [MANAGED],
        "Policies": {"PolicyName": "one", "PolicyDocument": allow("s3:GetObject")},
    }
    return filled("AWS::IAM::Role", **{**given, **changed})


# Every kind of condition and of action that a listener rule has.
ACTIONS: tuple[list[dict[str, Any]], ...] = (
    [
        {
            "Type": "forward",
            "Order": 1,
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": {"Ref": "Targets"}, "Weight": 1}]
            },
        }
    ],
    [
        {
            "Type": "fixed-response",
            "FixedResponseConfig": {
                "StatusCode": "404",
                "ContentType": "text/plain",
                "MessageBody": "no",
            },
        }
    ],
    [
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
        }
    ],
)
RULES: tuple[dict[str, Any], ...] = (
    {},
    *(
        {"Conditions": [one]}
        for one in (
            {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*", "/b/*"]}},
            {"Field": "path-pattern", "Values": ["/c/*"]},
            {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["y"]}},
            {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["GET"]}},
            {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/16"]}},
        )
    ),
    *({"Actions": one} for one in ACTIONS),
)
