"""``cancel`` and ``rollback``: an update goes back, its rollout too, and healthy tasks stay."""

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
from tests.deploy.happenings import Change, after, play, refuse
from tests.deploy.scripted.run import Ended, Person
from tests.deploy.scripted.world import DEPLOY, DESTROY, STATUS, WATCH, World

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


def test_an_update_without_a_rollout_is_only_cancelled(update: World) -> None:
    stack = update.stack
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    stack.event("BffTaskRole", "AWS::IAM::Role", "UPDATE_IN_PROGRESS")
    update.expect(update.cancel(), 0, "is back where it was before the update")
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert order(update) == [CANCEL]


def test_a_service_that_is_gone_comes_with_how_to_restore_it(rolling: World) -> None:
    rolling.ecs.service("AgentCoreService").status = "INACTIVE"
    ended = rolling.expect(rolling.cancel(), 0, DESTROY)
    assert ended.done.summary == "bidopsai-dev-compute is UPDATE_ROLLBACK_COMPLETE"
    assert f"! AgentCoreService: {GONE}" in ended.done.details
    assert ended.done.next == choose_restoring_step(rolling.target)


LIST, SERVICES = Call.LIST_SERVICE_DEPLOYMENTS, Call.DESCRIBE_SERVICES
LOST = Unavailable(STOP, "the connection was closed")


def lose_old_tasks(world: World) -> None:
    del world.ecs.service("BffService").deployments[1:]


def finish(world: World) -> None:
    """Let the rollout end between the list and the stop."""
    world.wire.change(LIST, lambda _: world.ecs.service("BffService").complete())


def answer(listed: dict[str, object]) -> Change:
    return lambda world: world.wire.handlers.update({LIST: lambda **_: listed})


def forget(call: Call) -> Change:
    return lambda world: world.wire.unknown.add(call.value.name)


ONCE_MORE = "may replace running tasks once more"
BOTH, ONE = [CANCEL, STOP], [CANCEL]
CASES: dict[str, tuple[Change, list[Call] | None, tuple[str, ...]]] = {
    "old tasks gone": (lose_old_tasks, ONE, ()),
    "over already": (finish, BOTH, ()),
    "denied": (lambda world: world.deny(STOP), BOTH, ("ecs:StopServiceDeployment", ONCE_MORE)),
    "throttled": (refuse(Throttled, STOP), None, ("AWS throttled", ONCE_MORE)),
    "not listed": (lambda world: world.deny(LIST), ONE, ("ecs:ListService", ONCE_MORE)),
    "nothing listed": (answer({}), ONE, ("cannot be stopped",)),
    "not understood": (answer({"serviceDeployments": [{"status": "IN_PROGRESS"}]}), ONE, ()),
    "stop unknown": (forget(STOP), BOTH, ()),
    "list unknown": (forget(LIST), ONE, ()),
    "lost": (after(STOP, LOST), BOTH, ()),
    "turned to already": (play(hesitates=0), BOTH, ()),
    "services denied": (refuse(AccessDenied, SERVICES), ONE, ("rollouts cannot be stopped",)),
    "expired": (refuse(ExpiredCredentials, SERVICES), ONE, ("rollouts cannot be stopped",)),
}


@pytest.mark.parametrize(("happen", "calls", "warned"), CASES.values(), ids=CASES)
def test_whatever_becomes_of_the_rollout_the_update_is_cancelled(
    rolling: World, happen: Change, calls: list[Call] | None, warned: tuple[str, ...]
) -> None:
    happen(rolling)
    ended = rolling.cancel()
    if SERVICES not in rolling.wire.always:
        rolling.expect(ended, 0, "is back where it was before the update")
        assert STOPPED not in ended.done.details or rolling.wire.after.get(STOP) == []
    assert calls is None or order(rolling) == calls
    assert ("cannot be stopped" in rolling.noticed) is bool(warned)
    assert [one for one in warned if one not in rolling.noticed] == []


def test_the_rollout_of_an_update_that_cannot_be_cancelled_goes_on(rolling: World) -> None:
    rolling.deny(CANCEL)
    ended = rolling.cancel().hold(7)
    assert order(rolling) == [CANCEL]
    assert "cloudformation:CancelUpdateStack" in ended.said


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


def test_an_interrupt_at_the_stop_says_that_the_update_may_be_cancelled(rolling: World) -> None:
    rolling.wire.before[STOP] = [KeyboardInterrupt()]
    rolling.cancel().hold(7, "the update may be cancelled already")
    assert order(rolling) == [CANCEL, STOP]


def test_an_output_that_is_not_read_says_that_the_update_may_be_cancelled(rolling: World) -> None:
    def go(_: object) -> None:
        rolling.output.deaf = True

    rolling.deny(STOP)
    rolling.wire.change(CANCEL, go)
    rolling.cancel().hold(7, "not read any more; the update may be cancelled already")


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
    world.expect(world.cancel(), 1, STATUS)


