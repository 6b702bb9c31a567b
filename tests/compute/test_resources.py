"""What the specification asks of the resources that run tasks, in every committed environment."""

from __future__ import annotations

import pytest

from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES
from tests.compute.rows import (
    ABSENT,
    CONTAINER,
    Says,
    attr,
    check,
    depends_on,
    half,
    imported,
    ref,
    row,
    variables,
)

mark = pytest.mark


def tier(pair: str, group: str) -> Says:
    """What a service says that runs in both private subnets of a tier."""
    return {
        "AssignPublicIp": "DISABLED",
        "SecurityGroups": [attr(group, "GroupId")],
        "Subnets": [half(0, pair), half(1, pair)],
    }


NETWORK = "NetworkConfiguration.AwsvpcConfiguration"


@pytest.mark.parametrize(
    ("logical_id", "says"),
    [
        row(
            "Cluster",
            {"Type": "AWS::ECS::Cluster", "ClusterName": ABSENT, "Configuration": ABSENT},
            mark.requirement("FR-001"),
        ),
        row(
            "ClusterCapacity",
            {
                "Cluster": ref("Cluster"),
                "CapacityProviders": ["FARGATE", "FARGATE_SPOT"],
                "DefaultCapacityProviderStrategy": [
                    {"CapacityProvider": "FARGATE", "Weight": 70},
                    {"CapacityProvider": "FARGATE_SPOT", "Weight": 30},
                ],
            },
            mark.requirement("FR-001", "FR-004", "FR-005"),
        ),
        row(
            "Namespace",
            {
                "Type": "AWS::ServiceDiscovery::PrivateDnsNamespace",
                "Vpc": imported("network-VpcId"),
                "Name": "<env>.bidopsai.internal",
                "Properties": {"DnsProperties": {"SOA": {"TTL": 5}}},
            },
            mark.requirement("FR-002", "FR-022"),
        ),
        row(
            "AgentCoreDiscovery",
            {
                "Type": "AWS::ServiceDiscovery::Service",
                "Name": "agentcore",
                "NamespaceId": attr("Namespace", "Id"),
                "DnsConfig": {
                    "DnsRecords": [{"Type": "A", "TTL": 5}],
                    "RoutingPolicy": "MULTIVALUE",
                },
                "HealthCheckCustomConfig": {"FailureThreshold": 1},
                "HealthCheckConfig": ABSENT,
            },
            mark.requirement("FR-022"),
        ),
        row(
            "<title>LogGroup",
            {"Type": "AWS::Logs::LogGroup", "RetentionInDays": 7, "LogGroupName": ABSENT},
            mark.requirement("FR-010", "FR-044"),
        ),
        row(
            "<title>TaskDefinition",
            {
                "Family": "bidopsai-<env>-<name>",
                "NetworkMode": "awsvpc",
                "RequiresCompatibilities": ["FARGATE"],
                "RuntimePlatform": {"CpuArchitecture": "X86_64", "OperatingSystemFamily": "LINUX"},
                "ExecutionRoleArn": attr("<title>ExecutionRole", "Arn"),
                "TaskRoleArn": attr("<title>TaskRole", "Arn"),
                "Volumes": ABSENT,
            },
            mark.requirement("FR-001", "FR-008", "FR-009"),
        ),
        row(
            "<title>TaskDefinition",
            {
                f"{CONTAINER}Name": "<name>",
                f"{CONTAINER}Essential": True,
                f"{CONTAINER}PortMappings": [
                    {
                        "Name": "http",
                        "AppProtocol": "http",
                        "ContainerPort": "<port>",
                        "Protocol": "tcp",
                    }
                ],
                f"{CONTAINER}LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {
                        "awslogs-group": ref("<title>LogGroup"),
                        "awslogs-region": ref("AWS::Region"),
                        "awslogs-stream-prefix": "<name>",
                        "mode": "non-blocking",
                        "max-buffer-size": "25m",
                    },
                },
            },
            mark.requirement("FR-010", "FR-012", "FR-015"),
            of="container",
        ),
        row(
            "<title>TaskDefinition",
            {
                f"{CONTAINER}ReadonlyRootFilesystem": True,
                f"{CONTAINER}Privileged": False,
                f"{CONTAINER}User": "1000:1000",
                f"{CONTAINER}LinuxParameters.Capabilities": {"Drop": ["ALL"]},
                f"{CONTAINER}LinuxParameters.InitProcessEnabled": True,
                f"{CONTAINER}Ulimits": [{"Name": "nofile", "SoftLimit": 65536, "HardLimit": 65536}],
                f"{CONTAINER}MountPoints": ABSENT,
            },
            of="hardening",
        ),
        *(
            row(
                f"{title}TaskDefinition",
                {
                    f"{CONTAINER}Image": {
                        "Fn::Join": ["", [imported(f"storage-{repository}"), ref(f"{title}Image")]]
                    },
                    f"{CONTAINER}Secrets": [
                        {"Name": name, "ValueFrom": imported(f"security-{output}ParameterArn")}
                        for name, output in secrets.items()
                    ],
                },
                mark.requirement("FR-011", "FR-014"),
                of="image and secrets",
            )
            for title, repository, secrets in (
                (
                    *("Bff", "AppEcrRepositoryUri"),
                    {"DATABASE_URL": "BffDatabaseUrl", "SESSION_SECRET": "BffSessionSecret"},
                ),
                (
                    *("AgentCore", "AgentEcrRepositoryUri"),
                    {"DATABASE_URL": "AgentDatabaseUrl", "SEARCH_API_KEY": "AgentSearchApiKey"},
                ),
            )
        ),
        row(
            "<title>Service",
            {
                "DesiredCount": {
                    "Fn::If": [
                        "<title>DesiredCountGiven",
                        ref("<title>DesiredCount"),
                        ref("AWS::NoValue"),
                    ]
                },
                "AvailabilityZoneRebalancing": "ENABLED",
                "DeploymentConfiguration.MinimumHealthyPercent": 50,
                "DeploymentConfiguration.MaximumPercent": 200,
                "DeploymentConfiguration.DeploymentCircuitBreaker": {
                    "Enable": True,
                    "Rollback": True,
                },
                "DeploymentController": ABSENT,
                "PropagateTags": "SERVICE",
                "EnableECSManagedTags": True,
                "EnableExecuteCommand": False,
                "ServiceName": ABSENT,
                "LaunchType": ABSENT,
                "Monitoring": ABSENT,
            },
            mark.requirement("FR-019", "FR-020"),
            mark.requirement("FR-023", "FR-024"),
        ),
        row(
            "BffService",
            {
                NETWORK: tier("PrivateAppSubnetIds", "BffSecurityGroup"),
                "LoadBalancers": [
                    {
                        "ContainerName": "bff",
                        "ContainerPort": 3000,
                        "TargetGroupArn": ref("BffTargetGroup"),
                    }
                ],
                "ServiceRegistries": ABSENT,
                "DeploymentConfiguration.Alarms": {
                    "AlarmNames": [ref("BffServerErrorAlarm")],
                    "Enable": True,
                    "Rollback": True,
                },
                "DependsOn": depends_on(
                    BFF, "BffListenerRule", "DatabaseFromBffIngress", "EndpointsFromBffIngress"
                ),
            },
            mark.requirement("FR-021", "FR-031", "FR-035"),
        ),
        row(
            "AgentCoreService",
            {
                NETWORK: tier("PrivateAgentSubnetIds", "AgentCoreSecurityGroup"),
                "LoadBalancers": ABSENT,
                "ServiceRegistries": [{"RegistryArn": attr("AgentCoreDiscovery", "Arn")}],
                "DeploymentConfiguration.Alarms": ABSENT,
                # ECS long refused it there; the container's check has a start period instead.
                "HealthCheckGracePeriodSeconds": ABSENT,
                "DependsOn": depends_on(
                    AGENTCORE, "DatabaseFromAgentCoreIngress", "EndpointsFromAgentCoreIngress"
                ),
            },
            mark.requirement("FR-022", "FR-032"),
        ),
    ],
)
def test_a_resource_says_what_the_specification_asks(
    document: Says, environment: Environment, logical_id: str, says: Says
) -> None:
    check(document, environment, logical_id, says)


