from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from troposphere import encode_to_dict

from bidops_cfn.compute.policies import GRANTS, complete, execution_policy, task_policy
from bidops_cfn.settings.environment import Bedrock, Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Capability, Service
from tests.settings_files import with_table

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
ACCOUNT = "arn:${AWS::Partition}:%s:${AWS::Region}:${AWS::AccountId}:"


def statements(policy: Any) -> dict[str, dict[str, Any]]:
    """The statements of ``policy`` by Sid, as CloudFormation reads them."""
    document = encode_to_dict(policy)
    assert document["Version"] == "2012-10-17"
    found = {statement["Sid"]: statement for statement in document["Statement"]}
    assert len(found) == len(document["Statement"])
    assert {statement["Effect"] for statement in found.values()} == {"Allow"}
    return found


def actions(policy: Any) -> set[str]:
    return {action for statement in statements(policy).values() for action in statement["Action"]}


def storage(environment: Environment, output: str) -> dict[str, str]:
    return {"Fn::ImportValue": f"bidopsai-{environment.name}-storage-{output}"}


@pytest.mark.requirement("FR-009")
@each_service
def test_the_execution_role_pulls_logs_and_reads_parameters_and_no_more(
    environment: Environment, service: Service
) -> None:
    decrypt = {"kms:Decrypt"} if environment.security.secrets_key_output else set()
    assert actions(execution_policy(service, environment)) == decrypt | {
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "ssm:GetParameter",
        "ssm:GetParameters",
    }


@pytest.mark.requirement("FR-009")
@pytest.mark.parametrize(
    ("service", "output"), [(BFF, "AppEcrRepositoryUri"), (AGENTCORE, "AgentEcrRepositoryUri")]
)
def test_the_execution_role_pulls_from_its_own_repository_alone(
    environment: Environment, service: Service, output: str
) -> None:
    found = statements(execution_policy(service, environment))
    assert found["LogInToRegistry"]["Action"] == ["ecr:GetAuthorizationToken"]
    assert found["LogInToRegistry"]["Resource"] == ["*"]
    uri = storage(environment, output)
    parts = {
        "Account": {"Fn::Select": [0, {"Fn::Split": [".", uri]}]},
        "Name": {"Fn::Select": [1, {"Fn::Split": [".amazonaws.com/", uri]}]},
    }
    arn = "arn:${AWS::Partition}:ecr:${AWS::Region}:${Account}:repository/${Name}"
    assert found["PullOwnImage"]["Resource"] == [{"Fn::Sub": [arn, parts]}]


@pytest.mark.requirement("FR-009")
@each_service
def test_nothing_but_the_login_is_granted_on_everything(
    environment: Environment, service: Service
) -> None:
    for policy in (execution_policy(service, environment), task_policy(service, environment)):
        wide = [sid for sid, found in statements(policy).items() if "*" in found["Resource"]]
        assert wide in ([], ["LogInToRegistry"])


@pytest.mark.requirement("FR-009")
@pytest.mark.requirement("FR-014")
@each_service
def test_the_execution_role_reads_exactly_the_mounted_parameters(
    environment: Environment, service: Service
) -> None:
    found = statements(execution_policy(service, environment))
    assert found["ReadMountedParameters"]["Resource"] == [
        {"Fn::ImportValue": f"bidopsai-{environment.name}-security-{output}"}
        for output in environment.services[service.name].secrets.values()
    ]
    assert found["WriteOwnLogs"]["Resource"] == [
        {"Fn::GetAtt": [f"{service.title}LogGroup", "Arn"]}
    ]


def test_secrets_are_decrypted_through_the_parameter_store_alone(prod: Environment) -> None:
    found = statements(execution_policy(BFF, prod))["DecryptMountedSecrets"]
    assert found["Action"] == ["kms:Decrypt"]
    assert found["Resource"] == [{"Fn::ImportValue": "bidopsai-prod-security-SecretsKeyArn"}]
    assert found["Condition"] == {
        "StringEquals": {"kms:ViaService": [{"Fn::Sub": "ssm.${AWS::Region}.${AWS::URLSuffix}"}]}
    }


