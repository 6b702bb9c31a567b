"""ECS in the sandbox: what changes of a service and its task definition do, and deletion."""

from __future__ import annotations

import copy

import pytest

from tests.sandbox.account import Account
from tests.sandbox.models.ecs_specimens import TASK, resources
from tests.sandbox.models.specimen import Stack


def test_a_revision_that_no_service_runs_is_missing(dev_account: Account) -> None:
    arn = "arn:aws:ecs:us-east-1:111111111111:service-revision/c/s/1"
    answer = dev_account.client("ecs").describe_service_revisions(serviceRevisionArns=[arn])
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"}]


def test_a_new_task_definition_is_a_new_revision_that_the_service_runs(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    before = stack.deploy(resources(exports))
    first = dev_account.service("specimen", "specimen")["deployments"][0]["id"]
    changed = resources(exports)
    changed["Task"]["Properties"] = copy.deepcopy(TASK)
    changed["Task"]["Properties"]["ContainerDefinitions"][0]["Image"] = "app:2"
    after = stack.deploy(changed)
    found = dev_account.service("specimen", "specimen")
    old = dev_account.client("ecs").describe_task_definition(taskDefinition=before["Task"])
    assert int(after["Task"].rsplit(":", 1)[1]) == int(before["Task"].rsplit(":", 1)[1]) + 1
    assert found["taskDefinition"] == after["Task"]
    assert found["deployments"][0]["id"] != first
    assert dev_account.container(after["Task"])["image"] == "app:2"
    assert old["taskDefinition"]["status"] == "INACTIVE"


def test_a_template_without_a_count_leaves_a_scaled_service_alone(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports))
    ecs = dev_account.client("ecs")
    ecs.update_service(cluster="specimen", service="specimen", desiredCount=7)
    stack.deploy(resources(exports, DesiredCount=None, HealthCheckGracePeriodSeconds=90))
    found = dev_account.service("specimen", "specimen")
    (primary,) = found["deployments"]
    assert found["desiredCount"] == found["runningCount"] == primary["runningCount"] == 7
    assert found["healthCheckGracePeriodSeconds"] == 90


def test_a_new_service_without_a_count_starts_one_task(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports, DesiredCount=None))
    assert dev_account.service("specimen", "specimen")["desiredCount"] == 1


def test_a_service_that_its_own_api_deleted_has_no_task_and_cannot_be_updated(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    stack.deploy(resources(exports))
    ecs = dev_account.client("ecs")
    ecs.delete_service(cluster="specimen", service="specimen", force=True)
    found = dev_account.service("specimen", "specimen")
    assert (found["status"], found["desiredCount"], found["runningCount"]) == ("INACTIVE", 0, 0)
    assert ecs.list_tasks(cluster="specimen", serviceName="specimen")["taskArns"] == []
    status = stack.attempt(resources(exports, HealthCheckGracePeriodSeconds=90))
    assert status == "UPDATE_ROLLBACK_FAILED"
    assert any("Service was not ACTIVE" in one for one in stack.failures())


def test_a_deleted_service_is_inactive_and_its_cluster_with_it(
    stack: Stack, dev_account: Account, exports: dict[str, str]
) -> None:
    ids = stack.deploy(resources(exports))
    stack.delete()
    found = dev_account.service("specimen", "specimen")
    (cluster,) = dev_account.client("ecs").describe_clusters(clusters=["specimen"])["clusters"]
    assert (found["status"], found["runningCount"]) == ("INACTIVE", 0)
    assert (cluster["status"], cluster["activeServicesCount"]) == ("INACTIVE", 0)
    with pytest.raises(dev_account.client("elbv2").exceptions.TargetGroupNotFoundException):
        dev_account.client("elbv2").describe_target_groups(TargetGroupArns=[ids["Targets"]])
