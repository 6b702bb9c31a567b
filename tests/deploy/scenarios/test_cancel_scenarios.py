"""``cancel``: an update goes back, its rollout is taken back by ECS, and healthy tasks stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    Rejected,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.verdict import GONE, choose_restoring_step
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World

STOP, CANCEL = Call.STOP_SERVICE_DEPLOYMENT, Call.CANCEL_UPDATE_STACK
OLD = "arn:aws:ecs:us-east-1:111111111111:task-definition/BffTaskDefinition:1"
STOPPED = "the rollout of BffService was stopped: ECS goes back with the tasks that still run"


@pytest.fixture
def rolling(update: World) -> World:
    """An update in progress whose new tasks have not taken over; the old ones run."""
    update.play.never_ends = True
    update.play.hesitates = 3
    update.begin_update()
    return update


def order(world: World) -> list[Call]:
    return [call for call, _ in world.wire.calls if call in (STOP, CANCEL)]


def deployments(world: World) -> list[str]:
    """The task definitions that the service was deployed with, the newest first."""
    return [one["_taskDefinition"] for one in world.ecs.service("BffService").rollouts]


def test_the_rollout_is_stopped_with_the_update(rolling: World) -> None:
    before = deployments(rolling)
    ended = rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert order(rolling) == [CANCEL, STOP]
    assert STOPPED in ended.done.details
    assert rolling.ecs.service("BffService").task_definition == OLD
    assert deployments(rolling) == before  # CloudFormation has nothing to roll out again


def test_a_rollout_whose_old_tasks_are_gone_is_left_to_cloudformation(rolling: World) -> None:
    del rolling.ecs.service("BffService").deployments[1:]
    assert rolling.cancel().code == 0
    assert order(rolling) == [CANCEL]


def test_an_update_without_a_rollout_is_only_cancelled(update: World) -> None:
    stack = update.stack
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    stack.event("BffTaskRole", "AWS::IAM::Role", "UPDATE_IN_PROGRESS")
    update.expect(update.cancel(), 0, "is back where it was before the update")
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert order(update) == [CANCEL]


def test_a_service_that_is_gone_comes_with_how_to_restore_it(rolling: World) -> None:
    rolling.ecs.service("AgentCoreService").status = "INACTIVE"
    ended = rolling.expect(rolling.cancel(), 0, "bidops-cfn destroy --env dev")
    assert ended.done.summary == "bidopsai-dev-compute is UPDATE_ROLLBACK_COMPLETE"
    assert f"! AgentCoreService: {GONE}" in ended.done.details
    assert ended.done.next == choose_restoring_step(rolling.target)


def finish(world: World) -> None:
    """Let the rollout end between the list and the stop."""

    def listed(**asked: object) -> dict[str, object]:
        answer: dict[str, object] = lists(**asked)
        world.ecs.service("BffService").complete()
        return answer

    lists = world.wire.handlers[Call.LIST_SERVICE_DEPLOYMENTS]
    world.wire.handlers[Call.LIST_SERVICE_DEPLOYMENTS] = listed


def test_a_rollout_that_is_over_already_is_no_trouble(rolling: World) -> None:
    finish(rolling)
    rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert order(rolling) == [CANCEL, STOP]
    assert "cannot be stopped" not in rolling.noticed


def throttled(world: World) -> None:
    world.wire.refuse(Throttled, STOP, why="Rate exceeded")


def unlisted(world: World) -> None:
    world.deny(Call.LIST_SERVICE_DEPLOYMENTS)


@pytest.mark.parametrize(
    ("happen", "told"),
    [
        (lambda world: world.deny(STOP), "ecs:StopServiceDeployment"),
        (throttled, "AWS throttled"),
        (unlisted, "ecs:ListServiceDeployments"),
    ],
    ids=["denied", "throttled", "not listed"],
)
def test_what_cannot_be_stopped_is_cancelled_as_ever(
    rolling: World, happen: Callable[[World], None], told: str
) -> None:
    happen(rolling)
    ended = rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert "cannot be stopped" in rolling.noticed
    assert told in rolling.noticed
    assert "may replace running tasks once more" in rolling.noticed
    assert STOPPED not in ended.done.details


@pytest.mark.parametrize("answer", [{}, {"serviceDeployments": [{"status": "IN_PROGRESS"}]}])
def test_an_answer_that_is_not_understood_does_not_keep_it_from_being_cancelled(
    rolling: World, answer: dict[str, object]
) -> None:
    rolling.wire.handlers[Call.LIST_SERVICE_DEPLOYMENTS] = lambda **_: answer
    rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert order(rolling) == [CANCEL]


@pytest.mark.parametrize("call", [STOP, Call.LIST_SERVICE_DEPLOYMENTS])
def test_an_endpoint_without_the_stop_is_no_trouble(rolling: World, call: Call) -> None:
    rolling.wire.unknown.add(call.value.name)
    rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert rolling.noticed == ""


def test_a_lost_answer_to_the_stop_changes_nothing(rolling: World) -> None:
    rolling.wire.after[STOP] = [Unavailable(STOP, "the connection was closed")]
    rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert order(rolling) == [CANCEL, STOP]
    assert "cannot be stopped" not in rolling.noticed


def test_the_rollout_of_an_update_that_cannot_be_cancelled_goes_on(rolling: World) -> None:
    rolling.deny(CANCEL)
    ended = rolling.cancel().hold(7)
    assert order(rolling) == [CANCEL]
    assert "cloudformation:CancelUpdateStack" in ended.said


def test_a_rollback_that_has_turned_to_the_service_is_left_alone(rolling: World) -> None:
    rolling.play.hesitates = 0
    ended = rolling.expect(rolling.cancel(), 0, "is back where it was before the update")
    assert order(rolling) == [CANCEL, STOP]
    assert "cannot be stopped" not in rolling.noticed
    assert STOPPED not in ended.done.details


def test_a_cancellation_that_takes_longer_than_its_time_limit_is_left(rolling: World) -> None:
    rolling.play.seconds = 600
    rolling.cancel(minutes=1).hold(7, "it took longer than 1 minutes")
    assert rolling.clock.elapsed < 90
    assert order(rolling) == [CANCEL, STOP]


def test_cloudformation_that_rolls_back_by_itself_is_followed(rolling: World) -> None:
    """It may have failed in another resource: the cancellation comes too late."""

    def too_late() -> Fault:
        del rolling.wire.always[CANCEL]
        stack = rolling.stack
        rolling.cloudformation.stacks.cancel(stack, stack.operation.token)
        return Rejected(CANCEL, "cannot be called from current stack status", "ValidationError")

    rolling.wire.always[CANCEL] = too_late
    rolling.expect(rolling.cancel(), 0, "is back where it was before the update")


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials])
def test_services_that_cannot_be_read_are_cancelled_as_ever(
    rolling: World, fault: type[Fault]
) -> None:
    call = Call.DESCRIBE_SERVICES
    rolling.wire.refuse(fault, call, why="it is not told")
    rolling.cancel()
    assert order(rolling) == [CANCEL]
    assert "rollouts cannot be stopped" in rolling.noticed


def test_an_interrupt_at_the_stop_says_that_the_update_may_be_cancelled(rolling: World) -> None:
    rolling.wire.before[STOP] = [KeyboardInterrupt()]
    rolling.cancel().hold(7, "the update may be cancelled already")
    assert order(rolling) == [CANCEL, STOP]


@pytest.mark.parametrize("how", ["the person", "the time limit"])
def test_a_deployment_that_is_cancelled_stops_its_rollout_too(update: World, how: str) -> None:
    update.play.never_ends = True
    minutes = 30.0
    if how == "the person":
        update.person = Person("c")
        update.play.on_update = [(20, update.wire.always.clear)]
        update.wire.before[Call.DESCRIBE_SERVICES] = [None, KeyboardInterrupt()]
    else:
        minutes = 1.0
    update.deploy(minutes=minutes).hold(1)
    assert order(update) == [CANCEL, STOP]
    assert update.ecs.service("BffService").task_definition == OLD


def test_a_cancellation_by_others_in_the_same_operation_is_told(update: World) -> None:
    """CloudFormation may count a cancellation to the operation that it cuts short."""
    update.play.never_ends = True

    def cut_short() -> None:
        stack = update.stack
        stack.operation.token = "their-cancellation"
        stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "update cancelled")
        stack.enter("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        update.clock.after(5, lambda: stack.enter("UPDATE_ROLLBACK_COMPLETE"))

    update.play.on_update = [(20, cut_short)]
    update.deploy().hold(
        1, "the update was cancelled and rolled back", "by request their-cancellation"
    )


def updating(world: World) -> None:
    stack = world.standing()
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    stack.event("BffService", "AWS::ECS::Service", "UPDATE_IN_PROGRESS")


def test_a_rollback_that_fails_needs_a_human(world: World) -> None:
    updating(world)
    world.play.undo_fails = True
    world.expect(world.cancel(), 5, "bidops-cfn rollback --env dev")


def test_an_update_that_ends_first_is_no_success_of_cancelling(world: World) -> None:
    updating(world)

    def too_late() -> BaseException:
        world.stack.enter("UPDATE_COMPLETE")
        del world.wire.always[Call.CANCEL_UPDATE_STACK]
        return Rejected(Call.CANCEL_UPDATE_STACK, "cannot be called from current stack status")

    world.wire.always[Call.CANCEL_UPDATE_STACK] = too_late
    world.expect(world.cancel(), 1, "bidops-cfn status --env dev")


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("CREATE_IN_PROGRESS", "bidops-cfn destroy --env dev"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "bidops-cfn watch --env dev"),
        ("UPDATE_COMPLETE", "bidops-cfn status --env dev"),
    ],
)
def test_anything_else_cannot_be_cancelled(world: World, status: str, step: str) -> None:
    world.standing(status)
    world.expect(world.cancel(), 3, step)
    assert world.made(Call.CANCEL_UPDATE_STACK) == []


def test_the_wrong_account_cancels_nothing(world: World) -> None:
    updating(world)
    world.account.account_id = "999999999999"
    assert world.cancel().code == 3
    assert [call for call, _ in world.wire.calls] == [Call.GET_CALLER_IDENTITY]
