"""Scaling, alarms and service discovery in the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource, unset_of, untagged

TARGET_TYPE = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY_TYPE = "AWS::ApplicationAutoScaling::ScalingPolicy"
TAGS = [{"Key": "Owner", "Value": "platform"}]
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


def test_targets_and_policies_show_every_setting_and_bring_alarms(
    stack: Stack, dev_account: Account
) -> None:
    by_resource = {
        "ResourceId": "r",
        "ScalableDimension": "d",
        "ServiceNamespace": "n",
    }
    assert not unset_of(TARGET_TYPE, TARGET)
    assert not unset_of(POLICY_TYPE, POLICY, by_resource)
    ids = stack.deploy(scaling())
    client = dev_account.client("application-autoscaling")
    (target,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    (policy,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    resource_id = f"service/{ids['Cluster']}/{ids['Service'].rsplit('/', 1)[1]}"
    assert ids["Target"] == f"{resource_id}|ecs:service:DesiredCount|ecs"
    assert ids["Policy"] == policy["PolicyARN"]
    assert (target["ResourceId"], target["MinCapacity"], target["MaxCapacity"]) == (
        resource_id,
        2,
        10,
    )
    assert target["RoleARN"] == TARGET["RoleARN"]
    assert policy["PolicyName"] == "cpu"
    assert policy["TargetTrackingScalingPolicyConfiguration"] == TRACKING
    names = [alarm["AlarmName"] for alarm in policy["Alarms"]]
    alarms = dev_account.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    high = next(a for a in alarms if a["ComparisonOperator"] == "GreaterThanThreshold")
    assert (high["Threshold"], high["EvaluationPeriods"], high["Period"]) == (70, 3, 60)


def test_capacity_and_target_value_change_in_place(stack: Stack, dev_account: Account) -> None:
    before = stack.deploy(scaling())
    changed = scaling(MaxCapacity=20)
    changed["Policy"] = resource(
        POLICY_TYPE,
        {**POLICY, "TargetTrackingScalingPolicyConfiguration": {**TRACKING, "TargetValue": 50}},
    )
    after = stack.deploy(changed)
    client = dev_account.client("application-autoscaling")
    (target,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    (policy,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert after == before
    assert target["MaxCapacity"] == 20
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50
    assert policy["PolicyARN"] == before["Policy"]
    stack.delete()
    assert client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert dev_account.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def test_the_arn_of_a_service_is_no_resource_id(stack: Stack) -> None:
    wrong = {"Fn::Sub": "service/${Cluster}/${Service}"}
    assert stack.attempt(scaling(ResourceId=wrong)) == "ROLLBACK_COMPLETE"
    assert stack.failures()


def test_a_minimum_above_the_maximum_is_refused(stack: Stack) -> None:
    assert stack.attempt(scaling(MinCapacity=11)) == "ROLLBACK_COMPLETE"
    assert "Maximum capacity cannot be less" in stack.failures()[0]


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


def test_an_event_rule_shows_changes_and_goes_with_its_stack(
    stack: Stack, dev_account: Account
) -> None:
    events = dev_account.client("events")
    stack.deploy({"R": resource("AWS::Events::Rule", EVENT_RULE)})
    (rule,) = events.list_rules()["Rules"]
    assert json.loads(rule["EventPattern"]) == EVENT_RULE["EventPattern"]
    assert (rule["State"], rule["Description"]) == ("DISABLED", "specimen")
    other = [{"Id": "other", "Arn": "arn:aws:sns:us-east-1:111111111111:others"}]
    stack.deploy({"R": resource("AWS::Events::Rule", {**EVENT_RULE, "Targets": other})})
    assert events.list_targets_by_rule(Rule="specimen")["Targets"] == other
    assert untagged(events.list_tags_for_resource(ResourceARN=rule["Arn"])["Tags"]) == {
        "Owner": "platform"
    }
    stack.delete()
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize("properties", [ONE_METRIC, PERCENTILE, MATH])
def test_an_alarm_shows_every_property(
    stack: Stack, dev_account: Account, properties: dict[str, Any]
) -> None:
    stack.deploy({"A": resource("AWS::CloudWatch::Alarm", properties)})
    cloudwatch = dev_account.client("cloudwatch")
    (found,) = cloudwatch.describe_alarms(AlarmNames=["specimen"])["MetricAlarms"]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
    for name, value in properties.items():
        if name != "Tags":
            assert found[name] == value, name
    assert untagged(tags) == {"Owner": "platform"}
    assert found["StateValue"] == "INSUFFICIENT_DATA"


def test_the_alarm_specimens_leave_nothing_out() -> None:
    assert not unset_of("AWS::CloudWatch::Alarm", ONE_METRIC, PERCENTILE, MATH)


def test_an_alarm_changes_in_place_and_goes_with_its_stack(
    stack: Stack, dev_account: Account
) -> None:
    stack.deploy({"A": resource("AWS::CloudWatch::Alarm", ONE_METRIC)})
    stack.deploy({"A": resource("AWS::CloudWatch::Alarm", {**ONE_METRIC, "Threshold": 80})})
    cloudwatch = dev_account.client("cloudwatch")
    (found,) = cloudwatch.describe_alarms(AlarmNames=["specimen"])["MetricAlarms"]
    assert found["Threshold"] == 80
    stack.delete()
    assert cloudwatch.describe_alarms(AlarmNames=["specimen"])["MetricAlarms"] == []


def test_metric_math_returns_one_series(stack: Stack) -> None:
    metrics = [{**item, "ReturnData": True} for item in MATH["Metrics"]]
    status = stack.attempt({"A": resource("AWS::CloudWatch::Alarm", {**MATH, "Metrics": metrics})})
    assert status == "ROLLBACK_COMPLETE"
    assert "Exactly one element" in stack.failures()[0]


def test_a_namespace_and_its_service_show_every_property(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    namespace = {
        "Name": "specimen.internal",
        "Vpc": exports["VpcId"],
        "Description": "Specimen",
        "Properties": {"DnsProperties": {"SOA": {"TTL": 5}}},
        "Tags": TAGS,
    }
    service = {
        "Name": "agent",
        "Description": "Agent",
        "NamespaceId": {"Ref": "Space"},
        "DnsConfig": {
            "NamespaceId": {"Ref": "Space"},
            "RoutingPolicy": "MULTIVALUE",
            "DnsRecords": [{"Type": "A", "TTL": "5"}],
        },
        "HealthCheckCustomConfig": {"FailureThreshold": 1},
        "Tags": TAGS,
    }
    assert not unset_of("AWS::ServiceDiscovery::PrivateDnsNamespace", namespace)
    assert not unset_of("AWS::ServiceDiscovery::Service", service)
    ids = stack.deploy(
        {
            "Space": resource("AWS::ServiceDiscovery::PrivateDnsNamespace", namespace),
            "Service": resource("AWS::ServiceDiscovery::Service", service),
        }
    )
    discovery = dev_account.client("servicediscovery")
    space = discovery.get_namespace(Id=ids["Space"])["Namespace"]
    found = discovery.get_service(Id=ids["Service"])["Service"]
    zone_id = space["Properties"]["DnsProperties"]["HostedZoneId"]
    zone = dev_account.client("route53").get_hosted_zone(Id=zone_id)
    assert (space["Name"], space["Description"]) == ("specimen.internal", "Specimen")
    assert space["Properties"]["DnsProperties"]["SOA"] == {"TTL": 5}
    assert zone["HostedZone"]["Name"] == "specimen.internal."
    assert zone["VPCs"] == [{"VPCRegion": "us-east-1", "VPCId": exports["VpcId"]}]
    assert found["DnsConfig"] == {
        "NamespaceId": ids["Space"],
        "RoutingPolicy": "MULTIVALUE",
        "DnsRecords": [{"Type": "A", "TTL": 5}],
    }
    assert found["HealthCheckCustomConfig"] == {"FailureThreshold": 1}
    assert (found["Name"], found["Description"]) == ("agent", "Agent")
    tags = discovery.list_tags_for_resource(ResourceARN=found["Arn"])["Tags"]
    assert untagged(tags) == {"Owner": "platform"}
    stack.delete()
    assert discovery.list_namespaces()["Namespaces"] == []
    assert discovery.list_services()["Services"] == []
