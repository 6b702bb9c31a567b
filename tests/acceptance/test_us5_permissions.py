"""User Story 5: task roles that grant what a task needs from AWS, and nothing else."""

from __future__ import annotations

import pytest

from tests.acceptance.deployment import Deployment, Role

SERVICES = ("Bff", "AgentCore")
DESTRUCTIVE = ("Delete", "Create", "Terminate", "Remove", "Update", "Modify", "Attach", "Detach")
# Log streams are what a task writes to, not infrastructure.
WRITES_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}


def place(deployment: Deployment) -> str:
    return f"{deployment.environment.region}:{deployment.environment.account_id}"


@pytest.mark.requirement("US5.1")
@pytest.mark.requirement("FR-014")
@pytest.mark.requirement("FR-049")
@pytest.mark.requirement("SC-006")
@pytest.mark.parametrize("title", SERVICES)
def test_credentials_come_from_parameter_store_and_stand_nowhere_else(
    deployment: Deployment, title: str
) -> None:
    container = deployment.container(title)
    secrets = {item["name"]: item["valueFrom"] for item in container["secrets"]}
    ssm = deployment.account.client("ssm")
    assert set(secrets) == set(deployment.environment.services[title.lower()].secrets)
    for arn in secrets.values():
        parameter = ssm.get_parameter(Name=arn.split(":parameter")[1])["Parameter"]
        assert parameter["Type"] == "SecureString"
        assert deployment.execution_role(title).allows("ssm:GetParameters", arn)
    assert not set(secrets) & {item["name"] for item in container["environment"]}


@pytest.mark.requirement("US5.1")
@pytest.mark.requirement("FR-016")
@pytest.mark.parametrize("title", SERVICES)
def test_the_code_reads_its_own_configuration_and_no_other(
    deployment: Deployment, title: str
) -> None:
    role, other = deployment.task_role(title), SERVICES[1 - SERVICES.index(title)]
    paths = {
        name: deployment.environment.services[name.lower()].configuration_path
        for name in (title, other)
    }
    parameter = f"arn:aws:ssm:{place(deployment)}:parameter"
    assert role.allows("ssm:GetParameter", f"{parameter}{paths[title]}/log-level")
    assert not role.allows("ssm:GetParameter", f"{parameter}{paths[other]}/log-level")


@pytest.mark.requirement("US5.1")
@pytest.mark.requirement("FR-016")
def test_bff_writes_to_its_own_log_group_alone(deployment: Deployment) -> None:
    group = deployment.container("Bff")["logConfiguration"]["options"]["awslogs-group"]
    allowed = deployment.task_role("Bff").resources("logs:PutLogEvents")
    assert allowed == {f"arn:aws:logs:{place(deployment)}:log-group:{group}:*"}


@pytest.mark.requirement("US5.2")
@pytest.mark.requirement("FR-017")
def test_the_agent_invokes_its_models_with_its_role(deployment: Deployment) -> None:
    role = deployment.task_role("AgentCore")
    for model in deployment.environment.services["agentcore"].bedrock.models:
        arn = f"arn:aws:bedrock:{deployment.environment.region}::foundation-model/{model}"
        assert role.allows("bedrock:InvokeModel", arn)
        assert not role.allows("bedrock:InvokeModel", f"{arn}-other")


@pytest.mark.requirement("US5.3")
@pytest.mark.requirement("FR-017")
def test_the_agent_writes_objects_to_the_knowledge_base_alone(deployment: Deployment) -> None:
    bucket = deployment.imported("storage", "KnowledgeBaseBucketName")
    role = deployment.task_role("AgentCore")
    deployment.account.client("s3").head_bucket(Bucket=bucket)
    assert role.resources("s3:PutObject") == {f"arn:aws:s3:::{bucket}/*"}
    assert role.resources("s3:GetObject") == {f"arn:aws:s3:::{bucket}/*"}
    assert not role.resources("s3:DeleteObject")


@pytest.mark.requirement("US5.4")
def test_bff_has_no_access_to_bedrock_or_s3(deployment: Deployment) -> None:
    actions = deployment.task_role("Bff").actions()
    assert {action.split(":")[0].lower() for action in actions} == {"logs", "ssm"}


@pytest.mark.requirement("US5.4")
@pytest.mark.requirement("FR-018")
@pytest.mark.parametrize("title", SERVICES)
def test_no_task_role_deletes_or_changes_infrastructure(deployment: Deployment, title: str) -> None:
    for action in deployment.task_role(title).actions() - WRITES_LOGS:
        assert "*" not in action
        assert not action.split(":")[1].startswith(DESTRUCTIVE), action
    assert deployment.task_role(title).managed_policies() == []


@pytest.mark.requirement("US5.4")
@pytest.mark.parametrize("title", SERVICES)
def test_only_ecs_tasks_of_this_account_assume_the_roles(
    deployment: Deployment, title: str
) -> None:
    roles: tuple[Role, ...] = (deployment.task_role(title), deployment.execution_role(title))
    assert roles[0].name != roles[1].name
    for role in roles:
        found = deployment.account.client("iam").get_role(RoleName=role.name)["Role"]
        (statement,) = found["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": ["ecs-tasks.amazonaws.com"]}
        account_id = statement["Condition"]["StringEquals"]["aws:SourceAccount"]
        assert account_id == deployment.environment.account_id
