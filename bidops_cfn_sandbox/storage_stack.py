"""StorageStack as the sandbox has it: the two image repositories, and the knowledge base bucket."""

from __future__ import annotations

from troposphere import Ref, Template, ecr, s3

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.exported import Give, export

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
    suffix = "amazonaws.com.cn" if environment.partition == "aws-cn" else "amazonaws.com"
    registry = f"{environment.account_id}.dkr.ecr.{environment.region}.{suffix}"
    for value, name in REPOSITORIES.items():
        give(template, environment, value.value, f"{registry}/{name}")
    give(template, environment, Imports.KNOWLEDGE_BASE_BUCKET.value, Ref("KnowledgeBaseBucket"))
    return str(template.to_json())


def _bucket(environment: Environment) -> s3.Bucket:
    return s3.Bucket(
        "KnowledgeBaseBucket",
        BucketName=f"bidopsai-{environment.name}-knowledge-base-{environment.account_id}",
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True,
            BlockPublicPolicy=True,
            IgnorePublicAcls=True,
            RestrictPublicBuckets=True,
        ),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[
                s3.ServerSideEncryptionRule(
                    ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(
                        SSEAlgorithm="AES256"
                    )
                )
            ]
        ),
    )
