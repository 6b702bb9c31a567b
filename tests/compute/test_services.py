from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute.services import services
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import AGENTCORE, BFF, SERVICES, Service
from bidops_cfn.settings.tables import Capacity
from tests.settings_files import with_table

each_service = pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)


def callers_of(service: Service) -> list[Service]:
    return [one for one in SERVICES if one.name in service.callers]


def callees_of(service: Service) -> list[Service]:
    return [one for one in SERVICES if service.name in one.callers]


def built(service: Service, environment: Environment) -> dict[str, Any]:
    callers, callees = callers_of(service), callees_of(service)
    (resource,) = services(service, environment, callers, callees)
    made: dict[str, Any] = resource.to_dict()
    assert made["Type"] == "AWS::ECS::Service"
    return made


@pytest.mark.parametrize(
    "service",
    [
        pytest.param(BFF, marks=pytest.mark.requirement("FR-019")),
        pytest.param(AGENTCORE, marks=pytest.mark.requirement("FR-020")),
    ],
    ids=lambda service: service.name,
)
def test_the_desired_count_is_a_parameter_and_zero_leaves_the_running_count_alone(
    environment: Environment, service: Service
) -> None:
    assert built(service, environment)["Properties"]["DesiredCount"] == {
        "Fn::If": [
            f"{service.title}DesiredCountGiven",
            {"Ref": f"{service.title}DesiredCount"},
            {"Ref": "AWS::NoValue"},
        ]
    }


@pytest.mark.requirement("FR-021")
def test_bff_registers_its_port_with_the_target_group(environment: Environment) -> None:
    assert built(BFF, environment)["Properties"]["LoadBalancers"] == [
        {
            "ContainerName": "bff",
            "ContainerPort": 3000,
            "TargetGroupArn": {"Ref": "BffTargetGroup"},
        }
    ]
    assert "LoadBalancers" not in built(AGENTCORE, environment)["Properties"]


@pytest.mark.requirement("FR-021")
@pytest.mark.requirement("FR-035")
def test_bff_waits_for_the_listener_rule(environment: Environment) -> None:
    assert "BffListenerRule" in built(BFF, environment)["DependsOn"]


@pytest.mark.requirement("FR-022")
def test_agentcore_registers_its_address_and_no_port(environment: Environment) -> None:
    assert built(AGENTCORE, environment)["Properties"]["ServiceRegistries"] == [
        {"RegistryArn": {"Fn::GetAtt": ["AgentCoreDiscovery", "Arn"]}}
    ]
    assert "ServiceRegistries" not in built(BFF, environment)["Properties"]


@pytest.mark.requirement("FR-023")
@pytest.mark.parametrize(
    ("service", "output"),
    [
        pytest.param(BFF, "PrivateAppSubnetIds", marks=pytest.mark.requirement("FR-031")),
        pytest.param(AGENTCORE, "PrivateAgentSubnetIds", marks=pytest.mark.requirement("FR-032")),
    ],
)
def test_tasks_spread_over_both_private_subnets_of_their_tier(
    environment: Environment, service: Service, output: str
) -> None:
    properties = built(service, environment)["Properties"]
    pair = {"Fn::ImportValue": f"bidopsai-{environment.name}-network-{output}"}
    assert properties["NetworkConfiguration"] == {
        "AwsvpcConfiguration": {
            "AssignPublicIp": "DISABLED",
            "SecurityGroups": [{"Fn::GetAtt": [f"{service.title}SecurityGroup", "GroupId"]}],
            "Subnets": [
                {"Fn::Select": [0, {"Fn::Split": [",", pair]}]},
                {"Fn::Select": [1, {"Fn::Split": [",", pair]}]},
            ],
        }
    }
    assert properties["AvailabilityZoneRebalancing"] == "ENABLED"