CANCELS, ROLLS_BACK = World.cancel, World.rollback


def test_an_update_that_ends_unseen_is_not_said_to_be_followed_by_another(world: World) -> None:
    updating(world)

    def end(_: object) -> None:
        world.stack.enter("UPDATE_COMPLETE")
        world.deny(Call.DESCRIBE_STACK_EVENTS)

    world.wire.change(Call.DESCRIBE_STACK_EVENTS, end)
    ended = world.cancel().hold(7, "cannot be read, and the stack is in UPDATE_COMPLETE")
    assert "another operation" not in ended.said


@pytest.mark.parametrize(
    ("command", "status", "code", "step"),
    [
        (CANCELS, "CREATE_IN_PROGRESS", 3, DESTROY),
        (CANCELS, "UPDATE_ROLLBACK_IN_PROGRESS", 3, WATCH),
        (CANCELS, "UPDATE_COMPLETE", 3, STATUS),
        (ROLLS_BACK, "UPDATE_IN_PROGRESS", 6, WATCH),
        (ROLLS_BACK, "UPDATE_COMPLETE", 3, STATUS),
        (ROLLS_BACK, "ROLLBACK_COMPLETE", 3, STATUS),
        (ROLLS_BACK, "DELETE_FAILED", 3, STATUS),
    ],
)
def test_anything_else_is_neither_cancelled_nor_rolled_back(
    world: World, command: Callable[[World], Ended], status: str, code: int, step: str
) -> None:
    world.standing(status)
    world.expect(command(world), code, step)
    for call in (Call.CANCEL_UPDATE_STACK, Call.ROLLBACK_STACK):
        assert world.made(call) == []


def test_the_wrong_account_cancels_nothing(world: World) -> None:
    updating(world)
    world.account.account_id = "999999999999"
    assert world.cancel().code == 3
    assert [call for call, _ in world.wire.calls] == [Call.GET_CALLER_IDENTITY]


FAILED_AGAIN = "UPDATE_ROLLBACK_FAILED"
ROLLBACKS: list[tuple[str, tuple[str, ...], int, str, Call | None]] = [
    ("UPDATE_FAILED", (), 0, DEPLOY, Call.ROLLBACK_STACK),
    ("CREATE_FAILED", (), 0, f"{DEPLOY} --recreate", Call.ROLLBACK_STACK),
    (FAILED_AGAIN, (), 0, DEPLOY, Call.CONTINUE_UPDATE_ROLLBACK),
    (FAILED_AGAIN, ("BffService",), 0, DEPLOY, Call.CONTINUE_UPDATE_ROLLBACK),
    (FAILED_AGAIN, ("Cluster",), 2, "rollback --env dev --skip BffService", None),
    ("UPDATE_FAILED", ("BffService",), 2, "is in UPDATE_FAILED, not UPDATE_ROLLBACK_FAILED", None),
]


@pytest.mark.parametrize(("status", "skipped", "code", "says", "call"), ROLLBACKS)
def test_what_failed_is_rolled_back_or_skipped_if_it_failed_again(
    world: World, status: str, skipped: tuple[str, ...], code: int, *, says: str, call: Call | None
) -> None:
    role = "arn:aws:iam::111111111111:role/cloudformation"
    world.settings(role_arn=role)
    world.standing(status).note("BffService", status="UPDATE_FAILED")
    world.rollback(*skipped).hold(code, says)
    made = [(one, asked) for one, asked in world.wire.calls if "Rollback" in one.value.name]
    assert [one for one, _ in made] == ([call] if call else [])
    assert all(asked["RoleARN"] == role for _, asked in made)
    assert all(asked.get("ResourcesToSkip", []) == [*skipped] for _, asked in made)
    ended = {"CREATE_FAILED": "ROLLBACK_COMPLETE"}.get(status, "UPDATE_ROLLBACK_COMPLETE")
    assert world.stack.status == (ended if call else status)


def test_services_that_cannot_be_read_are_not_known_to_be_there(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.deny(Call.DESCRIBE_SERVICES)
    ended = world.rollback().hold(0, "cannot tell whether its services are there")
    world.expect(ended, 0, STATUS)
    assert "Deploy when" not in ended.block


def test_a_rollback_that_fails_again_needs_a_human(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.play.undo_fails = True
    begun = world.clock.monotonic()
    world.expect(world.rollback(), 5, "bidops-cfn rollback --env dev")
    (last,) = (one for one in world.output.of("event") if one.status == "UPDATE_ROLLBACK_FAILED")
    assert (world.clock.now() - last.time).total_seconds() < 3
    assert world.clock.monotonic() - begun < 12  # what it takes here, and no wait after it
