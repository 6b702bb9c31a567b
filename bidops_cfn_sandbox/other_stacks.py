"""StorageStack and SecurityStack as the sandbox has them, and how a stack gives its values.

StorageStack has the two image repositories and the knowledge base bucket, SecurityStack the
secrets' key and the ARN of every secret. CloudFormation cannot create SecureStrings: ``contents``
puts them there, and the stack exports their ARNs, as a real SecurityStack has to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from troposphere import Export as ExportName
from troposphere import GetAtt, Join, Output, Ref, Sub, Template, ecr, kms, s3

from bidops_cfn.settings.contract import (
    Import,
    Imports,
    Kind,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import Export
from bidops_cfn_sandbox.resource_type import Place


def export(template: Template, environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value``: one export of all ``parts``, or one each where settings say so.

    A pair under one name is a comma-separated text, as list exports are.
    """
    names = [one.name for one in environment.references(value) if isinstance(one, Export)]
    values = parts if len(names) > 1 else (_joined(parts),)
    for number, (name, part) in enumerate(zip(names, values, strict=True), 1):
        _add(template, value, part, number if len(names) > 1 else "", Export=ExportName(name))


def output(template: Template, _environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value`` without an export, a pair as a comma-separated text."""
    _add(template, value, _joined(parts))


def plain_export(template: Template, _environment: Environment, value: Import, *parts: Any) -> None:
    """Add the output of ``value``, exported under its own name, without the environment's."""
    _add(template, value, _joined(parts), Export=ExportName(value.output))


def _joined(parts: Sequence[Any]) -> Any:
    return Join(",", list(parts)) if len(parts) > 1 else parts[0]


def _add(template: Template, value: Import, part: Any, number: object = "", **more: Any) -> None:
    title = f"{value.output}{number}"
    template.add_output(Output(title, Value=part, Description=value.claim, **more))


# How a stack gives a value: template, environment, the value, and its parts.
Give = Callable[..., None]


def list_not_exported(environment: Environment) -> Iterator[str]:
    """Yield each value that settings do not take from one export, or a pair from two."""
    for value in environment.contract_values:
        found = environment.references(value)
        most = 2 if value.kind is Kind.ID_PAIR else 1
        if len(found) > most or not all(isinstance(one, Export) for one in found):
            yield f"{value.key}: {', '.join(one.source for one in found)}"


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


SECRETS_KEY = "SecretsKey"


def parameter_names(environment: Environment) -> dict[str, str]:
    """Return the name of the SecureString behind each SecurityStack output of the settings."""
    outputs = {out for one in environment.services.values() for out in one.secrets.values()}
    return {output: f"/{_name(environment, output)}" for output in sorted(outputs)}


def secret_names(environment: Environment) -> dict[str, str]:
    """Return the name of the Secrets Manager secret behind each output of the settings."""
    outputs = {out for one in environment.services.values() for out in one.secrets_manager.values()}
    return {output: _name(environment, output) for output in sorted(outputs)}


def security_stack(
    environment: Environment, secret_arns: Mapping[str, str], give: Give = export
) -> str:
    """Return the template of SecurityStack; ``secret_arns`` are Secrets Manager's, by output."""
    template = Template(Description="SecurityStack of the sandbox")
    administered = {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = {"Version": "2012-10-17", "Statement": [administered]}
    template.add_resource(
        kms.Key(SECRETS_KEY, Description=f"Secrets of {environment.name}", KeyPolicy=policy)
    )
    for output, name in parameter_names(environment).items():
        arn = Sub(
            f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{name}"
        )
        give(template, environment, secret_import(output), arn)
    for output, secret_arn in secret_arns.items():
        give(template, environment, secrets_manager_import(output), secret_arn)
    for output in environment.key_outputs:
        give(template, environment, key_import(output), GetAtt(SECRETS_KEY, "Arn"))
    return str(template.to_json())


def _name(environment: Environment, output: str) -> str:
    stem = re.sub(r"(ParameterArn|SecretArn|Arn)$", "", output)
    kebab = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", stem).lower()
    return f"bidopsai/{environment.name}/{kebab}"