@pytest.mark.requirement("FR-024")
@each_service
def test_deployments_roll_between_50_and_200_percent_and_roll_back(
    environment: Environment, service: Service
) -> None:
    properties = built(service, environment)["Properties"]
    configuration = properties["DeploymentConfiguration"]
    assert configuration["MinimumHealthyPercent"] == 50
    assert configuration["MaximumPercent"] == 200
    assert configuration["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert "DeploymentController" not in properties


def test_server_errors_roll_a_deployment_of_the_public_service_back(
    environment: Environment,
) -> None:
    configuration = built(BFF, environment)["Properties"]["DeploymentConfiguration"]
    assert configuration["Alarms"] == {
        "AlarmNames": [{"Ref": "BffServerErrorAlarm"}],
        "Enable": True,
        "Rollback": True,
    }
    assert "Alarms" not in built(AGENTCORE, environment)["Properties"]["DeploymentConfiguration"]


@pytest.mark.requirement("FR-001")
@pytest.mark.requirement("SC-008")
@pytest.mark.parametrize(
    ("name", "bases"), [("dev", (None, 3)), ("test", (None, 3)), ("prod", (2, None))]
)
@each_service
def test_spot_comes_first_outside_production_and_on_demand_in_it(
    environments: dict[str, Environment], service: Service, name: str, bases: tuple[object, object]
) -> None:
    made = built(service, environments[name])
    strategy = made["Properties"]["CapacityProviderStrategy"]
    assert [(item["CapacityProvider"], item["Weight"]) for item in strategy] == [
        ("FARGATE", 70),
        ("FARGATE_SPOT", 30),
    ]
    assert tuple(item.get("Base") for item in strategy) == bases
    assert "LaunchType" not in made["Properties"]
    assert "ClusterCapacity" in made["DependsOn"]


@pytest.mark.requirement("SC-008")
@pytest.mark.parametrize("name", ["dev", "test"])
@pytest.mark.parametrize("tasks", range(2, 11))
def test_spot_saves_30_percent_outside_production_however_ecs_rounds(
    environments: dict[str, Environment], name: str, tasks: int
) -> None:
    capacity = environments[name].capacity
    base = min(tasks, capacity.spot_base)
    share = capacity.spot_weight / (capacity.spot_weight + capacity.on_demand_weight)
    spot = base + int((tasks - base) * share)  # rounded against us
    assert spot / tasks * capacity.spot_discount_percent >= 30


@each_service
def test_the_service_waits_for_every_rule_of_its_own(
    environment: Environment, service: Service
) -> None:
    title = service.title
    expected = {"ClusterCapacity", f"EndpointsFrom{title}Ingress", f"DatabaseFrom{title}Ingress"}
    expected |= {f"{title}To{callee.title}Egress" for callee in callees_of(service)}
    expected |= {f"{title}From{caller.title}Ingress" for caller in callers_of(service)}
    expected |= {"BffListenerRule"} if service is BFF else set()
    assert set(built(service, environment)["DependsOn"]) == expected


def test_bff_waits_for_the_load_balancers_rule_where_it_is_ours(dev: Environment) -> None:
    asked = with_table(dev, "network", load_balancer_rules=True)
    assert "LoadBalancerToBffEgress" in built(BFF, asked)["DependsOn"]


@each_service
def test_the_service_waits_for_no_rule_that_its_owner_writes(
    dev: Environment, service: Service
) -> None:
    off = {"endpoint_rules": False, "database_rules": False, "load_balancer_rules": False}
    alone = with_table(dev, "network", **off)
    waits = built(service, alone)["DependsOn"]
    assert not [
        name for name in waits if name.startswith(("Endpoints", "Database", "LoadBalancer"))
    ]


def test_failing_health_is_forgiven_while_a_task_behind_the_load_balancer_starts(
    environment: Environment,
) -> None:
    period = built(BFF, environment)["Properties"]["HealthCheckGracePeriodSeconds"]
    assert period == environment.services["bff"].health_grace_seconds > 0


def test_a_service_without_a_load_balancer_has_no_grace_period(environment: Environment) -> None:
    """ECS long refused it there; the container's check has a start period instead."""
    assert "HealthCheckGracePeriodSeconds" not in built(AGENTCORE, environment)["Properties"]


@each_service
def test_tasks_carry_the_stacks_tags_and_take_no_shell(
    environment: Environment, service: Service
) -> None:
    properties = built(service, environment)["Properties"]
    assert properties["PropagateTags"] == "SERVICE"
    assert properties["EnableECSManagedTags"] is True
    assert properties["EnableExecuteCommand"] is False
    assert "ServiceName" not in properties


def test_weights_and_bases_come_from_the_settings(dev: Environment) -> None:
    changed = replace(dev, capacity=Capacity(on_demand_weight=5, spot_weight=6, on_demand_base=1))
    assert built(BFF, changed)["Properties"]["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Weight": 5, "Base": 1},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 6},
    ]


@each_service
def test_services_publish_fast_metrics_where_settings_ask_for_them(
    dev: Environment, service: Service
) -> None:
    fast = built(service, with_table(dev, "scaling", high_resolution_metrics=True))["Properties"]
    assert fast["Monitoring"]["MetricConfigurations"] == [
        {"MetricNames": ["CPUUtilization", "MemoryUtilization"], "ResolutionSeconds": 20}
    ]
    assert "Monitoring" not in built(service, dev)["Properties"]
