from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute.task_definitions import task_definitions
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from tests.settings_files import with_table

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def built(service: Service, environment: Environment) -> dict[str, Any]:
    callees = [AGENTCORE] if service is BFF else []
    (resource,) = task_definitions(service, environment, callees)
    made: dict[str, Any] = resource.to_dict()
    assert made["Type"] == "AWS::ECS::TaskDefinition"
    properties: dict[str, Any] = made["Properties"]
    return properties


def container(service: Service, environment: Environment) -> dict[str, Any]:
    (only,) = built(service, environment)["ContainerDefinitions"]
    assert isinstance(only, dict)
    return only


def variables(service: Service, environment: Environment) -> dict[str, Any]:
    return {
        variable["Name"]: variable["Value"]
        for variable in container(service, environment)["Environment"]
    }


@pytest.mark.parametrize(
    ("name", "size"),
    [
        pytest.param("dev", ("512", "1024"), marks=pytest.mark.requirement("FR-041")),
        pytest.param("test", ("1024", "2048"), marks=pytest.mark.requirement("FR-042")),
        pytest.param("prod", ("2048", "4096"), marks=pytest.mark.requirement("FR-043")),
    ],
)
@pytest.mark.parametrize(
    "service",
    [
        pytest.param(BFF, marks=pytest.mark.requirement("FR-006")),
        pytest.param(AGENTCORE, marks=pytest.mark.requirement("FR-007")),
    ],
    ids=lambda service: service.name,
)
def test_each_service_has_a_task_definition_of_the_environments_size(
    environments: dict[str, Environment], name: str, service: Service, size: tuple[str, str]
) -> None:
    properties = built(service, environments[name])
    assert properties["Family"] == f"bidopsai-{name}-{service.name}"
    assert (properties["Cpu"], properties["Memory"]) == size
    assert container(service, environments[name])["Memory"] == int(size[1])


@pytest.mark.requirement("FR-008")
@pytest.mark.requirement("FR-001")
@each_service
def test_tasks_have_an_interface_of_their_own_on_fargate(
    environment: Environment, service: Service
) -> None:
    properties = built(service, environment)
    assert properties["NetworkMode"] == "awsvpc"
    assert properties["RequiresCompatibilities"] == ["FARGATE"]
    assert properties["RuntimePlatform"] == {
        "CpuArchitecture": "X86_64",
        "OperatingSystemFamily": "LINUX",
    }


@pytest.mark.requirement("FR-009")
@each_service
def test_the_execution_role_starts_the_task_and_another_role_runs_in_it(
    environment: Environment, service: Service
) -> None:
    properties = built(service, environment)
    assert properties["ExecutionRoleArn"] == {
        "Fn::GetAtt": [f"{service.title}ExecutionRole", "Arn"]
    }
    assert properties["TaskRoleArn"] == {"Fn::GetAtt": [f"{service.title}TaskRole", "Arn"]}


@pytest.mark.requirement("FR-010")
@each_service
def test_logs_go_to_the_services_group_under_the_services_name(
    environment: Environment, service: Service
) -> None:
    assert container(service, environment)["LogConfiguration"] == {
        "LogDriver": "awslogs",
        "Options": {
            "awslogs-group": {"Ref": f"{service.title}LogGroup"},
            "awslogs-region": {"Ref": "AWS::Region"},
            "awslogs-stream-prefix": service.name,
            "mode": "non-blocking",
            "max-buffer-size": "25m",
        },
    }


@pytest.mark.requirement("FR-011")
@pytest.mark.parametrize(
    ("service", "output"), [(BFF, "AppEcrRepositoryUri"), (AGENTCORE, "AgentEcrRepositoryUri")]
)
def test_the_image_comes_from_the_repository_of_the_storage_stack(
    environment: Environment, service: Service, output: str
) -> None:
    assert container(service, environment)["Image"] == {
        "Fn::Join": [
            "",
            [
                {"Fn::ImportValue": f"bidopsai-{environment.name}-storage-{output}"},
                {"Ref": f"{service.title}Image"},
            ],
        ]
    }


@pytest.mark.requirement("FR-012")
@each_service
def test_the_only_container_is_essential(environment: Environment, service: Service) -> None:
    only = container(service, environment)
    assert only["Name"] == service.name
    assert only["Essential"] is True


@pytest.mark.requirement("FR-013")
def test_bff_knows_its_region_its_environment_and_where_agentcore_answers(
    environment: Environment,
) -> None:
    name = environment.name
    assert variables(BFF, environment) == {
        "AGENTCORE_URL": f"http://agentcore.{name}.bidopsai.internal:8080",
        "AWS_REGION": {"Ref": "AWS::Region"},
        "ENVIRONMENT": name,
        "HOSTNAME": "0.0.0.0",
        "KEEP_ALIVE_TIMEOUT": "70000",
        "LOG_LEVEL": "debug" if name == "dev" else "info",
        "PORT": "3000",
    }


@pytest.mark.requirement("FR-013")
def test_agentcore_knows_its_region_its_environment_and_the_knowledge_base(
    environment: Environment,
) -> None:
    found = variables(AGENTCORE, environment)
    assert found["AWS_REGION"] == {"Ref": "AWS::Region"}
    assert found["ENVIRONMENT"] == environment.name
    assert found["PORT"] == "8080"
    assert found["KNOWLEDGE_BASE_BUCKET"] == {
        "Fn::ImportValue": f"bidopsai-{environment.name}-storage-KnowledgeBaseBucketName"
    }


