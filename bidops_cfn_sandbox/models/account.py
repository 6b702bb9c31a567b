"""What is named and kept for an account: roles, log groups, repositories, buckets, keys, rules."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept, passed
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf
from bidops_cfn_sandbox.resource_type import Place, Request

SESSION_SECONDS = 3600  # of a role that says nothing
BUS = "default"


def _set_tags(request: Request, made: Any) -> None:
    made.tags = request.tag_list


def _write_role(request: Request, role: Any) -> None:
    iam, properties = backend_of(request.place, "iam"), request.properties
    iam.update_assume_role_policy(role.name, json.dumps(properties["AssumeRolePolicyDocument"]))
    role.permissions_boundary_arn = None
    if "PermissionsBoundary" in properties:
        iam.put_role_permissions_boundary(role.name, properties["PermissionsBoundary"])
    role.policies.clear()
    for policy in properties.get("Policies", []):
        iam.put_role_policy(role.name, policy["PolicyName"], json.dumps(policy["PolicyDocument"]))
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, role.name)
    for arn in properties.get("ManagedPolicyArns", []):
        iam.attach_role_policy(arn, role.name)


def _delete_role(request: Request, physical_id: str) -> None:
    iam = backend_of(request.place, "iam")
    role = iam.get_role(physical_id)
    role.policies.clear()
    for arn in list(role.managed_policies):
        iam.detach_role_policy(arn, role.name)
    iam.delete_role(physical_id)


def _write_log_group(request: Request, group: Any) -> None:
    group.set_retention_policy(request.properties.get("RetentionInDays"))
    backend_of(request.place, "logs").tag_resource(group.arn, dict(request.tags))


def _create_bucket(request: Request) -> Any:
    place, properties = request.place, request.properties
    name = properties.get("BucketName") or request.name(63).lower()
    s3 = backend_of(place, "s3")
    s3.create_bucket(name, place.region)
    s3.put_public_access_block(name, properties["PublicAccessBlockConfiguration"])
    rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default = rules[0]["ServerSideEncryptionByDefault"]
    s3.put_bucket_encryption(name, {"Rule": {"ApplyServerSideEncryptionByDefault": dict(default)}})
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(name, properties["VersioningConfiguration"]["Status"])
    return SimpleNamespace(id=name, arn=f"arn:{place.partition}:s3:::{name}")


def _create_rule(request: Request) -> Any:
    name = request.properties.get("Name") or request.name(64)
    return SimpleNamespace(id=name, arn=request.place.arn("events", f"rule/{name}"))


def _write_rule(request: Request, rule: Any) -> None:
    events, properties = backend_of(request.place, "events"), request.properties
    events.put_rule(
        name=rule.id,
        description=properties.get("Description"),
        event_bus_arn=BUS,
        event_pattern=json.dumps(properties["EventPattern"]),
        state=properties.get("State") or "ENABLED",
        tags=request.tag_list,
    )
    _remove_targets(events, rule.id)
    targets = [dict(one) for one in properties.get("Targets", [])]
    if targets:
        events.put_targets(rule.id, BUS, targets)


def _delete_rule(request: Request, physical_id: str) -> None:
    events = backend_of(request.place, "events")
    _remove_targets(events, physical_id)
    events.delete_rule(physical_id, BUS)


def _remove_targets(events: Any, rule: str) -> None:
    found, _ = events.list_targets_by_rule(rule, BUS)
    if found:
        events.remove_targets(rule, BUS, [one["Id"] for one in found])


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
            "Tags": Row(TAGS),
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
            "Tags": Row(TAGS),
        },
        "create_log_group",
        "delete_log_group",
        lambda logs, name: logs.groups[name],
        attributes={"Arn": lambda made: f"{made.arn}:*"},
        id="name",
        write=_write_log_group,
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
            "Tags": Row(TAGS),
        },
        "create_repository",
        lambda request, id_: backend_of(request.place, "ecr").delete_repository(id_, force=True),
        attributes={"Arn": "arn", "RepositoryUri": "uri"},
        id="name",
        tag=lambda request, made: backend_of(request.place, "ecr").tagger.tag_resource(
            made.arn, request.tag_list
        ),
        updates=False,
        named="RepositoryName",
        more={
            "registry_id": None,
            "encryption_config": {"encryptionType": "AES256"},
            "tags": [],
        },
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
                    "BlockPublicAcls": Leaf.BOOLEAN,
                    "BlockPublicPolicy": Leaf.BOOLEAN,
                    "IgnorePublicAcls": Leaf.BOOLEAN,
                    "RestrictPublicBuckets": Leaf.BOOLEAN,
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
            "Tags": Row(TAGS),
        },
        "create_key",
        lambda request, id_: backend_of(request.place, "kms").schedule_key_deletion(id_, 7),
        attributes={"Arn": "arn", "KeyId": "id"},
        tag=lambda request, made: backend_of(request.place, "kms").tag_resource(
            made.id, dict(request.tags)
        ),
        updates=False,
        more={"key_usage": "ENCRYPT_DECRYPT", "key_spec": "SYMMETRIC_DEFAULT", "tags": []},
    ),
    Model(
        "AWS::Events::Rule",
        "events",
        {
            "Description": Row(Leaf.STRING),
            "EventPattern": Row(Leaf.DOCUMENT, required=True),
            "Name": Row(Leaf.STRING, fixed=True),
            "State": Row(Leaf.STRING),
            "Tags": Row(TAGS),
            "Targets": Row([{"Arn": Leaf.STRING, "Id": Leaf.STRING}]),
        },
        _create_rule,
        _delete_rule,
        lambda events, name: SimpleNamespace(
            id=name, arn=Place(events.account_id, events.region_name).arn("events", f"rule/{name}")
        ),
        attributes={"Arn": "arn"},
        write=_write_rule,
        named="Name",
    ),
)
