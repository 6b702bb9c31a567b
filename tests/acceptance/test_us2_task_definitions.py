"""User Story 2: task definitions with the right size, image, roles, secrets and logs."""

from __future__ import annotations

import pytest

from bidops_cfn_sandbox.contents import SANDBOX_IMAGE_TAG
from tests.acceptance.deployment import Deployment

SIZES = {"dev": ("512", "1024"), "test": ("1024", "2048"), "prod": ("2048", "4096")}
SERVICES = ("Bff", "AgentCore")
PORTS = {"Bff": 3000, "AgentCore": 8080}
REPOSITORIES = {"Bff": "bidopsai/app", "AgentCore": "bidopsai/agent"}


@pytest.mark.requirement("US2.1")
@pytest.mark.requirement("FR-006")
@pytest.mark.requirement("FR-007")
@pytest.mark.requirement("FR-008")
def test_each_service_has_a_task_definition_of_its_own_for_fargate_in_the_vpc(
    deployment: Deployment,
) -> None:
    found = [deployment.task_definition(title) for title in SERVICES]
    assert len({definition["family"] for definition in found}) == len(SERVICES)
    for definition in found:
        assert definition["status"] == "ACTIVE"
        assert definition["networkMode"] == "awsvpc"
        assert definition["requiresCompatibilities"] == ["FARGATE"]


@pytest.mark.requirement("US2.2")
@pytest.mark.requirement("FR-009")
@pytest.mark.parametrize("title", SERVICES)
def test_the_execution_role_pulls_the_image_writes_logs_and_reads_secrets(
    deployment: Deployment, title: str
) -> None:
    role, environment = deployment.execution_role(title), deployment.environment
    place = f"{environment.region}:{environment.account_id}"
    repository = f"arn:aws:ecr:{place}:repository/{REPOSITORIES[title]}"
    assert role.allows("ecr:GetAuthorizationToken", "*")
    for action in ("BatchCheckLayerAvailability", "GetDownloadUrlForLayer", "BatchGetImage"):
        assert role.resources(f"ecr:{action}") == {repository}
    group = deployment.container(title)["logConfiguration"]["options"]["awslogs-group"]
    stream = f"arn:aws:logs:{place}:log-group:{group}:log-stream:x"
    for action in ("CreateLogStream", "PutLogEvents"):
        assert role.allows(f"logs:{action}", stream)
        assert not role.allows(f"logs:{action}", stream.replace(group, "another"))
    secrets = {item["valueFrom"] for item in deployment.container(title)["secrets"]}
    assert role.resources("ssm:GetParameters") == secrets
    assert role.resources("ssm:GetParameter") == secrets
    assert role.managed_policies() == []


@pytest.mark.requirement("US2.3")
@pytest.mark.requirement("FR-041")
@pytest.mark.requirement("FR-042")
@pytest.mark.requirement("FR-043")
@pytest.mark.parametrize("title", SERVICES)
def test_tasks_have_the_size_of_their_environment(deployment: Deployment, title: str) -> None:
    definition = deployment.task_definition(title)
    assert (definition["cpu"], definition["memory"]) == SIZES[deployment.environment.name]


@pytest.mark.requirement("US2.4")
@pytest.mark.requirement("FR-010")
@pytest.mark.requirement("FR-044")
@pytest.mark.parametrize("title", SERVICES)
def test_logs_go_to_a_group_kept_for_7_days_with_the_services_name_as_prefix(
    deployment: Deployment, title: str
) -> None:
    container = deployment.container(title)
    options = container["logConfiguration"]["options"]
    assert container["logConfiguration"]["logDriver"] == "awslogs"
    assert options["awslogs-stream-prefix"] == container["name"] == title.lower()
    assert options["awslogs-region"] == deployment.environment.region
    (group,) = deployment.account.client("logs").describe_log_groups(
        logGroupNamePrefix=options["awslogs-group"]
    )["logGroups"]
    assert group["retentionInDays"] == 7


@pytest.mark.requirement("US2.5")
@pytest.mark.requirement("FR-017")
def test_the_agent_may_invoke_the_configured_models_and_agents(deployment: Deployment) -> None:
    bedrock = deployment.environment.services["agentcore"].bedrock
    role, environment = deployment.task_role("AgentCore"), deployment.environment
    place = f"{environment.region}:{environment.account_id}"
    assert bedrock.models
    assert bedrock.agent_aliases
    for model in bedrock.models:
        assert role.allows(
            "bedrock:InvokeModel", f"arn:aws:bedrock:us-west-2::foundation-model/{model}"
        )
    for alias in bedrock.agent_aliases:
        assert role.allows("bedrock:InvokeAgent", f"arn:aws:bedrock:{place}:agent-alias/{alias}")
    assert not role.allows("bedrock:InvokeAgent", f"arn:aws:bedrock:{place}:agent-alias/X/Y")


@pytest.mark.requirement("FR-011")
@pytest.mark.requirement("FR-048")
@pytest.mark.parametrize("title", SERVICES)
def test_the_image_comes_from_the_repository_of_storage_stack_and_exists(
    deployment: Deployment, title: str
) -> None:
    environment = deployment.environment
    uri, tag = deployment.container(title)["image"].rsplit(":", 1)
    assert uri == (
        f"{environment.account_id}.dkr.ecr.{environment.region}.amazonaws.com/{REPOSITORIES[title]}"
    )
    found = deployment.account.client("ecr").describe_images(
        repositoryName=REPOSITORIES[title], imageIds=[{"imageTag": tag}]
    )
    assert len(found["imageDetails"]) == 1
    assert tag == SANDBOX_IMAGE_TAG


@pytest.mark.requirement("FR-012")
@pytest.mark.requirement("FR-015")
@pytest.mark.parametrize("title", SERVICES)
def test_the_container_is_essential_and_exposes_its_port(
    deployment: Deployment, title: str
) -> None:
    container = deployment.container(title)
    assert container["essential"] is True
    assert [item["containerPort"] for item in container["portMappings"]] == [PORTS[title]]


@pytest.mark.requirement("FR-013")
@pytest.mark.parametrize("title", SERVICES)
def test_the_container_knows_its_region_and_environment(deployment: Deployment, title: str) -> None:
    variables = {item["name"]: item["value"] for item in deployment.container(title)["environment"]}
    assert variables["AWS_REGION"] == deployment.environment.region
    assert variables["ENVIRONMENT"] == deployment.environment.name
    assert variables["PORT"] == str(PORTS[title])
