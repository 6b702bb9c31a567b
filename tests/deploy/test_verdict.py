"""The verdict: no success while ECS runs something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from bidops_cfn.deploy.verdict import (
    GONE,
    choose_restoring_step,
    find_task_definitions,
)
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World


def test_a_complete_stack_whose_service_ecs_rolled_back_is_a_failure(update: World) -> None:
    service = update.ecs.service("BffService")
    before = service.task_definition
    update.at_the_end_of_ours(lambda: service.deploy(before, "COMPLETED"))
    update.expect(
        update.deploy(),
        1,
        "bidops-cfn status --env dev",
        "ECS went back to BffTaskDefinition:1; the stack says BffTaskDefinition:2",
        executed=1,
    )


def test_a_complete_stack_without_all_its_tasks_is_a_failure(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    update.ecs.service("BffService").running = 3
    update.expect(
        update.deploy(), 1, "bidops-cfn status --env dev", "rollout is IN_PROGRESS", executed=1
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda service: service.deployments.clear(), "it has no primary deployment"),
        (lambda service: setattr(service, "status", "DRAINING"), "the service is DRAINING"),
        (lambda service: setattr(service, "running", 4), "4/5 tasks running"),
    ],
)
def test_a_service_that_is_not_as_it_should_be_is_told(
    world: World, change: Callable[[EcsService], None], said: str
) -> None:
    world.standing()
    change(world.ecs.service("BffService"))
    world.deploy().hold(1, f"BffService: {said}")


def test_a_service_that_ecs_does_not_know_is_told(world: World) -> None:
    world.standing()
    world.ecs.services.clear()
    world.deploy().hold(1, "ECS has no such service")


def test_a_service_that_cloudformation_does_not_name_is_not_said_to_be_deleted(
    world: World,
) -> None:
    world.standing().identify("BffService", "")
    ended = world.deploy().hold(1, "BffService: CloudFormation names no ECS service for it")
    assert "deleted" not in ended.said


def test_services_that_cannot_be_asked_for_are_no_success(world: World) -> None:
    world.standing()
    world.wire.refuse(AccessDenied, Call.DESCRIBE_SERVICES)
    ended = world.deploy().hold(7, "cannot tell whether the services run what was deployed")
    world.expect(ended, 7, "bidops-cfn watch --env dev")


def test_a_stack_without_services_has_nothing_to_be_asked() -> None:
    template: dict[str, Any] = {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}
    assert list(find_task_definitions(template, {})) == []


def test_ecs_may_be_a_few_reads_behind(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    finish = update.ecs.service("BffService").complete
    update.play.on_update = [(25, finish)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_no_changes_is_no_success_while_ecs_runs_something_else(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")
    world.expect(world.deploy(), 1, "bidops-cfn status --env dev", "ECS went back to bff:0")


def drop_the_reader(world: World) -> None:
    world.output.deaf = True


def interrupt_the_look_at_services(world: World) -> None:
    world.wire.before[Call.LIST_STACK_RESOURCES] = [KeyboardInterrupt()]


def interrupt_it_where_no_event_can_be_read(world: World) -> None:
    interrupt_the_look_at_services(world)
    call = Call.DESCRIBE_STACK_EVENTS
    world.wire.refuse(AccessDenied, call)


@pytest.mark.parametrize(
    "happen",
    [
        drop_the_reader,
        interrupt_the_look_at_services,
        interrupt_it_where_no_event_can_be_read,
    ],
)
def test_an_operation_that_was_seen_to_end_is_not_said_to_run(
    update: World, happen: Callable[[World], None]
) -> None:
    update.at_the_end_of_ours(lambda: happen(update))
    ended = update.expect(
        update.deploy(),
        7,
        "bidops-cfn watch --env dev",
        "cannot tell what the operation on bidopsai-dev-compute left",
        "it ended in UPDATE_COMPLETE; ",
        executed=1,
    )
    assert not any(claim in ended.said for claim in ("still runs", "goes on"))


@pytest.mark.parametrize("command", [World.deploy, World.watch])
def test_a_rolled_back_update_names_a_service_that_is_gone_and_what_restores_it(
    update: World, command: Callable[[World], Ended]
) -> None:
    update.play.fails = "BffService"
    update.at_the_end_of_ours(
        lambda: setattr(update.ecs.service("AgentCoreService"), "status", "INACTIVE")
    )
    if command is World.watch:
        update.deploy()
    ended = command(update)
    assert ended.error is not None
    assert f"AgentCoreService: {GONE}" in "\n".join(ended.error.details)
    assert ended.error.hint == choose_restoring_step(update.target)
