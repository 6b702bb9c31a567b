"""Specimens of all types but ECS's: resources that set every property of their type."""

from __future__ import annotations

from typing import Any

from tests.sandbox.models.specimen import TAGS, resource

GROUP_TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE_TYPE = "AWS::ElasticLoadBalancingV2::ListenerRule"


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
TRACKING: dict[str, Any] = {
    "TargetValue": 70.0,
    "ScaleInCooldown": 300,
    "ScaleOutCooldown": 300,
    "DisableScaleIn": False,
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "ECSServiceAverageCPUUtilization",
        "ResourceLabel": "label",
    },
}
POLICY: dict[str, Any] = {
    "PolicyName": "cpu",
    "PolicyType": "TargetTrackingScaling",
    "ScalingTargetId": {"Ref": "Target"},
    "TargetTrackingScalingPolicyConfiguration": TRACKING,
}
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


ALARM: dict[str, Any] = {
    "AlarmName": "specimen",
    "AlarmDescription": "Specimen",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:sns:us-east-1:111111111111:a"],
    "OKActions": ["arn:aws:sns:us-east-1:111111111111:b"],
    "InsufficientDataActions": ["arn:aws:sns:us-east-1:111111111111:c"],
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 70.5,
    "TreatMissingData": "breaching",
    "Tags": TAGS,
}
ONE_METRIC: dict[str, Any] = {
    **ALARM,
    "Namespace": "AWS/ECS",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "ClusterName", "Value": "c"}],
    "Period": 60,
    "Statistic": "Average",
    "Unit": "Percent",
}
PERCENTILE: dict[str, Any] = {
    key: value for key, value in ONE_METRIC.items() if key != "Statistic"
} | {"ExtendedStatistic": "p99"}
MATH: dict[str, Any] = {
    **ALARM,
    "Metrics": [
        {
            "Id": "running",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "ECS/ContainerInsights",
                    "MetricName": "RunningTaskCount",
                    "Dimensions": [{"Name": "ClusterName", "Value": "c"}],
                },
                "Period": 60,
                "Stat": "Average",
                "Unit": "Count",
            },
        },
        {
            "Id": "deficit",
            "Expression": "2 - running",
            "Label": "Missing",
            "ReturnData": True,
            "Period": 60,
        },
    ],
}


EVENT_RULE: dict[str, Any] = {
    "Name": "specimen",
    "Description": "specimen",
    "EventPattern": {"source": ["aws.ecs"], "detail": {"stopCode": ["SpotInterruption"]}},
    "State": "DISABLED",
    "Tags": TAGS,
    "Targets": [{"Id": "topic", "Arn": "arn:aws:sns:us-east-1:111111111111:ops"}],
}


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


def allow(action: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}],
    }


def role(**changed: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "RoleName": "specimen",
        "Path": "/bidops/",
        "Description": "Specimen",
        "MaxSessionDuration": 7200,
        "AssumeRolePolicyDocument": TRUST,
        "PermissionsBoundary": BOUNDARY,
        "ManagedPolicyArns": [MANAGED],
        "Policies": [{"PolicyName": "one", "PolicyDocument": allow("s3:GetObject")}],
        "Tags": TAGS,
    }
    merged = {**properties, **changed}
    return {key: value for key, value in merged.items() if value is not None}


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
