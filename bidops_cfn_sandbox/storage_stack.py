"""StorageStack as the sandbox has it: the two image repositories, and the knowledge base bucket."""

from __future__ import annotations

from troposphere import Ref, Template, ecr, s3

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.exported import Give, export
from bidops_cfn_sandbox.resource_type import Place

REPOSITORIES = {
    Imports.APP_REPOSITORY: "bidopsai/app",
    Imports.AGENT_REPOSITORY: "bidopsai/agent",
}


def storage_stack(environment: Environment, *, owns_repositories: bool, give: Give = export) -> str:
    """Return the template of StorageStack, which has its values as ``give`` says.

    Repositories are the account's: a second environment there exports what the first one owns.
    """
    template = Template(Description="StorageStack of the sandbox")
    if owns_repositories:
        for name in REPOSITORIES.values():
            template.add_resource(
                ecr.Repository(
                    f"{name.split('/')[1].capitalize()}Repository",
                    RepositoryName=name,
                    ImageTagMutability="IMMUTABLE",
                    ImageScanningConfiguration=ecr.ImageScanningConfiguration(ScanOnPush=True),
                )
            )
    template.add_resource(_bucket(environment))
    place = Place(environment.account_id, environment.region)
    registry = f"{place.account_id}.dkr.ecr.{place.region}.{place.suffix}"
    for value, name in REPOSITORIES.items():
        give(template, environment, value.value, f"{registry}/{name}")
    give(template, environment, Imports.KNOWLEDGE_BASE_BUCKET.value, Ref("KnowledgeBaseBucket"))
    return str(template.to_json())


def _bucket(environment: Environment) -> s3.Bucket:
    closed = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
    default = s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    rules = [s3.ServerSideEncryptionRule(ServerSideEncryptionByDefault=default)]
    return s3.Bucket(
        "KnowledgeBaseBucket",
        BucketName=f"bidopsai-{environment.name}-knowledge-base-{environment.account_id}",
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            **dict.fromkeys(closed, True)
        ),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        BucketEncryption=s3.BucketEncryption(ServerSideEncryptionConfiguration=rules),
    )
