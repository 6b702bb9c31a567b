"""Following an operation: ours alone, at a steady rate, through faults, limits and Ctrl-C."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Throttled, Unavailable
from bidops_cfn.deploy.poll import choose_interval
from bidops_cfn.settings.environment import Environment
from tests.deploy.happenings import (
    Change,
    at,
    at_the_execution,
    before,
    ctrl_c,
    every,
    play,
    refuse,
)
from tests.deploy.scripted.run import interrupt
from tests.deploy.scripted.stack import Other
from tests.deploy.scripted.world import DEPLOY, WATCH, World


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


def test_the_rollback_of_an_update_is_of_it_although_its_request_had_no_token(
    update: World,
) -> None:
    """As of ``aws cloudformation update-stack``: the operation's id alone, and another after it."""
    Other(update.stack, token="").update(10, fails=True)
    update.watch().hold(1, "the update failed and was rolled back", "theirs broke")
    assert "bidopsai-dev-compute UPDATE_ROLLBACK_COMPLETE" in statuses(update)


FAILED = "the stack's events cannot be read"
EVENTS, STACKS, SERVICES = Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS, Call.DESCRIBE_SERVICES


def forget_tokens(world: World) -> None:
    world.stack.operation.token, world.stack.operation.id = None, ""


def close(world: World) -> None:
    world.output.deaf = True


def throttle(call: Call) -> Change:
    return before(call, *(Throttled(call, "Rate exceeded") for _ in range(3)))


def interrupt_once_cancelled(world: World) -> None:
    world.wire.change(Call.CANCEL_UPDATE_STACK, lambda _: world.clock.after(5, interrupt))


CASES: dict[str, tuple[Change, int, str, str]] = {
    "no tokens and operation ids": (at(0, forget_tokens), 0, "UPDATE_COMPLETE", ""),
    "throttled polls": (
        at_the_execution(every(throttle(STACKS), throttle(SERVICES))), 0, "UPDATE_COMPLETE", "",
    ),
    "events denied": (at_the_execution(refuse(AccessDenied, EVENTS)), 0, "UPDATE_COMPLETE", ""),
    "events throttled": (at_the_execution(refuse(Throttled, EVENTS)), 0, "UPDATE_COMPLETE", ""),
    "no events": (at_the_execution(refuse(Unavailable, EVENTS)), 0, "UPDATE_COMPLETE", ""),
    "expired at events": (at(5, refuse(ExpiredCredentials, EVENTS)), 7, WATCH, "Sign in again"),
    "expired at the stack": (at(5, refuse(ExpiredCredentials, STACKS)), 7, WATCH, "Sign in again"),
    "silent": (at(5, refuse(Unavailable, EVENTS, STACKS, SERVICES)), 7, WATCH, ""),
    "stack denied": (at_the_execution(refuse(AccessDenied, STACKS)), 7, WATCH, ""),
    "rollback too slow": (play(never_ends=True, seconds=5000), 7, WATCH, ""),
    "reader gone": (at(5, close), 7, WATCH, ""),
    "no terminal": (ctrl_c(5), 7, WATCH, "detached; CloudFormation goes on"),
    "twice": (
        every(ctrl_c(5, "c\n"), play(seconds=60), interrupt_once_cancelled), 7, WATCH, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("happen", "code", "last", "says"), CASES.values(), ids=CASES)
def test_what_happens_meanwhile_decides_how_the_following_ends(
    update: World, happen: Change, code: int, last: str, says: str
) -> None:
    happen(update)
    update.expect(update.deploy(minutes=10), code, last, says, executed=1)
    warned = [one.message for one in update.output.of("warning")]
    assert (warned == [FAILED]) is (EVENTS in update.wire.always and code == 0)


@pytest.mark.parametrize("answer", ["d\n", "\n", "", KeyboardInterrupt()])
def test_ctrl_c_at_a_terminal_detaches_unless_cancel_is_chosen(update: World, answer: Any) -> None:
    ctrl_c(5, answer)(update)
    update.expect(update.deploy(), 7, WATCH, executed=1)
    assert "[c] cancel it: the update is rolled back" in update.person.questions[0]
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


def test_ctrl_c_and_cancel_of_a_creation_delete_the_new_stack(first: World) -> None:
    ctrl_c(5, "c\n")(first)
    first.expect(first.deploy(), 1, DEPLOY, executed=1)
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_a_cancel_that_comes_too_late_ends_in_success(update: World) -> None:
    ctrl_c(14.5, "c\n")(update)
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    (notice,) = update.output.of("warning")
    assert "nothing to cancel: it is in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" in notice.message
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
