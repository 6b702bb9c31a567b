"""The compute stack's life in the sandbox: image change, settings change, scaling, destruction."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, NO_TASKS, Account, account


@pytest.fixture
def fresh(dev: Environment) -> Iterator[Account]:
    """The account of dev with its compute stack deployed, for one test alone."""
    with Sandbox([dev]) as sandbox, account(sandbox, dev) as held:
        held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        yield held


def changes(described: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return action and replacement of every change, by logical id."""
    rows = [change["ResourceChange"] for change in described["Changes"]]
    return {row["LogicalResourceId"]: (row["Action"], row.get("Replacement")) for row in rows}


def test_a_second_deployment_of_the_same_has_no_changes(fresh: Account, dev: Environment) -> None:
    described = fresh.change_set(dev.stack_name, template.render(dev), IMAGES)
    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes")


def test_a_new_image_replaces_the_task_definition_and_keeps_the_scaled_service(
    fresh: Account, dev: Environment
) -> None:
    ids = fresh.resources(dev.stack_name)
    cluster, service = ids["Cluster"], ids["BffService"]
    fresh.client("ecs").update_service(cluster=cluster, service=service, desiredCount=6)
    parameters = {**IMAGES, **NO_TASKS, "BffImage": ":1.1.0"}
    described = fresh.deploy(dev.stack_name, template.render(dev), parameters)
    assert changes(described)["BffTaskDefinition"] == ("Modify", "True")
    assert changes(described)["BffService"] == ("Modify", "False")
    assert "AgentCoreTaskDefinition" not in changes(described)
    after = fresh.resources(dev.stack_name)
    found = fresh.service(cluster, service)
    assert after["BffService"] == service
    assert found["taskDefinition"] == after["BffTaskDefinition"] != ids["BffTaskDefinition"]
    assert found["desiredCount"] == found["runningCount"] == 6
    assert found["deployments"][0]["rolloutState"] == "COMPLETED"
    assert fresh.container(found["taskDefinition"])["image"].endswith("bidopsai/app:1.1.0")


def test_a_change_set_shows_the_image_before_and_after(fresh: Account, dev: Environment) -> None:
    parameters = {**IMAGES, "BffImage": ":1.1.0"}
    described = fresh.change_set(dev.stack_name, template.render(dev), parameters)
    (change,) = [
        row["ResourceChange"]
        for row in described["Changes"]
        if row["ResourceChange"]["LogicalResourceId"] == "BffTaskDefinition"
    ]
    (detail,) = change["Details"]
    assert detail["ChangeSource"] == "ParameterReference"
    assert detail["CausingEntity"] == "BffImage"
    assert detail["Target"]["Path"] == "/Properties/ContainerDefinitions/0/Image"
    assert detail["Target"]["BeforeValue"].endswith("bidopsai/app:1.0.0")
    assert detail["Target"]["AfterValue"].endswith("bidopsai/app:1.1.0")
    assert json.loads(change["AfterContext"])["Properties"]["Family"] == "bidopsai-dev-bff"


def test_changed_settings_change_what_they_say_and_nothing_else(
    fresh: Account, dev: Environment
) -> None:
    services = {**dev.services, "bff": replace(dev.services["bff"], health_grace_seconds=120)}
    changed = template.render(replace(dev, services=services))
    described = fresh.deploy(dev.stack_name, changed, IMAGES)
    ids = fresh.resources(dev.stack_name)
    assert changes(described) == {"BffService": ("Modify", "False")}
    found = fresh.service(ids["Cluster"], ids["BffService"])
    assert found["healthCheckGracePeriodSeconds"] == 120


def test_a_failing_change_leaves_everything_as_it_was(fresh: Account, dev: Environment) -> None:
    before = fresh.resources(dev.stack_name)
    broken = json.loads(template.render(dev))
    broken["Resources"]["BffService"]["Properties"]["LoadBalancers"][0]["ContainerPort"] = 3999
    parameters = {**IMAGES, "BffImage": ":1.1.0"}
    fresh.deploy(dev.stack_name, json.dumps(broken), parameters)
    stack = fresh.stack(dev.stack_name)
    found = fresh.service(before["Cluster"], before["BffService"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert fresh.resources(dev.stack_name) == before
    assert found["taskDefinition"] == before["BffTaskDefinition"]
    again = fresh.change_set(dev.stack_name, template.render(dev), IMAGES)
    assert again["Status"] == "FAILED"


def test_the_other_stacks_cannot_go_while_the_compute_stack_imports_from_them(
    fresh: Account, dev: Environment
) -> None:
    with pytest.raises(fresh.cloudformation.exceptions.ClientError, match="in use by"):
        fresh.cloudformation.delete_stack(StackName="bidopsai-dev-network")
    imports = fresh.cloudformation.list_imports(ExportName="bidopsai-dev-network-VpcId")
    assert imports["Imports"] == [dev.stack_name]


def test_destruction_leaves_nothing_but_the_other_stacks(fresh: Account, dev: Environment) -> None:
    ids = fresh.resources(dev.stack_name)
    fresh.cloudformation.delete_stack(StackName=dev.stack_name)
    vpc = {item["Name"]: item["Value"] for item in fresh.cloudformation.list_exports()["Exports"]}
    groups = fresh.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc["bidopsai-dev-network-VpcId"]]}]
    )["SecurityGroups"]
    listener = vpc["bidopsai-dev-network-HttpsListenerArn"]
    names = {item["RoleName"] for item in fresh.client("iam").list_roles()["Roles"]}
    assert not {group["GroupId"] for group in groups} & set(ids.values())
    assert not names & set(ids.values())
    assert fresh.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert len(fresh.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]) == 1
    assert fresh.client("logs").describe_log_groups()["logGroups"] == []
    assert fresh.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert fresh.client("servicediscovery").list_namespaces()["Namespaces"] == []
    scaling = fresh.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert fresh.client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"] == []
    for name in ("bidopsai-dev-network", "bidopsai-dev-storage", "bidopsai-dev-security"):
        fresh.cloudformation.delete_stack(StackName=name)
    assert fresh.cloudformation.describe_stacks()["Stacks"] == []


def test_production_keeps_its_log_groups(prod: Environment) -> None:
    with Sandbox([prod]) as sandbox, account(sandbox, prod) as held:
        held.deploy(prod.stack_name, template.render(prod), IMAGES, "CREATE")
        ids = held.resources(prod.stack_name)
        held.cloudformation.delete_stack(StackName=prod.stack_name)
        left = held.client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in left} == {
        ids[f"{one.title}LogGroup"] for one in SERVICES
    }
