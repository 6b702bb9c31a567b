"""What each role may do, one statement per purpose (FR-009, FR-016 to FR-018).

Every action is written out: a wildcard would admit actions that do not exist yet. The IAM prefix of
both Bedrock runtime APIs is ``bedrock``; the names in the specification are API names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import awacs.bedrock
import awacs.ecr
import awacs.kms
import awacs.logs
import awacs.s3
import awacs.secretsmanager
import awacs.ssm
from awacs.aws import Allow, Condition, PolicyDocument, Statement, StringEquals
from troposphere import GetAtt, Sub

from bidops_cfn import logical_ids
from bidops_cfn.contract import (
    Imports,
    key_import,
    secret_import,
    secrets_manager_import,
)
from bidops_cfn.imports import bucket_arn, imported, repository_arn
from bidops_cfn.model import Capability, Environment, Service


def document(*statements: Statement) -> PolicyDocument:
    """Return a policy document of the current version."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def regional_arn(rest: str) -> Sub:
    """Return ``arn:<partition>:<rest>``, where ``rest`` may name pseudo parameters."""
    return Sub("arn:${AWS::Partition}:" + rest)


def write_logs(service: Service) -> Statement:
    """Allow writing to the service's own log group; the attribute already ends in ``:*``."""
    return Statement(
        Sid="WriteOwnLogs",
        Effect=Allow,
        Action=[awacs.logs.CreateLogStream, awacs.logs.PutLogEvents],
        Resource=[GetAtt(logical_ids.log_group(service), "Arn")],
    )


def pull_image(service: Service, environment: Environment) -> list[Statement]:
    """Allow pulling the service's image and no other; the token takes no narrower resource."""
    return [
        Statement(
            Sid="LogInToRegistry",
            Effect=Allow,
            Action=[awacs.ecr.GetAuthorizationToken],
            Resource=["*"],
        ),
        Statement(
            Sid="PullOwnImage",
            Effect=Allow,
            Action=[
                awacs.ecr.BatchCheckLayerAvailability,
                awacs.ecr.BatchGetImage,
                awacs.ecr.GetDownloadUrlForLayer,
            ],
            Resource=[repository_arn(environment, service.repository)],
        ),
    ]


def read_secrets(service: Service, environment: Environment) -> list[Statement]:
    """Allow reading exactly the secrets that the task definition mounts, and decrypting them."""
    settings = environment.services[service.name]
    parameters = [
        imported(environment, secret_import(output))
        for output in dict.fromkeys(settings.secrets.values())
    ]
    secrets = [
        imported(environment, secrets_manager_import(output))
        for output in dict.fromkeys(settings.secrets_manager.values())
    ]
    statements = []
    services = []
    if parameters:
        services.append("ssm")
        statements.append(
            Statement(
                Sid="ReadMountedParameters",
                Effect=Allow,
                Action=[awacs.ssm.GetParameter, awacs.ssm.GetParameters],
                Resource=parameters,
            )
        )
    if secrets:
        services.append("secretsmanager")
        statements.append(
            Statement(
                Sid="ReadMountedSecrets",
                Effect=Allow,
                Action=[awacs.secretsmanager.GetSecretValue],
                Resource=secrets,
            )
        )
    if services and environment.secrets_key_output:
        via = [Sub(name + ".${AWS::Region}.${AWS::URLSuffix}") for name in services]
        statements.append(
            Statement(
                Sid="DecryptMountedSecrets",
                Effect=Allow,
                Action=[awacs.kms.Decrypt],
                Resource=[imported(environment, key_import(environment.secrets_key_output))],
                Condition=Condition(StringEquals({"kms:ViaService": via})),
            )
        )
    return statements


def execution_policy(service: Service, environment: Environment) -> PolicyDocument:
    """Return what ECS may do to start a task: pull the image, write logs, read secrets (FR-009)."""
    return document(
        *pull_image(service, environment),
        write_logs(service),
        *read_secrets(service, environment),
    )


def read_configuration(service: Service, environment: Environment) -> Statement:
    """Allow reading the parameters below the service's configuration path."""
    path = environment.services[service.name].configuration_path
    return Statement(
        Sid="ReadOwnConfiguration",
        Effect=Allow,
        Action=[awacs.ssm.GetParameter, awacs.ssm.GetParameters, awacs.ssm.GetParametersByPath],
        Resource=[
            regional_arn("ssm:${AWS::Region}:${AWS::AccountId}:parameter" + path + end)
            for end in ("", "/*")
        ],
    )


def invoke_bedrock(service: Service, environment: Environment) -> list[Statement]:
    """Allow invoking the configured models and agents, and nothing else of Bedrock (FR-017).

    Foundation models have no account, and a profile may route to any region that it names.
    """
    bedrock = environment.services[service.name].bedrock
    models = [
        *(regional_arn("bedrock:*::foundation-model/" + model) for model in bedrock.models),
        *(
            regional_arn("bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/" + profile)
            for profile in bedrock.inference_profiles
        ),
    ]
    return [
        Statement(
            Sid="InvokeModels",
            Effect=Allow,
            Action=[awacs.bedrock.InvokeModel, awacs.bedrock.InvokeModelWithResponseStream],
            Resource=models,
        ),
        Statement(
            Sid="InvokeAgents",
            Effect=Allow,
            Action=[awacs.bedrock.InvokeAgent],
            Resource=[
                regional_arn("bedrock:${AWS::Region}:${AWS::AccountId}:agent-alias/" + alias)
                for alias in bedrock.agent_aliases
            ],
        ),
    ]


def use_knowledge_base(environment: Environment) -> list[Statement]:
    """Allow reading and writing objects of the knowledge base, never deleting (FR-017, FR-018)."""
    bucket = Imports.KNOWLEDGE_BASE_BUCKET
    return [
        Statement(
            Sid="ListKnowledgeBase",
            Effect=Allow,
            Action=[awacs.s3.ListBucket],
            Resource=[bucket_arn(environment, bucket)],
        ),
        Statement(
            Sid="ReadAndWriteKnowledgeBase",
            Effect=Allow,
            Action=[awacs.s3.GetObject, awacs.s3.PutObject],
            Resource=[bucket_arn(environment, bucket, "/*")],
        ),
    ]


GRANTS: Mapping[Capability, Callable[[Service, Environment], list[Statement]]] = {
    Capability.WRITE_LOGS: lambda service, _: [write_logs(service)],
    Capability.READ_CONFIGURATION: lambda service, env: [read_configuration(service, env)],
    Capability.INVOKE_BEDROCK: invoke_bedrock,
    Capability.USE_KNOWLEDGE_BASE: lambda _, env: use_knowledge_base(env),
}


def task_policy(service: Service, environment: Environment) -> PolicyDocument:
    """Return what the code inside a task may do: the service's capabilities, in a fixed order."""
    return document(
        *(
            statement
            for capability, grant in GRANTS.items()
            if capability in service.capabilities
            for statement in grant(service, environment)
        )
    )
