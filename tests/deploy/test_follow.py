"""Following an operation: ours alone, at a steady rate, through faults, limits and Ctrl-C."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.deploy.poll import choose_interval
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.stack import Lag
from tests.deploy.scripted.world import World

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"


def statuses(world: World) -> list[str]:
    return [f"{event.logical_id} {event.status}" for event in world.output.of("event")]


# After the verdict; what follows an operation costs no more for it.
NAMING_DIGESTS = (Call.LIST_SERVICE_DEPLOYMENTS, Call.DESCRIBE_SERVICE_REVISIONS)


def followed(dev: Environment, seconds: float) -> tuple[float, int]:
    """For how long an update that takes ``seconds`` is followed, and with how many calls."""
    world = World(dev)
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.play.seconds = seconds
    began: list[tuple[float, int]] = []
    world.cloudformation.on_execute = lambda: began.append(
        (world.clock.elapsed, len(world.wire.calls))
    )
    assert world.deploy().code == 0
    following = [call for call, _ in world.wire.calls[began[0][1] :] if call not in NAMING_DIGESTS]
    return world.clock.elapsed - began[0][0], len(following)


def test_an_operation_of_fifteen_seconds_is_over_for_us_within_one_more(dev: Environment) -> None:
    elapsed, calls = followed(dev, 15)
    assert 15 <= elapsed <= 16
    assert calls <= elapsed + 5  # the last look at stack and services, and the verdict


def test_short_operations_are_noticed_within_a_second_on_average(dev: Environment) -> None:
    durations = [5 + number * 1.3 for number in range(16)]
    late = [followed(dev, seconds)[0] - seconds for seconds in durations]
    assert min(late) >= 0
    assert sum(late) / len(late) < 1


def test_no_more_than_one_call_a_second_however_long_it_takes(update: World) -> None:
    update.play.seconds = 900
    update.deploy()
    assert update.clock.elapsed >= 900
    assert len(update.wire.calls) < 0.6 * update.clock.elapsed


def test_polls_come_every_second_first_and_every_ten_later() -> None:
    moments = (0, 29, 30, 60, 240, 3000)
    assert [choose_interval(at, services=False) for at in moments] == [1, 1, 3, 4, 10, 10]
    assert [choose_interval(at, services=True) for at in moments] == [1, 1, 3, 4, 6, 6]


def test_events_before_ours_are_not_shown(update: World) -> None:
    update.stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "long ago")
    update.deploy()
    assert not any("UPDATE_FAILED" in text for text in statuses(update))
    assert "bidopsai-dev-compute UPDATE_COMPLETE" in statuses(update)


def test_events_of_another_operators_operation_are_not_shown(update: World) -> None:
    def meanwhile() -> None:
        stack = update.stack
        theirs = update.cloudformation.stacks.operation(stack, "UPDATE_STACK", "theirs")
        theirs.record("BffService", "AWS::ECS::Service", "", "UPDATE_FAILED", "theirs")

    update.play.on_update = [(5, meanwhile)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert "BffService UPDATE_FAILED" not in statuses(update)


def test_events_are_read_page_by_page_and_each_once(update: World) -> None:
    update.cloudformation.page_size = 2
    update.deploy()
    ids = [event.id for event in update.output.of("event")]
    assert len(ids) == len(set(ids)) > 5


def test_the_rollback_of_our_update_is_ours(update: World) -> None:
    update.play.fails = "BffService"
    update.deploy()
    assert "bidopsai-dev-compute UPDATE_ROLLBACK_IN_PROGRESS" in statuses(update)
    assert "bidopsai-dev-compute UPDATE_ROLLBACK_COMPLETE" in statuses(update)


def test_an_endpoint_without_tokens_and_operation_ids_works(update: World) -> None:
    def forget() -> None:
        update.stack.operation.token, update.stack.operation.id = None, ""

    update.play.on_update = [(0, forget)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_a_stale_read_just_after_the_start_is_not_taken_for_the_end(update: World) -> None:
    update.cloudformation.lag = Lag(3)
    update.play.seconds = 60
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.clock.elapsed >= 60


@pytest.mark.parametrize("fault", [Throttled, Unavailable, AccessDenied])
def test_events_that_cannot_be_read_are_one_warning_and_no_failure(
    update: World, fault: type[Fault]
) -> None:
    def events_fail() -> None:
        update.wire.refuse(fault, Call.DESCRIBE_STACK_EVENTS)

    update.cloudformation.on_execute = events_fail
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    warnings = [one.message for one in update.output.of("warning")]
    assert warnings == ["the stack's events cannot be read"]


def test_throttled_polls_are_survived(update: World) -> None:
    def throttle() -> None:
        update.wire.before[Call.DESCRIBE_STACKS] = [
            Throttled(Call.DESCRIBE_STACKS, "Rate exceeded") for _ in range(3)
        ]
        update.wire.before[Call.DESCRIBE_SERVICES] = [
            Throttled(Call.DESCRIBE_SERVICES, "Rate exceeded") for _ in range(3)
        ]

    update.cloudformation.on_execute = throttle
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


@pytest.mark.parametrize("call", [Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS])
def test_credentials_that_expire_leave_the_operation_running(update: World, call: Call) -> None:
    def expire() -> None:
        update.wire.refuse(ExpiredCredentials, call, why="expired")

    update.play.on_update = [(5, expire)]
    update.expect(update.deploy(), 7, WATCH, "Sign in again", executed=1)


def test_an_aws_that_stays_silent_is_left(update: World) -> None:
    def fall_silent() -> None:
        for call in (Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS, Call.DESCRIBE_SERVICES):
            update.wire.refuse(Unavailable, call, why="no route")

    update.play.on_update = [(5, fall_silent)]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_a_stack_that_may_not_be_read_any_more_is_left(update: World) -> None:
    def forbid() -> None:
        update.wire.refuse(AccessDenied, Call.DESCRIBE_STACKS)

    update.cloudformation.on_execute = forbid
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_an_update_that_takes_too_long_is_cancelled_and_rolled_back(update: World) -> None:
    update.play.never_ends = True
    update.expect(
        update.deploy(minutes=10), 1, DEPLOY, "it took longer than 10 minutes", executed=1
    )
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_that_takes_too_long_is_left(update: World) -> None:
    update.play.never_ends = True
    update.play.seconds = 5000
    update.expect(update.deploy(minutes=10), 7, WATCH, executed=1)


def test_a_creation_that_takes_too_long_is_left_running(first: World) -> None:
    first.play.never_ends = True
    first.expect(first.deploy(minutes=10), 7, WATCH, executed=1)
    assert first.made(Call.DELETE_STACK) == []
    assert first.stack.status == "CREATE_IN_PROGRESS"


def interrupt(world: World, at: float, stop: BaseException) -> None:
    """Let ``stop`` come while the watcher sleeps, ``at`` seconds after the start."""

    def happen() -> None:
        raise stop

    world.play.on_update = [*world.play.on_update, (at, happen)]


def test_a_reader_that_is_gone_leaves_the_operation_running(update: World) -> None:
    def no_reader() -> None:
        update.output.deaf = True

    update.play.on_update = [(5, no_reader)]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_ctrl_c_without_a_terminal_detaches(update: World) -> None:
    interrupt(update, 5, KeyboardInterrupt())
    update.expect(update.deploy(), 7, WATCH, "detached; CloudFormation goes on", executed=1)
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


@pytest.mark.parametrize("answer", ["d\n", "\n", "", KeyboardInterrupt()])
def test_ctrl_c_at_a_terminal_detaches_unless_cancel_is_chosen(update: World, answer: Any) -> None:
    update.person = Person(answer)
    interrupt(update, 5, KeyboardInterrupt())
    update.expect(update.deploy(), 7, WATCH, executed=1)
    assert "[c] cancel it: the update is rolled back" in update.person.questions[0]
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


def test_ctrl_c_and_cancel_roll_the_update_back(update: World) -> None:
    update.person = Person("c\n")
    interrupt(update, 5, KeyboardInterrupt())
    update.expect(update.deploy(), 1, DEPLOY, "it was cancelled here", executed=1)
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_ctrl_c_and_cancel_of_a_creation_delete_the_new_stack(first: World) -> None:
    first.person = Person("c\n")
    interrupt(first, 5, KeyboardInterrupt())
    first.expect(first.deploy(), 1, DEPLOY, executed=1)
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_a_cancel_that_comes_too_late_ends_in_success(update: World) -> None:
    update.person = Person("c\n")
    interrupt(update, 14.5, KeyboardInterrupt())
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    (notice,) = update.output.of("warning")
    assert "nothing to cancel: it is in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" in notice.message
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


def test_a_second_ctrl_c_while_it_rolls_back_detaches(update: World) -> None:
    update.person = Person("c\n")
    update.play.seconds = 60
    interrupt(update, 5, KeyboardInterrupt())
    original = update.wire.handlers[Call.CANCEL_UPDATE_STACK]

    def again() -> None:
        raise KeyboardInterrupt

    def cancel(**request: Any) -> dict[str, Any]:
        update.clock.after(5, again)
        return original(**request)

    update.wire.handlers[Call.CANCEL_UPDATE_STACK] = cancel
    update.expect(update.deploy(), 7, WATCH, executed=1)