def test_without_a_customers_key_nothing_is_decrypted(dev: Environment) -> None:
    assert "DecryptMountedSecrets" not in statements(execution_policy(BFF, dev))


def test_secrets_manager_is_read_only_where_settings_name_a_secret(prod: Environment) -> None:
    settings = replace(
        prod.services["bff"], secrets={}, secrets_manager={"PAYMENT_TOKEN": "PaymentSecretArn"}
    )
    found = statements(execution_policy(BFF, replace(prod, services={"bff": settings})))
    assert found["ReadMountedSecrets"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert found["ReadMountedSecrets"]["Resource"] == [
        {"Fn::ImportValue": "bidopsai-prod-security-PaymentSecretArn"}
    ]
    assert "ReadMountedParameters" not in found
    assert found["DecryptMountedSecrets"]["Condition"]["StringEquals"]["kms:ViaService"] == [
        {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}
    ]


@pytest.mark.requirement("FR-016")
def test_bff_writes_its_own_logs_and_reads_its_own_configuration(environment: Environment) -> None:
    found = statements(task_policy(BFF, environment))
    path = ACCOUNT % "ssm" + f"parameter/bidopsai/{environment.name}/bff"
    assert set(found) == {"WriteOwnLogs", "ReadOwnConfiguration"}
    assert found["WriteOwnLogs"]["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert found["WriteOwnLogs"]["Resource"] == [{"Fn::GetAtt": ["BffLogGroup", "Arn"]}]
    assert found["ReadOwnConfiguration"]["Resource"] == [
        {"Fn::Sub": path},
        {"Fn::Sub": path + "/*"},
    ]


@pytest.mark.requirement("FR-017")
def test_agentcore_invokes_the_configured_models_and_agents(environment: Environment) -> None:
    found = statements(task_policy(AGENTCORE, environment))
    bedrock = environment.services["agentcore"].bedrock
    assert found["InvokeModels"]["Action"] == [
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
    ]
    assert found["InvokeModels"]["Resource"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:bedrock:*::foundation-model/{bedrock.models[0]}"},
        {"Fn::Sub": ACCOUNT % "bedrock" + f"inference-profile/{bedrock.inference_profiles[0]}"},
    ]
    assert found["InvokeAgents"]["Action"] == ["bedrock:InvokeAgent"]
    assert found["InvokeAgents"]["Resource"] == [
        {"Fn::Sub": ACCOUNT % "bedrock" + f"agent-alias/{bedrock.agent_aliases[0]}"}
    ]


@pytest.mark.requirement("FR-017")
def test_agentcore_reads_its_configuration_and_uses_the_knowledge_base(
    environment: Environment,
) -> None:
    found = statements(task_policy(AGENTCORE, environment))
    bucket = {"Bucket": storage(environment, "KnowledgeBaseBucketName")}
    assert "ssm:GetParameters" in found["ReadOwnConfiguration"]["Action"]
    assert found["ListKnowledgeBase"]["Action"] == ["s3:ListBucket"]
    assert found["ListKnowledgeBase"]["Resource"] == [
        {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}", bucket]}
    ]
    assert found["ReadAndWriteKnowledgeBase"]["Action"] == ["s3:GetObject", "s3:PutObject"]
    assert found["ReadAndWriteKnowledgeBase"]["Resource"] == [
        {"Fn::Sub": ["arn:${AWS::Partition}:s3:::${Bucket}/*", bucket]}
    ]


@pytest.mark.requirement("FR-018")
@pytest.mark.parametrize(
    ("service", "allowed"),
    [
        (
            BFF,
            {
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:GetParametersByPath",
            },
        ),
        (
            AGENTCORE,
            {
                "bedrock:InvokeAgent",
                "bedrock:InvokeModel",
                "bedrock:InvokeModelWithResponseStream",
                "s3:GetObject",
                "s3:ListBucket",
                "s3:PutObject",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:GetParametersByPath",
            },
        ),
    ],
)
def test_the_code_may_do_exactly_what_was_reviewed_and_delete_or_change_nothing(
    environment: Environment, service: Service, allowed: set[str]
) -> None:
    assert actions(task_policy(service, environment)) == allowed
    assert not [action for action in allowed if "*" in action]


def key(environment: Environment, output: str) -> dict[str, str]:
    return {"Fn::ImportValue": f"bidopsai-{environment.name}-security-{output}"}


def through(service: str) -> dict[str, Any]:
    via = {"Fn::Sub": service + ".${AWS::Region}.${AWS::URLSuffix}"}
    return {"StringEquals": {"kms:ViaService": [via]}}


@each_service
def test_configuration_under_a_customers_key_is_decrypted_through_ssm_alone(
    dev: Environment, service: Service
) -> None:
    found = statements(
        task_policy(service, with_table(dev, "security", configuration_key_output="ConfigKey"))
    )
    added = found["DecryptConfiguration"]
    assert added["Action"] == ["kms:Decrypt"]
    assert added["Resource"] == [key(dev, "ConfigKey")]
    assert added["Condition"] == through("ssm")
    assert found.keys() - statements(task_policy(service, dev)) == {"DecryptConfiguration"}


def test_a_knowledge_base_under_a_customers_key_is_used_through_s3_alone(dev: Environment) -> None:
    keyed = with_table(dev, "security", knowledge_base_key_output="BucketKey")
    added = statements(task_policy(AGENTCORE, keyed))["UseKnowledgeBaseKey"]
    assert added["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert added["Resource"] == [key(dev, "BucketKey")]
    assert added["Condition"] == through("s3")
    assert not [action for action in actions(task_policy(BFF, keyed)) if "kms" in action]


@each_service
def test_the_execution_role_pulls_guarddutys_sidecar_where_settings_name_it(
    dev: Environment, service: Service
) -> None:
    arn = "arn:aws:ecr:us-east-1:593207742271:repository/aws-guardduty-agent-fargate"
    found = statements(
        execution_policy(service, with_table(dev, "security", guardduty_repository_arn=arn))
    )
    assert found["PullSecurityAgent"]["Resource"] == [arn]
    assert found["PullSecurityAgent"]["Action"] == found["PullOwnImage"]["Action"]
    assert "PullSecurityAgent" not in statements(execution_policy(service, dev))


@pytest.mark.requirement("FR-017")
def test_models_are_called_by_way_of_the_profiles_alone_where_settings_say_so(
    dev: Environment,
) -> None:
    bedrock = Bedrock(
        models=("m", "n"),
        inference_profiles=("us.m", "us.n"),
        agent_aliases=("A/B",),
        profiles_only=True,
    )
    settings = replace(dev.services["agentcore"], bedrock=bedrock)
    forced = replace(dev, services={**dev.services, "agentcore": settings})
    found = statements(task_policy(AGENTCORE, forced))
    profiles = [
        {"Fn::Sub": ACCOUNT % "bedrock" + f"inference-profile/us.{name}"} for name in ("m", "n")
    ]
    assert "InvokeModels" not in found
    assert found["InvokeProfiles"]["Resource"] == profiles
    assert "Condition" not in found["InvokeProfiles"]
    models = found["InvokeModelsThroughProfiles"]
    assert models["Condition"] == {"ArnEquals": {"bedrock:InferenceProfileArn": profiles}}
    assert len(models["Resource"]) == 2
    assert models["Action"] == found["InvokeProfiles"]["Action"]


def test_a_capability_without_a_grant_is_seen_when_the_module_loads() -> None:
    assert complete(GRANTS) == GRANTS
    some = dict(GRANTS)
    del some[Capability.INVOKE_BEDROCK]
    with pytest.raises(LookupError, match=r"Capability\.INVOKE_BEDROCK: no grant in bidops_cfn"):
        complete(some)
