"""Roles and log groups in the sandbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource, unset_of, untagged

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


@pytest.fixture(scope="module", autouse=True)
def managed_policy(dev_account: Account) -> None:
    dev_account.client("iam").create_policy(
        PolicyName="managed", PolicyDocument=json.dumps(allow("s3:ListAllMyBuckets"))
    )


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
        "Tags": [{"Key": "Owner", "Value": "platform"}],
    }
    merged = {**properties, **changed}
    return {key: value for key, value in merged.items() if value is not None}


def test_a_role_shows_trust_policies_and_boundary(stack: Stack, dev_account: Account) -> None:
    assert not unset_of("AWS::IAM::Role", role())
    assert stack.deploy({"R": resource("AWS::IAM::Role", role())}) == {"R": "specimen"}
    iam = dev_account.client("iam")
    found = iam.get_role(RoleName="specimen")["Role"]
    policy = iam.get_role_policy(RoleName="specimen", PolicyName="one")
    attached = iam.list_attached_role_policies(RoleName="specimen")["AttachedPolicies"]
    assert found["Arn"] == "arn:aws:iam::111111111111:role/bidops/specimen"
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert found["Description"] == "Specimen"
    assert found["MaxSessionDuration"] == 7200
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert untagged(found["Tags"]) == {"Owner": "platform"}
    assert policy["PolicyDocument"] == allow("s3:GetObject")
    assert [item["PolicyArn"] for item in attached] == [MANAGED]


def test_an_update_leaves_no_old_permission_behind(stack: Stack, dev_account: Account) -> None:
    stack.deploy({"R": resource("AWS::IAM::Role", role())})
    policies = [{"PolicyName": "two", "PolicyDocument": allow("s3:PutObject")}]
    changed = role(Policies=policies, ManagedPolicyArns=None, PermissionsBoundary=None)
    stack.deploy({"R": resource("AWS::IAM::Role", changed)})
    iam = dev_account.client("iam")
    assert iam.list_role_policies(RoleName="specimen")["PolicyNames"] == ["two"]
    assert iam.list_attached_role_policies(RoleName="specimen")["AttachedPolicies"] == []
    assert "PermissionsBoundary" not in iam.get_role(RoleName="specimen")["Role"]


def test_a_deleted_role_is_gone_with_its_policies(stack: Stack, dev_account: Account) -> None:
    stack.deploy({"R": resource("AWS::IAM::Role", role())})
    stack.delete()
    iam = dev_account.client("iam")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName="specimen")


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


def test_a_role_name_is_taken_once(stack: Stack) -> None:
    second = resource("AWS::IAM::Role", role(), DependsOn="R")
    assert stack.attempt({"R": resource("AWS::IAM::Role", role()), "S": second}) == (
        "ROLLBACK_COMPLETE"
    )
    assert "specimen already exists" in stack.failures()[0]


def test_a_log_group_shows_retention_key_and_tags(stack: Stack, dev_account: Account) -> None:
    key = "arn:aws:kms:us-east-1:111111111111:key/1"
    properties = {
        "LogGroupName": "specimen",
        "RetentionInDays": 7,
        "KmsKeyId": key,
        "Tags": [{"Key": "Owner", "Value": "platform"}],
    }
    assert not unset_of("AWS::Logs::LogGroup", properties)
    stack.deploy({"L": resource("AWS::Logs::LogGroup", properties)})
    logs = dev_account.client("logs")
    (found,) = logs.describe_log_groups(logGroupNamePrefix="specimen")["logGroups"]
    assert (found["retentionInDays"], found["kmsKeyId"]) == (7, key)
    tags = logs.list_tags_for_resource(resourceArn=found["arn"].removesuffix(":*"))["tags"]
    assert tags["Owner"] == "platform"
    stack.deploy({"L": resource("AWS::Logs::LogGroup", {"LogGroupName": "specimen"})})
    (found,) = logs.describe_log_groups(logGroupNamePrefix="specimen")["logGroups"]
    assert not {"retentionInDays", "kmsKeyId"} & set(found)


def test_a_retained_log_group_outlives_its_stack(stack: Stack, dev_account: Account) -> None:
    name = stack.deploy({"L": resource("AWS::Logs::LogGroup", {}, DeletionPolicy="Retain")})["L"]
    stack.delete()
    found = dev_account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [item["logGroupName"] for item in found] == [name]
