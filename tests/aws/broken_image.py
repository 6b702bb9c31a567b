"""Images for the acceptance: one that is another's twin, and one that cannot start, both ours.

They are tagged in the environment's own repository and taken away at the end, by tag alone: the
image that stood there before keeps its own tag.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

TWIN = "bidops-cfn-acceptance"
BROKEN = "bidops-cfn-acceptance-broken"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
EMPTY_TAR = bytes(1024)
# A repository as ECR's calls are told it: registryId and repositoryName.
Where = Mapping[str, str]


def find_newest(ecr: Any, where: Where) -> str:
    """Return a tag of the newest image; raises ``LookupError`` where none has a tag."""
    pages = ecr.get_paginator("describe_images").paginate(**where, filter={"tagStatus": "TAGGED"})
    found = [image for page in pages for image in page["imageDetails"]]
    tags = [
        tag
        for image in sorted(found, key=lambda one: str(one["imagePushedAt"]), reverse=True)
        for tag in image["imageTags"]
        if tag not in (TWIN, BROKEN, "latest")
    ]
    if not tags:
        raise LookupError(f"no image with a tag in {where['repositoryName']}")
    return str(tags[0])


def tag_twin(ecr: Any, where: Where, tag: str) -> None:
    """Give the image ``tag`` the second tag ``TWIN``."""
    answer = ecr.batch_get_image(**where, imageIds=[{"imageTag": tag}])
    put(ecr, where, TWIN, answer["images"][0]["imageManifest"])


def push_broken(ecr: Any, where: Where) -> None:
    """Push an image whose file system is empty: its command does not exist."""
    layer = gzip.compress(EMPTY_TAR, mtime=0)
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": ["/does-not-exist"]},
            "rootfs": {"type": "layers", "diff_ids": [digest(EMPTY_TAR)]},
        }
    ).encode()
    for blob in (layer, config):
        upload(ecr, where, blob)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": describe(CONFIG, config),
        "layers": [describe(LAYER, layer)],
    }
    put(ecr, where, BROKEN, json.dumps(manifest))


def upload(ecr: Any, where: Where, blob: bytes) -> None:
    """Upload one blob; one that is there already is fine."""
    upload_id = ecr.initiate_layer_upload(**where)["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": len(blob) - 1, "layerPartBlob": blob}
    ecr.upload_layer_part(**where, uploadId=upload_id, **part)
    with contextlib.suppress(ecr.exceptions.LayerAlreadyExistsException):
        ecr.complete_layer_upload(**where, uploadId=upload_id, layerDigests=[digest(blob)])


def put(ecr: Any, where: Where, tag: str, manifest: str) -> None:
    """Tag a manifest; a tag that stands there already for the same is fine."""
    with contextlib.suppress(ecr.exceptions.ImageAlreadyExistsException):
        ecr.put_image(**where, imageManifest=manifest, imageTag=tag)


def take_away(ecr: Any, where: Where) -> str:
    """Remove both tags and return what stands against it, or ""."""
    try:
        ecr.batch_delete_image(**where, imageIds=[{"imageTag": TWIN}, {"imageTag": BROKEN}])
    except ClientError as error:
        return str(error)
    return ""


def describe(kind: str, blob: bytes) -> dict[str, Any]:
    """Return what a manifest says of a blob."""
    return {"mediaType": kind, "size": len(blob), "digest": digest(blob)}


def digest(blob: bytes) -> str:
    """Return the digest of a blob as registries write it."""
    return f"sha256:{hashlib.sha256(blob).hexdigest()}"
