"""The compute stack's life in the sandbox: image change, settings change, scaling, destruction."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from tests.sandbox.account import IMAGES, NO_TASKS, Account


def changes(described: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Return action and replacement of every change, by logical id."""
    rows = [change["ResourceChange"] for change in described["Changes"]]
    return {row["LogicalResourceId"]: (row["Action"], row.get("Replacement")) for row in rows}


# Of one stack's life, in this order: what changes it comes last.


def test_a_change_set_shows_the_image_before_and_after(deployed: Account, dev: Environment) -> None:
    parameters = {**IMAGES, "BffImage": ":1.1.0"}
    described = deployed.change_set(dev.stack_name, template.render(dev), parameters)
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


def test_the_other_stacks_cannot_go_while_the_compute_stack_imports_from_them(
    deployed: Account, dev: Environment
) -> None:
    with pytest.raises(deployed.cloudformation.exceptions.ClientError, match="in use by"):
        deployed.cloudformation.delete_stack(StackName="bidopsai-dev-network")
    imports = deployed.cloudformation.list_imports(ExportName="bidopsai-dev-network-VpcId")
    assert imports["Imports"] == [dev.stack_name]


def test_a_failing_change_leaves_everything_as_it_was(deployed: Account, dev: Environment) -> None:
    before = deployed.resources(dev.stack_name)
    broken = json.loads(template.render(dev))
    broken["Resources"]["BffService"]["Properties"]["LoadBalancers"][0]["ContainerPort"] = 3999
    parameters = {**IMAGES, "BffImage": ":1.1.0"}
    deployed.deploy(dev.stack_name, json.dumps(broken), parameters)
    stack = deployed.stack(dev.stack_name)
    found = deployed.service(before["Cluster"], before["BffService"])
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert deployed.resources(dev.stack_name) == before
    assert found["taskDefinition"] == before["BffTaskDefinition"]
    again = deployed.change_set(dev.stack_name, template.render(dev), IMAGES)
    assert again["Status"] == "FAILED"


def test_changed_settings_change_what_they_say_and_nothing_else(
    deployed: Account, dev: Environment
) -> None:
    services = {**dev.services, "bff": replace(dev.services["bff"], health_grace_seconds=120)}
    changed = template.render(replace(dev, services=services))
    described = deployed.deploy(dev.stack_name, changed, IMAGES)
    ids = deployed.resources(dev.stack_name)
    assert changes(described) == {"BffService": ("Modify", "False")}
    found = deployed.service(ids["Cluster"], ids["BffService"])
    assert found["healthCheckGracePeriodSeconds"] == 120


def test_a_new_image_replaces_the_task_definition_and_keeps_the_scaled_service(
    deployed: Account, dev: Environment
) -> None:
    ids = deployed.resources(dev.stack_name)
    cluster, service = ids["Cluster"], ids["BffService"]
    deployed.client("ecs").update_service(cluster=cluster, service=service, desiredCount=6)
    parameters = {**IMAGES, **NO_TASKS, "BffImage": ":1.1.0"}
    described = deployed.deploy(dev.stack_name, template.render(dev), parameters)
    assert changes(described)["BffTaskDefinition"] == ("Modify", "True")
    assert changes(described)["BffService"] == ("Modify", "False")
    assert "AgentCoreTaskDefinition" not in changes(described)
    after = deployed.resources(dev.stack_name)
    found = deployed.service(cluster, service)
    assert after["BffService"] == service
    assert found["taskDefinition"] == after["BffTaskDefinition"] != ids["BffTaskDefinition"]
    assert found["desiredCount"] == found["runningCount"] == 6
    assert found["deployments"][0]["rolloutState"] == "COMPLETED"
    assert deployed.container(found["taskDefinition"])["image"].endswith("bidopsai/app:1.1.0")


def test_destruction_leaves_nothing_but_the_other_stacks(
    deployed: Account, dev: Environment
) -> None:
    ids = deployed.resources(dev.stack_name)
    deployed.cloudformation.delete_stack(StackName=dev.stack_name)
    exports = deployed.exports()
    groups = deployed.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [exports["bidopsai-dev-network-VpcId"]]}]
    )["SecurityGroups"]
    listener = exports["bidopsai-dev-network-HttpsListenerArn"]
    names = {item["RoleName"] for item in deployed.client("iam").list_roles()["Roles"]}
    assert not {group["GroupId"] for group in groups} & set(ids.values())
    assert not names & set(ids.values())
    assert deployed.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert len(deployed.client("elbv2").describe_rules(ListenerArn=listener)["Rules"]) == 1
    assert deployed.client("logs").describe_log_groups()["logGroups"] == []
    assert deployed.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert deployed.client("servicediscovery").list_namespaces()["Namespaces"] == []
    scaling = deployed.client("application-autoscaling")
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert deployed.client("ecs").list_task_definitions(status="ACTIVE")["taskDefinitionArns"] == []
    for name in ("bidopsai-dev-network", "bidopsai-dev-storage", "bidopsai-dev-security"):
        deployed.cloudformation.delete_stack(StackName=name)
    assert deployed.cloudformation.describe_stacks()["Stacks"] == []
