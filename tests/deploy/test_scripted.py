"""The scripted AWS itself: what is late, what others do, and what ECS tells of a rollout."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Unsupported
from bidops_cfn_sandbox.engine.service import threshold
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.lag import Lag
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.wire import check_answer
from tests.deploy.scripted.world import World

NEW = "UPDATE_VALIDATION_IN_PROGRESS"


def shown(world: World, name: str = "") -> str:
    """The status that a read shows now."""
    described = world.cloudformation.describe_stacks(name or world.stack.id)
    check_answer(Call.DESCRIBE_STACKS, described)
    status: str = described["Stacks"][0]["StackStatus"]
    return status


def test_a_late_read_shows_what_stood_before_until_some_time_after_the_end(world: World) -> None:
    stack = world.standing("UPDATE_ROLLBACK_COMPLETE")
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30)
    Other(stack).update(10)
    assert shown(world) == "UPDATE_ROLLBACK_COMPLETE"
    world.clock.sleep(39)
    assert (stack.status, shown(world)) == ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    world.clock.sleep(1)
    assert shown(world) == "UPDATE_COMPLETE"


def test_a_read_that_relapses_shows_the_operation_while_it_runs(world: World) -> None:
    stack = world.standing()
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30, relapses=True)
    before = stack.updated
    Other(stack).update(10)
    assert shown(world) == "UPDATE_IN_PROGRESS"
    world.clock.sleep(10)
    late = world.cloudformation.describe_stacks(stack.id)["Stacks"][0]
    assert late["LastUpdatedTime"] == before != stack.updated
    assert late.get("ChangeSetId", "") != stack.change_set_id


def test_a_stack_that_is_gone_is_found_by_name_as_long_as_reads_are_late(world: World) -> None:
    stack = world.standing()
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30)
    Other(stack).delete(5)
    world.clock.sleep(20)
    assert shown(world, stack.name) == "UPDATE_COMPLETE"
    world.clock.sleep(20)
    with pytest.raises(NotFound):
        shown(world, stack.name)
    assert shown(world, stack.id) == "DELETE_COMPLETE"


def test_an_update_of_another_operator_has_its_own_token_operation_and_change_set(
    world: World,
) -> None:
    stack = world.standing()
    Other(stack).update(10, fails=True)
    world.clock.sleep(10)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    first = stack.events[0]
    assert first["ClientRequestToken"].startswith("Console-")
    assert len({event.get("OperationId") for event in stack.events}) == 3  # none, and two


def test_service_deployments_follow_what_happens_to_the_service(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:2")
    service.fail()
    listed = world.ecs.list_service_deployments(service.arn)["serviceDeployments"]
    assert [one["status"] for one in listed] == ["IN_PROGRESS", "SUCCESSFUL"]
    arn = listed[0]["serviceDeploymentArn"]
    (one,) = world.ecs.describe_service_deployments([arn])["serviceDeployments"]
    assert one["deploymentCircuitBreaker"] == {
        "status": "MONITORING",
        "failureCount": 1,
        "threshold": threshold(5),
    }
    revision = one["targetServiceRevision"]["arn"]
    (found,) = world.ecs.describe_service_revisions([revision])["serviceRevisions"]
    assert found["containerImages"][0]["imageDigest"] == digest(service.task_definition)


def test_a_deployment_that_ecs_took_away_is_listed_among_the_service_deployments(
    world: World,
) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    before = service.task_definition
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:2")
    service.vanish()
    assert [one["taskDefinition"] for one in service.deployments] == [before]
    assert [one["status"] for one in service.rollouts] == ["ROLLBACK_SUCCESSFUL", "SUCCESSFUL"]
    assert service.running == service.desired


def test_tasks_are_listed_page_by_page(world: World) -> None:
    world.standing()
    for _ in range(150):
        world.ecs.stop_task("BffService", "ecs-svc/old", "it crashed")
    first = world.ecs.list_tasks("compute", "BffService", "STOPPED")
    second = world.ecs.list_tasks("compute", "BffService", "STOPPED", first["nextToken"])
    assert len(first["taskArns"]) == 100
    assert len(second["taskArns"]) == 50
    assert "nextToken" not in second


def test_the_cluster_is_gone_once_its_services_are(world: World) -> None:
    stack = world.standing()
    world.play.delete(stack, "token")
    world.clock.sleep(20)
    assert stack.gone
    with pytest.raises(NotFound, match="Cluster not found"):
        world.ecs.describe_services("compute", [])


def test_words_that_aws_added_later_are_answered_only_where_a_scenario_says_so() -> None:
    answer = {"Stacks": [{"StackName": "a", "StackStatus": NEW}]}
    check_answer(Call.DESCRIBE_STACKS, answer, {NEW})
    with pytest.raises(AssertionError, match="AWS never says"):
        check_answer(Call.DESCRIBE_STACKS, answer)


def test_an_operation_that_the_endpoint_does_not_know_is_refused(world: World) -> None:
    world.wire.unknown.add("ListTasks")
    with pytest.raises(Unsupported):
        world.wire(Call.LIST_TASKS, cluster="compute")
