"""What each role may do, one statement per purpose (FR-009, FR-016 to FR-018).

Every action is written out: a wildcard would admit actions that do not exist yet. The IAM prefix of
both Bedrock runtime APIs is ``bedrock``; the names in the specification are API names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import awacs.bedrock
import awacs.ecr
import awacs.kms
import awacs.logs
import awacs.s3
import awacs.secretsmanager
import awacs.ssm
import awacs.ssmmessages
from awacs.aws import (
    Action,
    Allow,
    ArnEquals,
    Condition,
    PolicyDocument,
    Statement,
    StringEquals,
)
from troposphere import GetAtt, Sub

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import bucket_arn, imported, repository_arn
from bidops_cfn.settings.contract import Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability, Service


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
    """Allow pulling the service's image and no other; the token takes no narrower resource.

    GuardDuty adds a sidecar to each task, which the execution role pulls from AWS's own account.
    """
    agent = environment.security.guardduty_repository_arn

    def pull(sid: str, repository: Sub | str) -> Statement:
        actions = [
            awacs.ecr.BatchCheckLayerAvailability,
            awacs.ecr.BatchGetImage,
            awacs.ecr.GetDownloadUrlForLayer,
        ]
        return Statement(Sid=sid, Effect=Allow, Action=actions, Resource=[repository])

    return [
        Statement(
            Sid="LogInToRegistry",
            Effect=Allow,
            Action=[awacs.ecr.GetAuthorizationToken],
            Resource=["*"],
        ),
        pull("PullOwnImage", repository_arn(environment, service.repository)),
        *([pull("PullSecurityAgent", agent)] if agent else []),
    ]


def use_key(
    environment: Environment, sid: str, output: str, via: Iterable[str], *actions: Action
) -> Statement:
    """Allow ``actions`` with the key of a SecurityStack output, through the services ``via``."""
    services = [Sub(name + ".${AWS::Region}.${AWS::URLSuffix}") for name in via]
    return Statement(
        Sid=sid,
        Effect=Allow,
        Action=list(actions),
        Resource=[imported(environment, key_import(output))],
        Condition=Condition(StringEquals({"kms:ViaService": services})),
    )


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
    if services and environment.security.secrets_key_output:
        output = environment.security.secrets_key_output
        decrypt = awacs.kms.Decrypt
        statements.append(use_key(environment, "DecryptMountedSecrets", output, services, decrypt))
    return statements


def execution_policy(service: Service, environment: Environment) -> PolicyDocument:
    """Return what ECS may do to start a task: pull the image, write logs, read secrets (FR-009)."""
    return document(
        *pull_image(service, environment),
        write_logs(service),
        *read_secrets(service, environment),
    )


def read_configuration(service: Service, environment: Environment) -> list[Statement]:
    """Allow reading the parameters below the service's configuration path, with their key."""
    path = environment.services[service.name].configuration_path
    read = Statement(
        Sid="ReadOwnConfiguration",
        Effect=Allow,
        Action=[awacs.ssm.GetParameter, awacs.ssm.GetParameters, awacs.ssm.GetParametersByPath],
        Resource=[
            regional_arn("ssm:${AWS::Region}:${AWS::AccountId}:parameter" + path + end)
            for end in ("", "/*")
        ],
    )
    output = environment.security.configuration_key_output
    if not output:
        return [read]
    decrypt = awacs.kms.Decrypt
    return [read, use_key(environment, "DecryptConfiguration", output, ["ssm"], decrypt)]


def invoke_bedrock(service: Service, environment: Environment) -> list[Statement]:
    """Allow invoking the configured models and agents, and nothing else of Bedrock (FR-017).

    Foundation models have no account, and a profile may route to any region that it names. A call
    by way of a profile needs both: a condition can close the direct way to the models.
    """
    bedrock = environment.services[service.name].bedrock
    models = [regional_arn("bedrock:*::foundation-model/" + model) for model in bedrock.models]
    profiles = [
        regional_arn("bedrock:${AWS::Region}:${AWS::AccountId}:inference-profile/" + profile)
        for profile in bedrock.inference_profiles
    ]

    def invoke(sid: str, resources: list[Sub], **more: Condition) -> Statement:
        actions = [awacs.bedrock.InvokeModel, awacs.bedrock.InvokeModelWithResponseStream]
        return Statement(Sid=sid, Effect=Allow, Action=actions, Resource=resources, **more)

    through = Condition(ArnEquals({"bedrock:InferenceProfileArn": profiles}))
    invoke_models = (
        [
            invoke("InvokeProfiles", profiles),
            invoke("InvokeModelsThroughProfiles", models, Condition=through),
        ]
        if bedrock.profiles_only
        else [invoke("InvokeModels", [*models, *profiles])]
    )
    return [
        *invoke_models,
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
    output = environment.security.knowledge_base_key_output
    key = (awacs.kms.Decrypt, awacs.kms.GenerateDataKey)
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
        *([use_key(environment, "UseKnowledgeBaseKey", output, ["s3"], *key)] if output else []),
    ]


def admit_commands(environment: Environment) -> list[Statement]:
    """Allow what the agent of ECS Exec does as the task: sessions, and their record.

    The actions of Session Manager's channels, and listing groups, take no narrower resource.
    """
    group = environment.security.exec_log_group
    if group is None:
        return []
    return [
        Statement(
            Sid="OpenExecChannels",
            Effect=Allow,
            Action=[
                awacs.ssmmessages.CreateControlChannel,
                awacs.ssmmessages.CreateDataChannel,
                awacs.ssmmessages.OpenControlChannel,
                awacs.ssmmessages.OpenDataChannel,
            ],
            Resource=["*"],
        ),
        Statement(
            Sid="FindExecLogs", Effect=Allow, Action=[awacs.logs.DescribeLogGroups], Resource=["*"]
        ),
        Statement(
            Sid="RecordExecSessions",
            Effect=Allow,
            Action=[
                awacs.logs.CreateLogStream,
                awacs.logs.DescribeLogStreams,
                awacs.logs.PutLogEvents,
            ],
            Resource=[
                regional_arn("logs:${AWS::Region}:${AWS::AccountId}:log-group:" + group + ":*")
            ],
        ),
    ]


Grant = Callable[[Service, Environment], list[Statement]]


def complete(grants: Mapping[Capability, Grant]) -> Mapping[Capability, Grant]:
    """Return ``grants`` where there is one for every capability; raises ``LookupError`` else."""
    missing = [f"Capability.{one.name}" for one in Capability if one not in grants]
    if missing:
        raise LookupError(f"{', '.join(missing)}: no grant in {__name__}, so that no task has it")
    return grants


GRANTS = complete(
    {
        Capability.WRITE_LOGS: lambda service, _: [write_logs(service)],
        Capability.READ_CONFIGURATION: read_configuration,
        Capability.INVOKE_BEDROCK: invoke_bedrock,
        Capability.USE_KNOWLEDGE_BASE: lambda _, env: use_knowledge_base(env),
    }
)


def task_policy(service: Service, environment: Environment) -> PolicyDocument:
    """Return what the code inside a task may do: the service's capabilities, in a fixed order."""
    return document(
        *(
            statement
            for capability, grant in GRANTS.items()
            if capability in service.capabilities
            for statement in grant(service, environment)
        ),
        *admit_commands(environment),
    )
