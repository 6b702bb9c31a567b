"""The rest of the account that preflight asks: identity, images, secrets, prefix lists, alarms."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.registry import FIRST_SCHEMA
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


class ScriptedAccount:
    def __init__(self, wire: ScriptedWire, account_id: str, prefix_list: str) -> None:
        self.account_id = account_id
        self.images: set[str] | None = None  # tags and digests; None: every image exists
        self.secrets: set[str] | None = None  # parameter names; None: every secret exists
        self.changed: dict[str, datetime] = {}  # when parameters were, where not long ago
        self.managed: dict[str, Json] = {}  # what Secrets Manager says of secrets
        self.digests: dict[str, str] = {}  # of tags; ECR names no digest of another one
        self.prefix_lists = {prefix_list: "com.amazonaws.us-east-1.s3"}
        self.alarms: dict[str, str] = {}
        self.key = "alias/aws/ssm"  # of every parameter
        self.parameter_type = "SecureString"
        self.missing_repositories: set[str] = set()
        self.pushed: list[Json] = []  # what a repository lists
        self.platforms: tuple[str, ...] | None = (
            "linux/amd64",
            "unknown/unknown",
        )  # None: no index
        self.translated: dict[str, Json] = {}  # manifests in Docker's first schema, by tag
        self.manifests: tuple[str, ...] = ()  # digests in an index, beside those of platforms
        self.scanned: dict[str, Json] = {}  # answers of the scan by tag or digest
        self.frequency = "MANUAL"  # of scanning
        self.signing: list[Json] = []  # the registry's rules; none: it is not set up
        self.signed: dict[str, list[Json]] = {}  # what the rules did, by digest
        self.referrers: dict[str, list[str]] = {}  # types of artifacts, by digest
        wire.serve(self)

    def get_caller_identity(self) -> Json:
        arn = f"arn:aws:sts::{self.account_id}:assumed-role/Deployer/night"
        return {"Account": self.account_id, "Arn": arn, "UserId": "AROA:night"}

    def describe_images(
        self,
        repositoryName: str,
        imageIds: list[dict[str, str]] | None = None,
        **_: Any,
    ) -> Json:
        if repositoryName in self.missing_repositories:
            raise NotFound(
                Call.DESCRIBE_IMAGES, "no such repository", "RepositoryNotFoundException"
            )
        if imageIds is None:
            return {"imageDetails": self.pushed}
        wanted = imageIds[0].get("imageTag") or imageIds[0]["imageDigest"]
        if self.images is not None and wanted not in self.images:
            raise NotFound(Call.DESCRIBE_IMAGES, "no such image", "ImageNotFoundException")
        digest = {"imageDigest": self.digests[wanted]} if wanted in self.digests else {}
        return {"imageDetails": [{"imageTags": [wanted], **digest}]}

    def batch_get_image(
        self,
        acceptedMediaTypes: list[str],
        imageIds: list[dict[str, str]],
        **_: Any,
    ) -> Json:
        if self.platforms is None and acceptedMediaTypes == [FIRST_SCHEMA]:
            known = self.translated.get(imageIds[0].get("imageTag", ""))
            return {"images": [{"imageManifest": json.dumps(known)}] if known else []}
        if self.platforms is None:
            return {"images": [{"imageManifest": json.dumps({"schemaVersion": 2, "layers": []})}]}
        listed = [
            {"platform": dict(zip(("os", "architecture"), one.split("/"), strict=True))}
            for one in self.platforms
        ]
        more = [{"digest": one} for one in self.manifests]
        return {"images": [{"imageManifest": json.dumps({"manifests": [*listed, *more]})}]}

    def describe_image_scan_findings(self, imageId: Json, **_: Any) -> Json:
        answer = next((self.scanned[one] for one in imageId.values() if one in self.scanned), None)
        if answer is None:
            raise NotFound(Call.DESCRIBE_SCAN_FINDINGS, "no scan", "ScanNotFoundException")
        return answer

    def batch_get_repository_scanning_configuration(
        self,
        repositoryNames: list[str],
    ) -> Json:
        named = [
            {"repositoryName": one, "scanFrequency": self.frequency} for one in repositoryNames
        ]
        return {"scanningConfigurations": named}

    def get_signing_configuration(self) -> Json:
        if not self.signing:
            code = "SigningConfigurationNotFoundException"
            raise NotFound(Call.GET_SIGNING_CONFIGURATION, "not set up", code)
        return {"signingConfiguration": {"rules": self.signing}}

    def describe_image_signing_status(self, imageId: Json, **_: Any) -> Json:
        return {"signingStatuses": self.signed.get(imageId["imageDigest"], [])}

    def list_image_referrers(self, subjectId: Json, filter: Json, **_: Any) -> Json:  # noqa: A002
        kinds = self.referrers.get(subjectId["imageDigest"], [])
        return {
            "referrers": [
                {"digest": f"sha256:{'f' * 64}", "mediaType": "m", "artifactType": one, "size": 1}
                for one in kinds
                if one in filter["artifactTypes"]
            ]
        }

    def describe_parameters(self, ParameterFilters: list[Json]) -> Json:
        names = ParameterFilters[0]["Values"]
        known = names if self.secrets is None else [name for name in names if name in self.secrets]
        return {
            "Parameters": [
                {
                    "Name": name,
                    "Type": self.parameter_type,
                    "KeyId": self.key,
                    "LastModifiedDate": self.changed.get(name, LONG_AGO),
                }
                for name in known
            ]
        }

    def describe_secret(self, SecretId: str) -> Json:
        if self.secrets is not None and SecretId not in self.secrets:
            raise NotFound(Call.DESCRIBE_SECRET, "no such secret", "ResourceNotFoundException")
        return {"ARN": SecretId, "LastChangedDate": LONG_AGO, **self.managed.get(SecretId, {})}

    def describe_managed_prefix_lists(self, PrefixListIds: list[str]) -> Json:
        name = self.prefix_lists.get(PrefixListIds[0])
        if name is None:
            raise NotFound(
                Call.DESCRIBE_PREFIX_LISTS, "no such list", "InvalidPrefixListID.NotFound"
            )
        return {"PrefixLists": [{"PrefixListId": PrefixListIds[0], "PrefixListName": name}]}

    def describe_alarms(self, AlarmNames: list[str], **_: Any) -> Json:
        return {
            "MetricAlarms": [
                {"AlarmName": name, "StateValue": self.alarms[name]}
                for name in AlarmNames
                if name in self.alarms
            ]
        }
