"""Scaling, alarms and service discovery in the sandbox."""

from __future__ import annotations

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource
from tests.sandbox.models.specimens import (
    EVENT_RULE,
    ONE_METRIC,
    POLICY,
    POLICY_TYPE,
    TRACKING,
    scaling,
)


def test_a_policy_brings_alarms(stack: Stack, dev_account: Account) -> None:
    ids = stack.deploy(scaling())
    client = dev_account.client("application-autoscaling")
    (policy,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert ids["Policy"] == policy["PolicyARN"]
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


def test_an_event_rule_shows_changes_and_goes_with_its_stack(
    stack: Stack, dev_account: Account
) -> None:
    events = dev_account.client("events")
    stack.deploy({"R": resource("AWS::Events::Rule", EVENT_RULE)})
    other = [{"Id": "other", "Arn": "arn:aws:sns:us-east-1:111111111111:others"}]
    stack.deploy({"R": resource("AWS::Events::Rule", {**EVENT_RULE, "Targets": other})})
    assert events.list_targets_by_rule(Rule="specimen")["Targets"] == other
    stack.delete()
    assert events.list_rules()["Rules"] == []


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


def test_a_namespace_has_a_hosted_zone_and_goes_with_its_services(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    namespace = {"Name": "specimen.internal", "Vpc": exports["VpcId"]}
    service = {"Name": "agent", "NamespaceId": {"Ref": "Space"}}
    ids = stack.deploy(
        {
            "Space": resource("AWS::ServiceDiscovery::PrivateDnsNamespace", namespace),
            "Service": resource("AWS::ServiceDiscovery::Service", service),
        }
    )
    discovery = dev_account.client("servicediscovery")
    space = discovery.get_namespace(Id=ids["Space"])["Namespace"]
    zone_id = space["Properties"]["DnsProperties"]["HostedZoneId"]
    zone = dev_account.client("route53").get_hosted_zone(Id=zone_id)
    assert zone["HostedZone"]["Name"] == "specimen.internal."
    assert zone["VPCs"] == [{"VPCRegion": "us-east-1", "VPCId": exports["VpcId"]}]
    stack.delete()
    assert discovery.list_namespaces()["Namespaces"] == []
    assert discovery.list_services()["Services"] == []