def test_the_url_of_a_service_with_a_dash_in_its_name_is_a_variable(dev: Environment) -> None:
    other = replace(AGENTCORE, name="audit-log")
    (resource,) = task_definitions(BFF, dev, [other])
    names = [
        v["Name"]
        for v in resource.to_dict()["Properties"]["ContainerDefinitions"][0]["Environment"]
    ]
    assert "AUDIT_LOG_URL" in names


@pytest.mark.requirement("FR-014")
@pytest.mark.parametrize(
    ("service", "expected"),
    [
        (
            BFF,
            {
                "DATABASE_URL": "BffDatabaseUrlParameterArn",
                "SESSION_SECRET": "BffSessionSecretParameterArn",
            },
        ),
        (
            AGENTCORE,
            {
                "DATABASE_URL": "AgentDatabaseUrlParameterArn",
                "SEARCH_API_KEY": "AgentSearchApiKeyParameterArn",
            },
        ),
    ],
)
def test_secrets_are_mounted_from_the_parameters_of_the_security_stack(
    environment: Environment, service: Service, expected: dict[str, str]
) -> None:
    mounted = {
        secret["Name"]: secret["ValueFrom"] for secret in container(service, environment)["Secrets"]
    }
    assert mounted == {
        variable: {"Fn::ImportValue": f"bidopsai-{environment.name}-security-{output}"}
        for variable, output in expected.items()
    }
    assert not set(mounted) & set(variables(service, environment))


def test_a_secret_of_secrets_manager_is_mounted_whole(dev: Environment) -> None:
    settings = replace(dev.services["bff"], secrets_manager={"PAYMENT_TOKEN": "PaymentSecretArn"})
    changed = replace(dev, services={**dev.services, "bff": settings})
    secrets = {s["Name"]: s["ValueFrom"] for s in container(BFF, changed)["Secrets"]}
    assert secrets["PAYMENT_TOKEN"] == {"Fn::ImportValue": "bidopsai-dev-security-PaymentSecretArn"}


@pytest.mark.requirement("FR-015")
@pytest.mark.parametrize(("service", "port"), [(BFF, 3000), (AGENTCORE, 8080)])
def test_the_container_exposes_one_named_port(
    environment: Environment, service: Service, port: int
) -> None:
    assert container(service, environment)["PortMappings"] == [
        {"Name": "http", "AppProtocol": "http", "ContainerPort": port, "Protocol": "tcp"}
    ]


@each_service
def test_the_container_is_hardened(environment: Environment, service: Service) -> None:
    only = container(service, environment)
    assert only["ReadonlyRootFilesystem"] is True
    assert only["Privileged"] is False
    assert only["User"] == "1000:1000"
    assert only["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert only["LinuxParameters"]["InitProcessEnabled"] is True
    assert only["StopTimeout"] < 120
    assert only["Ulimits"] == [{"Name": "nofile", "SoftLimit": 65536, "HardLimit": 65536}]
    assert "MountPoints" not in only
    assert "Volumes" not in built(service, environment)


def test_writable_paths_are_in_memory_and_execute_nothing(dev: Environment) -> None:
    settings = replace(dev.services["bff"], tmpfs={"/tmp": 64})
    changed = replace(dev, services={**dev.services, "bff": settings})
    assert container(BFF, changed)["LinuxParameters"]["Tmpfs"] == [
        {
            "ContainerPath": "/tmp",
            "Size": 64,
            "MountOptions": ["rw", "noexec", "nosuid", "nodev", "mode=1777"],
        }
    ]


@pytest.mark.parametrize(
    ("service", "program", "url"),
    [
        (BFF, "node", "http://127.0.0.1:3000/api/health"),
        (AGENTCORE, "python", "http://127.0.0.1:8080/ping"),
    ],
)
def test_health_is_asked_with_a_program_that_the_image_has(
    environment: Environment, service: Service, program: str, url: str
) -> None:
    check = container(service, environment)["HealthCheck"]
    assert check["Command"][:2] == ["CMD", program]
    assert url in check["Command"][-1]
    assert check["Timeout"] < check["Interval"]


def test_failing_checks_do_not_count_while_a_container_starts(environment: Environment) -> None:
    """Where a load balancer asks too, ECS has a grace period for both."""
    assert container(BFF, environment)["HealthCheck"]["StartPeriod"] == 30
    start = container(AGENTCORE, environment)["HealthCheck"]["StartPeriod"]
    assert start == environment.services["agentcore"].health_grace_seconds == 90


def test_bff_keeps_connections_longer_than_the_load_balancer(dev: Environment) -> None:
    """Node closes them after 5 s by itself: requests that are under way then fail with 502."""
    slow = with_table(dev, "network", load_balancer_idle_seconds=300)
    assert variables(BFF, slow)["KEEP_ALIVE_TIMEOUT"] == "310000"
    own = replace(dev.services["bff"], environment={"KEEP_ALIVE_TIMEOUT": "90000"})
    changed = replace(dev, services={**dev.services, "bff": own})
    assert variables(BFF, changed)["KEEP_ALIVE_TIMEOUT"] == "90000"
    assert "KEEP_ALIVE_TIMEOUT" not in variables(AGENTCORE, dev)
