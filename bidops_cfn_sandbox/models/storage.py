"""What StorageStack and SecurityStack hold: repositories, buckets and keys."""

from __future__ import annotations

import json

from moto.ecr.models import ecr_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from bidops_cfn_sandbox.properties import TAGS, Leaf
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceType


def _create_repository(request: Request) -> Made:
    place, properties = request.place, request.properties
    repository = ecr_backends[place.account_id][place.region].create_repository(
        properties["RepositoryName"],
        place.account_id,
        {"encryptionType": "AES256"},
        {"scanOnPush": properties.get("ImageScanningConfiguration", {}).get("ScanOnPush", False)},
        properties.get("ImageTagMutability", "MUTABLE"),
        request.tag_list,
    )
    return Made(repository.name, {"Arn": repository.arn, "RepositoryUri": repository.uri})


def _delete_repository(request: Request, physical_id: str) -> None:
    place = request.place
    ecr_backends[place.account_id][place.region].delete_repository(physical_id, force=True)


def _create_bucket(request: Request) -> Made:
    place, properties = request.place, request.properties
    name = properties.get("BucketName") or request.name(63).lower()
    s3 = s3_backends[place.account_id][place.partition]
    s3.create_bucket(name, place.region)
    s3.put_public_access_block(name, properties["PublicAccessBlockConfiguration"])
    rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    default = rules[0]["ServerSideEncryptionByDefault"]
    s3.put_bucket_encryption(name, {"Rule": {"ApplyServerSideEncryptionByDefault": dict(default)}})
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(name, properties["VersioningConfiguration"]["Status"])
    return Made(name, {"Arn": f"arn:{place.partition}:s3:::{name}"})


def _delete_bucket(request: Request, physical_id: str) -> None:
    place = request.place
    s3_backends[place.account_id][place.partition].delete_bucket(physical_id)


def _create_key(request: Request) -> Made:
    place, properties = request.place, request.properties
    key = kms_backends[place.account_id][place.region].create_key(
        json.dumps(properties["KeyPolicy"]),
        "ENCRYPT_DECRYPT",
        "SYMMETRIC_DEFAULT",
        properties.get("Description", ""),
        [{"TagKey": key, "TagValue": value} for key, value in request.tags.items()],
    )
    return Made(key.id, {"Arn": key.arn, "KeyId": key.id})


def _delete_key(request: Request, physical_id: str) -> None:
    place = request.place
    kms_backends[place.account_id][place.region].schedule_key_deletion(physical_id, 7)


STORAGE_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        "AWS::ECR::Repository",
        {
            "ImageScanningConfiguration": {"ScanOnPush": Leaf.BOOLEAN},
            "ImageTagMutability": Leaf.STRING,
            "RepositoryName": Leaf.STRING,
            "Tags": TAGS,
        },
        _create_repository,
        _delete_repository,
        required=frozenset({"RepositoryName"}),
        attributes=frozenset({"Arn", "RepositoryUri"}),
        named="RepositoryName",
    ),
    ResourceType(
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": Leaf.STRING}}
                ]
            },
            "BucketName": Leaf.STRING,
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": Leaf.BOOLEAN,
                "BlockPublicPolicy": Leaf.BOOLEAN,
                "IgnorePublicAcls": Leaf.BOOLEAN,
                "RestrictPublicBuckets": Leaf.BOOLEAN,
            },
            "VersioningConfiguration": {"Status": Leaf.STRING},
        },
        _create_bucket,
        _delete_bucket,
        required=frozenset({"BucketEncryption", "PublicAccessBlockConfiguration"}),
        attributes=frozenset({"Arn"}),
        named="BucketName",
    ),
    ResourceType(
        "AWS::KMS::Key",
        {"Description": Leaf.STRING, "KeyPolicy": Leaf.DOCUMENT, "Tags": TAGS},
        _create_key,
        _delete_key,
        required=frozenset({"KeyPolicy"}),
        attributes=frozenset({"Arn", "KeyId"}),
    ),
)
