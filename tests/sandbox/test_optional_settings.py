"""Every optional setting at once: the template that they render is deployed as any other."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bidops_cfn.compute import template
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.server import Sandbox
from tests.rules.test_optional_settings import KEY, SETTINGS
from tests.sandbox.account import IMAGES, Account, account


@pytest.fixture(scope="module")
def everything(dev: Environment) -> Environment:
    for change in SETTINGS.values():
        dev = change(dev)
    return dev


@pytest.fixture(scope="module")
def deployed(everything: Environment) -> Iterator[Account]:
    with Sandbox([everything]) as sandbox, account(sandbox, everything) as held:
        held.deploy(everything.stack_name, template.render(everything), IMAGES, "CREATE")
        yield held


def test_it_fits_into_a_request_as_it_is_sent(everything: Environment) -> None:
    assert len(prepare_body(template.render(everything)).encode()) < 51_200


def test_storage_has_its_key_and_sessions_of_ecs_exec_are_recorded(
    deployed: Account, everything: Environment
) -> None:
    ids = deployed.resources(everything.stack_name)
    (cluster,) = deployed.client("ecs").describe_clusters(
        clusters=[ids["Cluster"]], include=["CONFIGURATIONS"]
    )["clusters"]
    found = cluster["configuration"]
    assert found["managedStorageConfiguration"] == {"fargateEphemeralStorageKmsKeyId": KEY}
    executing = found["executeCommandConfiguration"]
    assert executing["logging"] == "OVERRIDE"
    assert executing["logConfiguration"]["cloudWatchLogGroupName"] == "/audit/ecs-exec"
    service = deployed.service(ids["Cluster"], ids["BffService"])
    assert service["enableExecuteCommand"] is True


def test_eventbridge_tells_the_topic(deployed: Account, everything: Environment) -> None:
    events = deployed.client("events")
    rules = {one["Name"].split("-")[-2]: one for one in events.list_rules()["Rules"]}
    assert set(rules) == {"FailedDeploymentRule", "SpotInterruptionRule"}
    ids = deployed.resources(everything.stack_name)
    pattern = json.loads(rules["FailedDeploymentRule"]["EventPattern"])
    assert set(pattern["resources"]) == {ids[f"{one.title}Service"] for one in SERVICES}
    for rule in rules.values():
        (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        assert target == {"Id": "topic", "Arn": everything.alarms.events_topic_arn}


def test_only_the_agent_runs_on_arm(deployed: Account, everything: Environment) -> None:
    ids = deployed.resources(everything.stack_name)
    found = {
        title: deployed.client("ecs").describe_task_definition(
            taskDefinition=ids[f"{title}TaskDefinition"]
        )["taskDefinition"]["runtimePlatform"]["cpuArchitecture"]
        for title in ("Bff", "AgentCore")
    }
    assert found == {"Bff": "X86_64", "AgentCore": "ARM64"}


def test_scaling_follows_the_fast_metrics(deployed: Account) -> None:
    policies = deployed.client("application-autoscaling").describe_scaling_policies(
        ServiceNamespace="ecs"
    )["ScalingPolicies"]
    metrics = {
        policy["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"][
            "PredefinedMetricType"
        ]
        for policy in policies
    }
    assert metrics == {
        "ECSServiceAverageCPUUtilizationHighResolution",
        "ECSServiceAverageMemoryUtilizationHighResolution",
    }


def test_a_second_deployment_has_no_changes(deployed: Account, everything: Environment) -> None:
    described = deployed.change_set(everything.stack_name, template.render(everything), IMAGES)
    assert described["StatusReason"].startswith("The submitted information didn't contain changes")
