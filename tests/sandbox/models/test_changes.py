"""What changes of resources do, in place or by new ones, and what their deletion leaves."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, allow, resource
from tests.sandbox.models.specimens import (
    EVENT_RULE,
    GROUP_TYPE,
    ONE_METRIC,
    POLICY,
    POLICY_TYPE,
    TASK,
    TRACKING,
    balanced,
    resources,
    role,
    scaling,
    target_group,
)


def test_a_revision_that_no_service_runs_is_missing(dev_account: Account) -> None:
    arn = "arn:aws:ecs:us-east-1:111111111111:service-revision/c/s/1"
    answer = dev_account.client("ecs").describe_service_revisions(serviceRevisionArns=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_a_new_task_definition_is_a_new_revision_that_the_service_runs(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    before = stack.deploy(resources(exports))
    first = dev_account.service("specimen", "specimen")["deployments"][0]["id"]
    changed = resources(exports)
    changed["Task"]["Properties"] = copy.deepcopy(TASK)
    changed["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = "app:2"
    after = stack.deploy(changed)
    found = dev_account.service("specimen", "specimen")
    old = dev_account.client("ecs").describe_task_definition(taskDefinition=before["Task"])
    assert int(after["Task"].rsplit(":", 1)[1]) == int(before["Task"].rsplit(":", 1)[1]) + 1
    assert found["taskDefinition"] == after["Task"]
    assert found["deployments"][0]["id"] != first
    assert dev_account.container(after["Task"])["image"] == "app:2"
    assert old["taskDefinition"]["status"] == "INACTIVE"


def test_a_new_service_without_a_count_starts_one_task(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports, DesiredCount=None))
    assert dev_account.service("specimen", "specimen")["desiredCount"] == 1


def test_a_service_that_its_own_api_deleted_has_no_task_and_cannot_be_updated(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports))
    ecs = dev_account.client("ecs")
    ecs.delete_service(cluster="specimen", service="specimen", force=True)
    found = dev_account.service("specimen", "specimen")
    assert (found["status"], found["desiredCount"], found["runningCount"]) == ("INACTIVE", 0, 0)
    assert ecs.list_tasks(cluster="specimen", serviceName="specimen")["taskArns"] == []
    status = stack.attempt(resources(exports, HealthCheckGracePeriodSeconds=90))
    assert status == "UPDATE_ROLLBACK_FAILED"
    assert any("Service was not ACTIVE" in one for one in stack.failures())


def test_a_deleted_service_is_inactive_and_its_cluster_with_it(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(resources(exports))
    stack.delete()
    found = dev_account.service("specimen", "specimen")
    (cluster,) = dev_account.client("ecs").describe_clusters(clusters=["specimen"])["clusters"]
    assert (found["status"], found["runningCount"]) == ("INACTIVE", 0)
    assert (cluster["status"], cluster["activeServicesCount"]) == ("INACTIVE", 0)
    with pytest.raises(dev_account.client("elbv2").exceptions.TargetGroupNotFoundException):
        dev_account.client("elbv2").describe_target_groups(TargetGroupArns=[ids["Targets"]])


def test_an_update_leaves_no_old_permission_behind(stack: Stack, dev_account: Account) -> None:
    stack.deploy({"R": resource("AWS::IAM::Role", role())})
    policies = [{"PolicyName": "two", "PolicyDocument": allow("s3:PutObject")}]
    changed = role(Policies=policies, ManagedPolicyArns=None, PermissionsBoundary=None)
    stack.deploy({"R": resource("AWS::IAM::Role", changed)})
    iam = dev_account.client("iam")
    assert iam.list_role_policies(RoleName="specimen")["PolicyNames"] == ["two"]
    assert iam.list_attached_role_policies(RoleName="specimen")["AttachedPolicies"] == []
    assert "PermissionsBoundary" not in iam.get_role(RoleName="specimen")["Role"]


def test_a_malformed_policy_fails_the_stack_and_leaves_no_role(
    stack: Stack, dev_account: Account
) -> None:
    policies = [{"PolicyName": "bad", "PolicyDocument": {"Version": "2012-10-17"}}]
    status = stack.attempt({"R": resource("AWS::IAM::Role", role(Policies=policies))})
    assert status == "ROLLBACK_COMPLETE"
    assert "Syntax errors in policy" in stack.failures()[0]
    iam = dev_account.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="specimen")


def test_a_log_group_loses_retention_and_key_with_the_template(
    stack: Stack, dev_account: Account
) -> None:
    key = "arn:aws:kms:us-east-1:111111111111:key/1"
    both = {"LogGroupName": "specimen", "RetentionInDays": 7, "KmsKeyId": key}
    stack.deploy({"L": resource("AWS::Logs::LogGroup", both)})
    stack.deploy({"L": resource("AWS::Logs::LogGroup", {"LogGroupName": "specimen"})})
    logs = dev_account.client("logs")
    (found,) = logs.describe_log_groups(logGroupNamePrefix="specimen")["logGroups"]
    assert not {"retentionInDays", "kmsKeyId"} & set(found)


def described(account: Account, arn: str) -> dict[str, Any]:
    (found,) = account.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    group: dict[str, Any] = found
    return group


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


def test_a_rule_changes_in_place_and_frees_what_it_pointed_at(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(balanced(exports))
    attached = described(dev_account, ids["Targets"])["LoadBalancerArns"]
    assert attached == [exports["PublicAlbArn"]]
    gone = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    after = stack.deploy(balanced(exports, Priority=10, Actions=gone))
    (found,) = dev_account.client("elbv2").describe_rules(RuleArns=[after["Rule"]])["Rules"]
    assert after["Rule"] == ids["Rule"]
    assert found["Priority"] == "10"
    assert described(dev_account, ids["Targets"])["LoadBalancerArns"] == []


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
