"""E9106: who can read what tasks write to their disks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import Part
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class Storage(HouseRule):
    """Fargate encrypts with a key of its own unless the cluster names another."""

    id = "E9106"
    shortdesc = "Cluster encrypts the storage of its tasks with the key that settings name"
    description = (
        "Where settings name a key, Fargate encrypts the ephemeral storage of every task with it, "
        "image layers included; where they name none, with its own. Nothing else is configured: "
        "ECS Exec is off."
    )
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-storage-encryption.html"
    requirements = ("template",)
    fix = "Set security.storage_key_arn in params/<environment>.toml and render again"
    judges = properties("AWS::ECS::Cluster", "Configuration")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the configuration of every cluster."""
        key = world.settings.storage_key_arn
        storage = {"ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": key}}
        for cluster in world.roster.all("", Part.CLUSTER):
            yield from expect(cluster, {"Configuration": storage if key else ABSENT})
