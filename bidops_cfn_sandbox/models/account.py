"""What is named and kept for an account: roles, log groups, repositories, buckets, keys, rules."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from bidops_cfn_sandbox.models.table import Model, Row, kept, passed, tag_by
from bidops_cfn_sandbox.properties import STRINGS, Leaf, each
from bidops_cfn_sandbox.resource_type import Request

SESSION_SECONDS = 3600  # of a role that says nothing
BUS = "default"
# moto gives every key a private one, which is never used; of RSA it would take half of a start.
QUICK = "ECC_NIST_P256"


def _set_tags(_iam: Any, request: Request, role: Any) -> None:
    role.tags = request.tag_list


def _take_policies(iam: Any, role: Any) -> None:
    role.policies.clear()
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, role.name)


def _write_role(iam: Any, request: Request, role: Any) -> None:
    properties = request.properties
    iam.update_assume_role_policy(role.name, json.dumps(properties["AssumeRolePolicyDocument"]))
    role.permissions_boundary_arn = None
    if "PermissionsBoundary" in properties:
        iam.put_role_permissions_boundary(role.name, properties["PermissionsBoundary"])
    _take_policies(iam, role)
    for policy in properties.get("Policies", []):
        iam.put_role_policy(role.name, policy["PolicyName"], json.dumps(policy["PolicyDocument"]))
    for arn in properties.get("ManagedPolicyArns", []):
        iam.attach_role_policy(arn, role.name)


def _delete_role(iam: Any, _request: Request, physical_id: str) -> None:
    _take_policies(iam, iam.get_role(physical_id))
    iam.delete_role(physical_id)


def _create_bucket(s3: Any, request: Request) -> Any:
    place, properties = request.place, request.properties
    name = properties.get("BucketName") or request.name(63).lower()
    s3.create_bucket(name, place.region)
    s3.put_public_access_block(name, properties["PublicAccessBlockConfiguration"])
    rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default = rules[0]["ServerSideEncryptionByDefault"]
    s3.put_bucket_encryption(name, {"Rule": {"ApplyServerSideEncryptionByDefault": dict(default)}})
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(name, properties["VersioningConfiguration"]["Status"])
    return SimpleNamespace(id=name, arn=f"arn:{place.partition}:s3:::{name}")


def _make_symmetric(_kms: Any, _request: Request, key: Any) -> None:
    key.key_spec = "SYMMETRIC_DEFAULT"


def _write_targets(events: Any, request: Request, rule: Any) -> None:
    rule.targets.clear()
    events.put_targets(rule.name, BUS, [dict(one) for one in request.properties.get("Targets", [])])


def _delete_rule(events: Any, _request: Request, physical_id: str) -> None:
    events.describe_rule(physical_id, BUS).targets.clear()
    events.delete_rule(physical_id, BUS)


ACCOUNT_MODELS = (
    Model(
        "AWS::IAM::Role",
        "iam",
        {
            "AssumeRolePolicyDocument": Row(Leaf.DOCUMENT, required=True),
            "Description": kept(Leaf.STRING, "description", ""),
            "ManagedPolicyArns": Row(STRINGS),
            "MaxSessionDuration": kept(Leaf.INTEGER, "max_session_duration", SESSION_SECONDS),
            "Path": passed(Leaf.STRING, "path", "/"),
            "PermissionsBoundary": Row(Leaf.STRING),
            "Policies": Row([{"PolicyDocument": Leaf.DOCUMENT, "PolicyName": Leaf.STRING}]),
            "RoleName": passed(Leaf.STRING, "role_name"),
        },
        "create_role",
        _delete_role,
        lambda iam, name: iam.get_role(name),
        attributes={"Arn": "arn", "RoleId": "id"},
        id="name",
        write=_write_role,
        tag=_set_tags,
        named="RoleName",
        length=64,
        more={
            "assume_role_policy_document": "{}",
            "permissions_boundary": None,
            "description": "",
            "tags": [],
            "max_session_duration": str(SESSION_SECONDS),
        },
    ),
    Model(
        "AWS::Logs::LogGroup",
        "logs",
        {
            "KmsKeyId": kept(Leaf.STRING, "kms_key_id"),
            "LogGroupName": passed(Leaf.STRING, "log_group_name"),
            "RetentionInDays": Row(Leaf.INTEGER),
        },
        "create_log_group",
        "delete_log_group",
        lambda logs, name: logs.groups[name],
        attributes={"Arn": lambda made: f"{made.arn}:*"},
        id="name",
        write=lambda _logs, request, group: group.set_retention_policy(
            request.properties.get("RetentionInDays")
        ),
        tag=lambda logs, request, group: logs.tag_resource(group.arn, dict(request.tags)),
        named="LogGroupName",
        more={"tags": {}},
    ),
    Model(
        "AWS::ECR::Repository",
        "ecr",
        {
            "ImageScanningConfiguration": passed(
                {"ScanOnPush": Leaf.BOOLEAN},
                "image_scan_config",
                {},
                form=lambda value: {"scanOnPush": value.get("ScanOnPush", False)},
            ),
            "ImageTagMutability": passed(Leaf.STRING, "image_tag_mutability", "MUTABLE"),
            "RepositoryName": passed(Leaf.STRING, "repository_name", required=True),
        },
        "create_repository",
        lambda ecr, _request, name: ecr.delete_repository(name, force=True),
        attributes={"Arn": "arn", "RepositoryUri": "uri"},
        id="name",
        tag=tag_by("tagger"),
        updates=False,
        named="RepositoryName",
        more={"registry_id": None, "encryption_config": {"encryptionType": "AES256"}, "tags": []},
    ),
    Model(
        "AWS::S3::Bucket",
        "s3",
        {
            "BucketEncryption": Row(
                {
                    "ServerSideEncryptionConfiguration": [
                        {"ServerSideEncryptionByDefault": {"SSEAlgorithm": Leaf.STRING}}
                    ]
                },
                required=True,
            ),
            "BucketName": Row(Leaf.STRING),
            "PublicAccessBlockConfiguration": Row(
                {
                    **each(Leaf.BOOLEAN, "BlockPublicAcls", "BlockPublicPolicy"),
                    **each(Leaf.BOOLEAN, "IgnorePublicAcls", "RestrictPublicBuckets"),
                },
                required=True,
            ),
            "VersioningConfiguration": Row({"Status": Leaf.STRING}),
        },
        _create_bucket,
        "delete_bucket",
        attributes={"Arn": "arn"},
        updates=False,
        named="BucketName",
    ),
    Model(
        "AWS::KMS::Key",
        "kms",
        {
            "Description": passed(Leaf.STRING, "description", ""),
            "KeyPolicy": passed(Leaf.DOCUMENT, "policy", required=True, form=json.dumps),
        },
        "create_key",
        lambda kms, _request, id_: kms.schedule_key_deletion(id_, 7),
        attributes={"Arn": "arn", "KeyId": "id"},
        write=_make_symmetric,
        tag=lambda kms, request, key: kms.tag_resource(key.id, dict(request.tags)),
        updates=False,
        more={"key_usage": "ENCRYPT_DECRYPT", "key_spec": QUICK, "tags": []},
    ),
    Model(
        "AWS::Events::Rule",
        "events",
        {
            "Description": Row(Leaf.STRING, "description"),
            "EventPattern": Row(Leaf.DOCUMENT, "event_pattern", required=True, form=json.dumps),
            "Name": passed(Leaf.STRING, "name"),
            "State": Row(Leaf.STRING, "state"),
            "Targets": Row([each(Leaf.STRING, "Arn", "Id")]),
        },
        "put_rule",
        _delete_rule,
        attributes={"Arn": "arn"},
        id="name",
        write=_write_targets,
        tag=tag_by("tagger"),
        puts=True,
        named="Name",
        length=64,
    ),
)
