"""Two roles per service: one for ECS to start its tasks, one for the code inside (FR-009, FR-016).

A policy has one statement per purpose (FR-017, FR-018). Every action is written out: a wildcard
would admit actions that do not exist yet. The IAM prefix of both Bedrock runtime APIs is
``bedrock``; the names in the specification are API names. Policies are inline: a separate policy
resource is no dependency of the task definition and may come after the first launch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from awacs import aws
from awacs.aws import Condition, PolicyDocument, Statement
from troposphere import AWSObject, GetAtt, Ref, Sub, iam

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import Expression, bucket_arn, imported, repository_arn
from bidops_cfn.settings.contract import Imports, key_import, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability, Service

READ_PARAMETERS = "ssm GetParameter GetParameters"


def document(*statements: Statement) -> PolicyDocument:
    """Return a policy document of the current version."""
    return PolicyDocument(Version="2012-10-17", Statement=list(statements))


def allow(sid: str, calls: str, resources: Sequence[Expression], **more: Condition) -> Statement:
    """Return a statement that allows ``calls``, such as ``ecr GetImage PutImage``."""
    service, *names = calls.split()
    actions = [aws.Action(service, name) for name in names]
    return Statement(Sid=sid, Effect=aws.Allow, Action=actions, Resource=list(resources), **more)


def regional_arn(rest: str) -> Sub:
    """Return ``arn:<partition>:<rest>``, where ``rest`` may name pseudo parameters."""
    return Sub("arn:${AWS::Partition}:" + rest)


def write_logs(service: Service) -> Statement:
    """Allow writing to the service's own log group; the attribute already ends in ``:*``."""
    group = GetAtt(logical_ids.log_group(service), "Arn")
    return allow("WriteOwnLogs", "logs CreateLogStream PutLogEvents", [group])


def pull_image(service: Service, environment: Environment) -> list[Statement]:
    """Allow pulling the service's image and no other; the token takes no narrower resource.

    GuardDuty adds a sidecar to each task, which the execution role pulls from AWS's own account.
    """
    agent = environment.security.guardduty_repository_arn
    pull = "ecr BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer"
    return [
        allow("LogInToRegistry", "ecr GetAuthorizationToken", ["*"]),
        allow("PullOwnImage", pull, [repository_arn(environment, service.repository)]),
        *([allow("PullSecurityAgent", pull, [agent])] if agent else []),
    ]


def use_key(
    environment: Environment, sid: str, output: str, via: Iterable[str], calls: str = "kms Decrypt"
) -> Statement:
    """Allow ``calls`` with the key of a SecurityStack output, through the services ``via``."""
    services = [Sub(name + ".${AWS::Region}.${AWS::URLSuffix}") for name in via]
    through = Condition(aws.StringEquals({"kms:ViaService": services}))
    return allow(sid, calls, [imported(environment, key_import(output))], Condition=through)


def read_secrets(service: Service, environment: Environment) -> list[Statement]:
    """Allow reading exactly the secrets that the task definition mounts, and decrypting them."""
    settings = environment.services[service.name]
    statements, services = [], []
    for via, sid, calls, outputs, to_import in (
        ("ssm", "ReadMountedParameters", READ_PARAMETERS, settings.secrets, secret_import),
        (
            "secretsmanager",
            "ReadMountedSecrets",
            "secretsmanager GetSecretValue",
            settings.secrets_manager,
            secrets_manager_import,
        ),
    ):
        mounted = dict.fromkeys(outputs.values())
        if mounted:
            services.append(via)
            resources = [imported(environment, to_import(output)) for output in mounted]
            statements.append(allow(sid, calls, resources))
    key = environment.security.secrets_key_output
    if services and key:
        statements.append(use_key(environment, "DecryptMountedSecrets", key, services))
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
    arn = "ssm:${AWS::Region}:${AWS::AccountId}:parameter" + path
    calls = f"{READ_PARAMETERS} GetParametersByPath"
    read = allow("ReadOwnConfiguration", calls, [regional_arn(arn), regional_arn(arn + "/*")])
    key = environment.security.configuration_key_output
    return [read, *([use_key(environment, "DecryptConfiguration", key, ["ssm"])] if key else [])]


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
    aliases = [
        regional_arn("bedrock:${AWS::Region}:${AWS::AccountId}:agent-alias/" + alias)
        for alias in bedrock.agent_aliases
    ]
    invoke = "bedrock InvokeModel InvokeModelWithResponseStream"
    through = Condition(aws.ArnEquals({"bedrock:InferenceProfileArn": profiles}))
    invoke_models = (
        [
            allow("InvokeProfiles", invoke, profiles),
            allow("InvokeModelsThroughProfiles", invoke, models, Condition=through),
        ]
        if bedrock.profiles_only
        else [allow("InvokeModels", invoke, [*models, *profiles])]
    )
    return [*invoke_models, allow("InvokeAgents", "bedrock InvokeAgent", aliases)]


