"""What settings decide: what differs between committed environments, and what may be set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment, Listener
from bidops_cfn.settings.services import AGENTCORE, SERVICES
from bidops_cfn.settings.tables import Alarms, Capacity, Logs
from tests.compute.rows import (
    ABSENT,
    CONTAINER,
    KEY,
    LOAD_BALANCER,
    Says,
    check,
    depends_on,
    imported,
    scaled,
    variables,
    watched,
)
from tests.settings_files import with_table

mark = pytest.mark

TOPIC = "arn:aws:sns:us-east-1:111111111111:alarms"
SIZES = {
    "dev": ("512", "1024", "Delete", "Delete"),
    "test": ("1024", "2048", "Delete", "Delete"),
    "prod": ("2048", "4096", "RetainExceptOnCreate", "Retain"),
}


@mark.requirement("FR-003", "FR-006", "FR-007", "FR-041", "FR-042", "FR-043", "SC-008")
def test_what_differs_between_environments_is_sizes_bases_logs_and_settings(
    document: Says, environment: Environment
) -> None:
    cpu, memory, deleted, replaced = SIZES[environment.name]
    bff = environment.services["bff"]
    base = {"FARGATE": {"Base": 2}} if environment.name == "prod" else {"FARGATE_SPOT": {"Base": 3}}
    strategy = [
        {"CapacityProvider": provider, "Weight": weight, **base.get(provider, {})}
        for provider, weight in (("FARGATE", 70), ("FARGATE_SPOT", 30))
    ]
    insights = {"Name": "containerInsights", "Value": environment.container_insights}
    errors = environment.alarms.server_errors_per_minute
    rows: dict[str, Says] = {
        "Cluster": {"ClusterSettings": [insights]},
        "<title>TaskDefinition": {
            "Cpu": cpu,
            "Memory": memory,
            f"{CONTAINER}Memory": int(memory),
        },
        "<title>LogGroup": {"DeletionPolicy": deleted, "UpdateReplacePolicy": replaced},
        "<title>Service": {"CapacityProviderStrategy": strategy},
        "BffService": {"HealthCheckGracePeriodSeconds": bff.health_grace_seconds},
        "BffServerErrorAlarm": watched(
            *("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", LOAD_BALANCER, ("Sum", 3)),
            ("GreaterThan", errors, "notBreaching"),
        ),
    }
    for name, says in rows.items():
        check(document, environment, name, says)
    assert insights["Value"] in {"enabled", "enhanced"}
    assert bff.health_grace_seconds > 0


def of_bff(dev: Environment, **changed: Any) -> Environment:
    bff = replace(dev.services["bff"], **changed)
    return replace(dev, services={**dev.services, "bff": bff})


def listens(**wanted: tuple[str, ...]) -> Callable[[Environment], Environment]:
    return lambda dev: of_bff(dev, listener=Listener(priority=7, **wanted))


HOSTS = {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example"]}}
PATHS = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/a/*"]}}
MEMORY = ["rw", "noexec", "nosuid", "nodev", "mode=1777"]
FAST = {"MetricNames": ["CPUUtilization", "MemoryUtilization"], "ResolutionSeconds": 20}
SETTINGS: dict[str, tuple[Callable[[Environment], Environment], str, Says]] = {
    "weights of the default strategy": (
        lambda dev: replace(dev, capacity=Capacity(on_demand_weight=1, spot_weight=4)),
        "ClusterCapacity",
        {
            "DefaultCapacityProviderStrategy.0.Weight": 1,
            "DefaultCapacityProviderStrategy.1.Weight": 4,
        },
    ),
    "weights and bases of a service": (
        lambda dev: replace(
            dev, capacity=Capacity(on_demand_weight=5, spot_weight=6, on_demand_base=1)
        ),
        "BffService",
        {
            "CapacityProviderStrategy": [
                {"CapacityProvider": "FARGATE", "Weight": 5, "Base": 1},
                {"CapacityProvider": "FARGATE_SPOT", "Weight": 6},
            ]
        },
    ),
    "a key for the storage of tasks": (
        lambda dev: with_table(dev, "security", storage_key_arn=KEY),
        "Cluster",
        {
            "Configuration": {
                "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": KEY}
            }
        },
    ),
    "a key for logs": (
        lambda dev: replace(dev, logs=Logs(retain=False, key_arn=KEY)),
        "<title>LogGroup",
        {"KmsKeyId": KEY},
    ),
    "no key for logs": (lambda dev: dev, "<title>LogGroup", {"KmsKeyId": ABSENT}),
    "a topic for alarms": (
        lambda dev: replace(dev, alarms=Alarms(topic_arn=TOPIC, server_errors_per_minute=10)),
        "<title>TaskDeficitAlarm",
        {"AlarmActions": [TOPIC], "OKActions": [TOPIC]},
    ),
    "no topic": (
        lambda dev: replace(dev, alarms=Alarms(topic_arn=None, server_errors_per_minute=10)),
        "BffServerErrorAlarm",
        {"AlarmActions": ABSENT, "OKActions": ABSENT},
    ),
    "a secret of Secrets Manager": (
        lambda dev: of_bff(dev, secrets={}, secrets_manager={"TOKEN": "PaymentSecretArn"}),
        "BffTaskDefinition",
        {
            f"{CONTAINER}Secrets": [
                {"Name": "TOKEN", "ValueFrom": imported("security-PaymentSecretArn")}
            ]
        },
    ),
    "a path in memory": (
        lambda dev: of_bff(dev, tmpfs={"/tmp": 64}),
        "BffTaskDefinition",
        {
            f"{CONTAINER}LinuxParameters.Tmpfs": [
                {"ContainerPath": "/tmp", "Size": 64, "MountOptions": MEMORY}
            ]
        },
    ),
    "no path in memory": (
        lambda dev: of_bff(dev, tmpfs={}),
        "BffTaskDefinition",
        {f"{CONTAINER}LinuxParameters.Tmpfs": ABSENT},
    ),
    "fast metrics of a service": (
        lambda dev: with_table(dev, "scaling", high_resolution_metrics=True),
        "<title>Service",
        {"Monitoring": {"MetricConfigurations": [FAST]}},
    ),
    "scaling by fast metrics of memory": (
        lambda dev: with_table(dev, "scaling", high_resolution_metrics=True),
        "<title>MemoryScaling",
        scaled("memory", "ECSServiceAverageMemoryUtilizationHighResolution", 80),
    ),
    "scaling by fast metrics": (
        lambda dev: with_table(dev, "scaling", high_resolution_metrics=True),
        "<title>CpuScaling",
        scaled("cpu", "ECSServiceAverageCPUUtilizationHighResolution", 70),
    ),
    "a rule on the load balancer's group": (
        lambda dev: with_table(dev, "network", load_balancer_rules=True),
        "BffService",
        {"DependsOn.-1": "LoadBalancerToBffEgress"},
    ),
    "rules that their owners write": (
        lambda dev: with_table(dev, "network", endpoint_rules=False, database_rules=False),
        "AgentCoreService",
        {"DependsOn": depends_on(AGENTCORE)},
    ),
    "hosts": (
        listens(hosts=("a.example",)),
        "BffListenerRule",
        {"Priority": 7, "Conditions": [HOSTS]},
    ),
    "paths": (listens(paths=("/a/*",)), "BffListenerRule", {"Priority": 7, "Conditions": [PATHS]}),
    "hosts and paths": (
        listens(hosts=("a.example",), paths=("/a/*",)),
        "BffListenerRule",
        {"Priority": 7, "Conditions": [HOSTS, PATHS]},
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_decides(dev: Environment, name: str) -> None:
    change, logical_id, says = SETTINGS[name]
    check(template.build(change(dev)), dev, logical_id, says)


def test_the_url_of_a_service_with_a_dash_in_its_name_is_a_variable(dev: Environment) -> None:
    other = replace(AGENTCORE, name="audit-log", title="Audit")
    services = (*SERVICES, other)
    settings = {**dev.services, "audit-log": dev.services["agentcore"]}
    document = template.build(replace(dev, services=settings), services)
    assert "AUDIT_LOG_URL" in variables(document, "Bff")