@mark.requirement("FR-013")
def test_containers_know_their_region_their_environment_and_whom_they_call(
    document: Says, environment: Environment
) -> None:
    name = environment.name
    both = {"AWS_REGION": ref("AWS::Region"), "ENVIRONMENT": name}
    level = "debug" if name == "dev" else "info"
    bucket = {"Fn::ImportValue": f"bidopsai-{name}-storage-KnowledgeBaseBucketName"}
    called = {
        f"{one.name.upper().replace('-', '_')}_URL": f"http://{one.name}.{name}.bidopsai.internal:{one.port}"
        for one in SERVICES
        if "bff" in one.callers
    }
    assert called["AGENTCORE_URL"] == f"http://agentcore.{name}.bidopsai.internal:8080"
    assert variables(document, "Bff") == both | called | {
        "HOSTNAME": "0.0.0.0",
        "KEEP_ALIVE_TIMEOUT": "70000",
        "LOG_LEVEL": level,
        "PORT": "3000",
    }
    agent = both | {"PORT": "8080", "KNOWLEDGE_BASE_BUCKET": bucket}
    assert agent.items() <= variables(document, "AgentCore").items()


@pytest.mark.parametrize(
    ("title", "program", "url"),
    [
        ("Bff", "node", "http://127.0.0.1:3000/api/health"),
        ("AgentCore", "python", "http://127.0.0.1:8080/ping"),
    ],
)
def test_a_container_asks_itself_whether_it_is_well(
    document: Says, environment: Environment, title: str, program: str, url: str
) -> None:
    (found,) = document["Resources"][f"{title}TaskDefinition"]["Properties"]["ContainerDefinitions"]
    health = found["HealthCheck"]
    settings = environment.services[found["Name"]]
    assert health["Command"] == list(settings.health_command)
    assert (health["Command"][0], health["Command"][1]) == ("CMD", program)
    assert url in health["Command"][-1]
    assert found["StopTimeout"] < 120


@pytest.mark.parametrize("name", ["dev", "test"])
@pytest.mark.parametrize("tasks", range(2, 11))
@mark.requirement("SC-008")
def test_spot_saves_30_percent_outside_production_however_ecs_rounds(
    environments: dict[str, Environment], name: str, tasks: int
) -> None:
    capacity = environments[name].capacity
    base = min(tasks, capacity.spot_base)
    share = capacity.spot_weight / (capacity.spot_weight + capacity.on_demand_weight)
    spot = base + int((tasks - base) * share)  # rounded against us
    assert spot / tasks * capacity.spot_discount_percent >= 30
