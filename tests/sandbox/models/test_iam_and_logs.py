"""Roles and log groups in the sandbox."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.specimen import Stack, resource
from tests.sandbox.models.specimens import allow, role


@pytest.fixture(scope="module", autouse=True)
def managed_policy(dev_account: Account) -> None:
    dev_account.client("iam").create_policy(
        PolicyName="managed", PolicyDocument=json.dumps(allow("s3:ListAllMyBuckets"))
    )


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


def test_a_retained_log_group_outlives_its_stack(stack: Stack, dev_account: Account) -> None:
    name = stack.deploy({"L": resource("AWS::Logs::LogGroup", {}, DeletionPolicy="Retain")})["L"]
    stack.delete()
    found = dev_account.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert [item["logGroupName"] for item in found] == [name]