def use_knowledge_base(environment: Environment) -> list[Statement]:
    """Allow reading and writing objects of the knowledge base, never deleting (FR-017, FR-018)."""
    bucket = Imports.KNOWLEDGE_BASE_BUCKET
    output = environment.security.knowledge_base_key_output
    use = "kms Decrypt GenerateDataKey"
    objects = bucket_arn(environment, bucket, "/*")
    return [
        allow("ListKnowledgeBase", "s3 ListBucket", [bucket_arn(environment, bucket)]),
        allow("ReadAndWriteKnowledgeBase", "s3 GetObject PutObject", [objects]),
        *([use_key(environment, "UseKnowledgeBaseKey", output, ["s3"], use)] if output else []),
    ]


def admit_commands(environment: Environment) -> list[Statement]:
    """Allow what the agent of ECS Exec does as the task: sessions, and their record.

    The actions of Session Manager's channels, and listing groups, take no narrower resource.
    """
    group = environment.security.exec_log_group
    if group is None:
        return []
    channels = "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel"
    record = "logs CreateLogStream DescribeLogStreams PutLogEvents"
    arn = regional_arn("logs:${AWS::Region}:${AWS::AccountId}:log-group:" + group + ":*")
    return [
        allow("OpenExecChannels", f"ssmmessages {channels}", ["*"]),
        allow("FindExecLogs", "logs DescribeLogGroups", ["*"]),
        allow("RecordExecSessions", record, [arn]),
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


def trust() -> aws.PolicyDocument:
    """Return who may assume the roles: ECS tasks of this account and region.

    A cluster's ARN as source is not supported for tasks and would break every launch:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    source = regional_arn("ecs:${AWS::Region}:${AWS::AccountId}:*")
    account = aws.StringEquals({"aws:SourceAccount": Ref("AWS::AccountId")})
    return document(
        aws.Statement(
            Effect=aws.Allow,
            Action=[aws.Action("sts", "AssumeRole")],
            Principal=aws.Principal("Service", ["ecs-tasks.amazonaws.com"]),
            Condition=aws.Condition([account, aws.ArnLike({"aws:SourceArn": source})]),
        )
    )


def role(
    logical_id: str, description: str, policy: aws.PolicyDocument, environment: Environment
) -> iam.Role:
    """Return a role that ECS tasks assume, with one inline policy where it may do anything."""
    resource = iam.Role(logical_id, Description=description, AssumeRolePolicyDocument=trust())
    if policy.Statement:  # IAM refuses a policy without statements
        resource.Policies = [iam.Policy(PolicyName="permissions", PolicyDocument=policy)]
    if environment.security.permissions_boundary_arn:
        resource.PermissionsBoundary = environment.security.permissions_boundary_arn
    return resource


def roles(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the service's execution role and task role."""
    return [
        role(
            logical_ids.execution_role(service),
            f"Starts tasks of {service.name} in {environment.name}",
            execution_policy(service, environment),
            environment,
        ),
        role(
            logical_ids.task_role(service),
            f"Code inside tasks of {service.name} in {environment.name}",
            task_policy(service, environment),
            environment,
        ),
    ]
