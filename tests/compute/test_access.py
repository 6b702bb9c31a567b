"""Who may do what: every statement of every role, in every committed environment and by setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.compute.policies import GRANTS, complete
from bidops_cfn.settings.environment import Bedrock, Environment
from bidops_cfn.settings.services import Capability
from tests.compute.rows import Says, attr
from tests.settings_files import with_table

mark = pytest.mark
ROLES = [f"{title}{kind}Role" for title in ("Bff", "AgentCore") for kind in ("Execution", "Task")]
ACCOUNT = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:"
GUARDDUTY = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"
PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
INVOKE = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"]


def statement(actions: Sequence[str], *resources: Any, when: Says | None = None) -> Says:
    condition = {"Condition": when} if when else {}
    return {"Action": [*actions], "Resource": [*resources], **condition}


def statements(environment: Environment, role: str) -> dict[str, Says]:
    """The statements of a role by Sid, as CloudFormation reads them; each allows."""
    (policy,) = template.build(environment)["Resources"][role]["Properties"]["Policies"]
    document = policy["PolicyDocument"]
    assert document["Version"] == "2012-10-17"
    found = {one.pop("Sid"): one for one in document["Statement"]}
    assert len(found) == len(document["Statement"])
    assert {one.pop("Effect") for one in found.values()} == {"Allow"}
    return found


def sub(text: str, **values: Any) -> Says:
    return {"Fn::Sub": [text, values] if values else text}


def of(environment: Environment, stack: str, output: str) -> Says:
    return {"Fn::ImportValue": f"bidopsai-{environment.name}-{stack}-{output}"}


def through(*services: str) -> Says:
    via = [sub(service + ".${AWS::Region}.${AWS::URLSuffix}") for service in services]
    return {"StringEquals": {"kms:ViaService": via}}


def repository(environment: Environment, output: str) -> Says:
    uri = of(environment, "storage", output)
    return sub(
        "arn:${AWS::Partition}:ecr:${AWS::Region}:${Account}:repository/${Name}",
        Account={"Fn::Select": [0, {"Fn::Split": [".", uri]}]},
        Name={"Fn::Select": [1, {"Fn::Split": [".amazonaws.com/", uri]}]},
    )


@mark.requirement("FR-009", "FR-014")
@pytest.mark.parametrize(
    ("title", "output"), [("Bff", "AppEcrRepositoryUri"), ("AgentCore", "AgentEcrRepositoryUri")]
)
def test_the_execution_role_pulls_logs_and_reads_what_is_mounted_and_no_more(
    environment: Environment, title: str, output: str
) -> None:
    mounted = environment.services[title.lower()].secrets.values()
    read = [of(environment, "security", one) for one in mounted]
    expected = {
        "LogInToRegistry": statement(["ecr:GetAuthorizationToken"], "*"),
        "PullOwnImage": statement(PULL, repository(environment, output)),
        "WriteOwnLogs": statement(
            ["logs:CreateLogStream", "logs:PutLogEvents"], attr(f"{title}LogGroup", "Arn")
        ),
        "ReadMountedParameters": statement(["ssm:GetParameter", "ssm:GetParameters"], *read),
    }
    key = environment.security.secrets_key_output
    if key:
        use = statement(["kms:Decrypt"], of(environment, "security", key), when=through("ssm"))
        expected["DecryptMountedSecrets"] = use
    assert statements(environment, f"{title}ExecutionRole") == expected


def configuration(environment: Environment, name: str) -> Says:
    path = ACCOUNT % "ssm" + f"parameter/bidopsai/{environment.name}/{name}"
    actions = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    return statement(actions, sub(path), sub(path + "/*"))


@mark.requirement("FR-016", "FR-018")
def test_bff_writes_its_own_logs_and_reads_its_own_configuration(environment: Environment) -> None:
    assert statements(environment, "BffTaskRole") == {
        "WriteOwnLogs": statement(
            ["logs:CreateLogStream", "logs:PutLogEvents"], attr("BffLogGroup", "Arn")
        ),
        "ReadOwnConfiguration": configuration(environment, "bff"),
    }


@mark.requirement("FR-017", "FR-018")
def test_agentcore_invokes_what_is_configured_and_reads_and_writes_the_knowledge_base(
    environment: Environment,
) -> None:
    bedrock = environment.services["agentcore"].bedrock
    (model,), (profile,), (alias,) = (
        *(bedrock.models, bedrock.inference_profiles),
        bedrock.agent_aliases,
    )
    bucket = of(environment, "storage", "KnowledgeBaseBucketName")
    arn = "arn:${AWS::Partition}:s3:::${Bucket}"
    assert statements(environment, "AgentCoreTaskRole") == {
        "ReadOwnConfiguration": configuration(environment, "agentcore"),
        "InvokeModels": statement(
            INVOKE,
            sub(f"arn:${{AWS::Partition}}:bedrock:*::foundation-model/{model}"),
            sub(ACCOUNT % "bedrock" + f"inference-profile/{profile}"),
        ),
        "InvokeAgents": statement(
            ["bedrock:InvokeAgent"], sub(ACCOUNT % "bedrock" + f"agent-alias/{alias}")
        ),
        "ListKnowledgeBase": statement(["s3:ListBucket"], sub(arn, Bucket=bucket)),
        "ReadAndWriteKnowledgeBase": statement(
            ["s3:GetObject", "s3:PutObject"], sub(arn + "/*", Bucket=bucket)
        ),
    }


def of_service(dev: Environment, name: str, **changed: Any) -> Environment:
    return replace(dev, services={**dev.services, name: replace(dev.services[name], **changed)})


def keyed(**outputs: str) -> Callable[[Environment], Environment]:
    return lambda dev: with_table(dev, "security", **outputs)


def key(output: str) -> Says:
    return {"Fn::ImportValue": f"bidopsai-dev-security-{output}"}


PROFILES = [sub(ACCOUNT % "bedrock" + f"inference-profile/us.{name}") for name in ("m", "n")]
MODELS = [sub("arn:${AWS::Partition}:bedrock:*::foundation-model/" + name) for name in ("m", "n")]
BEDROCK = Bedrock(
    models=("m", "n"),
    inference_profiles=("us.m", "us.n"),
    agent_aliases=("A/B",),
    profiles_only=True,
)
ALIAS = sub(ACCOUNT % "bedrock" + "agent-alias/A/B")
DECRYPT = {
    "DecryptConfiguration": statement(["kms:Decrypt"], key("ConfigKey"), when=through("ssm"))
}
SECRETS = key("SecretsKeyArn")
# A setting, a role, and the statements that the role has instead or beside those of dev.
ADDED: dict[str, tuple[Callable[[Environment], Environment], str, dict[str, Says]]] = {
    "a key for configuration": (
        keyed(configuration_key_output="ConfigKey"),
        "BffTaskRole",
        DECRYPT,
    ),
    "a key for the agent's configuration": (
        keyed(configuration_key_output="ConfigKey"),
        "AgentCoreTaskRole",
        DECRYPT,
    ),
    "a key for the knowledge base": (
        keyed(knowledge_base_key_output="BucketKey"),
        "AgentCoreTaskRole",
        {
            "UseKnowledgeBaseKey": statement(
                ["kms:Decrypt", "kms:GenerateDataKey"], key("BucketKey"), when=through("s3")
            )
        },
    ),
    "a key for the knowledge base that bff does not use": (
        keyed(knowledge_base_key_output="BucketKey"),
        "BffTaskRole",
        {},
    ),
    "GuardDuty's sidecar": (
        keyed(guardduty_repository_arn=GUARDDUTY),
        "BffExecutionRole",
        {"PullSecurityAgent": statement(PULL, GUARDDUTY)},
    ),
    "a secret of Secrets Manager under a key": (
        lambda dev: of_service(
            with_table(dev, "security", secrets_key_output="SecretsKeyArn"),
            *("bff",),
            secrets_manager={"TOKEN": "PaymentSecretArn"},
        ),
        "BffExecutionRole",
        {
            "ReadMountedSecrets": statement(
                ["secretsmanager:GetSecretValue"], key("PaymentSecretArn")
            ),
            "DecryptMountedSecrets": statement(
                ["kms:Decrypt"], SECRETS, when=through("ssm", "secretsmanager")
            ),
        },
    ),
    "models by way of their profiles": (
        lambda dev: of_service(dev, "agentcore", bedrock=BEDROCK),
        "AgentCoreTaskRole",
        {
            "InvokeProfiles": statement(INVOKE, *PROFILES),
            "InvokeModelsThroughProfiles": statement(
                INVOKE, *MODELS, when={"ArnEquals": {"bedrock:InferenceProfileArn": PROFILES}}
            ),
            "InvokeAgents": statement(["bedrock:InvokeAgent"], ALIAS),
        },
    ),
    "ECS Exec": (
        keyed(exec_log_group="/audit/exec"),
        "BffTaskRole",
        {
            "OpenExecChannels": statement(
                [
                    f"ssmmessages:{verb}{noun}Channel"
                    for verb in ("Create", "Open")
                    for noun in ("Control", "Data")
                ],
                "*",
            ),
            "FindExecLogs": statement(["logs:DescribeLogGroups"], "*"),
            "RecordExecSessions": statement(
                ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                sub(ACCOUNT % "logs" + "log-group:/audit/exec:*"),
            ),
        },
    ),
}


@pytest.mark.parametrize("name", ADDED)
def test_a_setting_adds_exactly_its_statements(dev: Environment, name: str) -> None:
    change, role, added = ADDED[name]
    before, after = statements(dev, role), statements(change(dev), role)
    assert {sid: one for sid, one in after.items() if before.get(sid) != one} == added


def test_where_profiles_are_the_only_way_no_statement_has_the_models_alone(
    dev: Environment,
) -> None:
    found = statements(of_service(dev, "agentcore", bedrock=BEDROCK), "AgentCoreTaskRole")
    assert "InvokeModels" not in found


def test_without_parameters_none_are_read(dev: Environment) -> None:
    changed = of_service(dev, "bff", secrets={}, secrets_manager={"TOKEN": "PaymentSecretArn"})
    found = statements(
        with_table(changed, "security", secrets_key_output="SecretsKeyArn"), "BffExecutionRole"
    )
    assert "ReadMountedParameters" not in found
    assert found["DecryptMountedSecrets"]["Condition"] == through("secretsmanager")


def test_a_capability_without_a_grant_is_seen_when_the_module_loads() -> None:
    assert complete(GRANTS) == GRANTS
    some = dict(GRANTS)
    del some[Capability.INVOKE_BEDROCK]
    with pytest.raises(LookupError, match=r"Capability\.INVOKE_BEDROCK: no grant in bidops_cfn"):
        complete(some)


@mark.requirement("FR-009", "FR-016", "SC-006")
@pytest.mark.parametrize("role", ROLES)
def test_only_ecs_tasks_of_this_account_and_region_assume_a_role(document: Says, role: str) -> None:
    properties = document["Resources"][role]["Properties"]
    assert not {"ManagedPolicyArns", "RoleName", "PermissionsBoundary"} & set(properties)
    source = sub("arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*")
    assert properties["AssumeRolePolicyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["sts:AssumeRole"],
                "Principal": {"Service": ["ecs-tasks.amazonaws.com"]},
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                    "ArnLike": {"aws:SourceArn": source},
                },
            }
        ],
    }


def test_the_permissions_boundary_is_a_setting(dev: Environment) -> None:
    boundary = "arn:aws:iam::111111111111:policy/boundary"
    bounded = template.build(with_table(dev, "security", permissions_boundary_arn=boundary))
    found = {bounded["Resources"][role]["Properties"]["PermissionsBoundary"] for role in ROLES}
    assert found == {boundary}
