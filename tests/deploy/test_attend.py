"""Time limits and Ctrl-C while an operation runs."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.world import Person, World

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"


def test_an_update_that_takes_too_long_is_cancelled_and_rolled_back(update: World) -> None:
    update.play.never_ends = True
    ended = update.deploy(minutes=10)
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "it took longer than 10 minutes" in ended.said
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_that_takes_too_long_is_left(update: World) -> None:
    update.play.never_ends = True
    update.play.seconds = 5000
    update.expect(update.deploy(minutes=10), 7, WATCH, executed=1)


def test_a_creation_that_takes_too_long_is_left_running(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.0"}
    world.play.never_ends = True
    world.expect(world.deploy(minutes=10), 7, WATCH, executed=1)
    assert world.made(Call.DELETE_STACK) == []
    assert world.stack.status == "CREATE_IN_PROGRESS"


def interrupt(world: World, at: float, stop: BaseException) -> None:
    """Let ``stop`` come while the watcher sleeps, ``at`` seconds after the start."""

    def happen() -> None:
        raise stop

    world.play.on_update = [*world.play.on_update, (at, happen)]


def test_a_reader_that_is_gone_leaves_the_operation_running(update: World) -> None:
    def nobody_reads() -> None:
        update.output.deaf = True

    update.play.on_update = [(5, nobody_reads)]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_ctrl_c_without_a_terminal_detaches(update: World) -> None:
    interrupt(update, 5, KeyboardInterrupt())
    ended = update.deploy()
    update.expect(ended, 7, WATCH, executed=1)
    assert "detached; CloudFormation goes on" in ended.said
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
    ended = update.deploy()
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "it was cancelled here" in ended.said
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_ctrl_c_and_cancel_of_a_creation_delete_the_new_stack(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.0"}
    world.person = Person("c\n")
    interrupt(world, 5, KeyboardInterrupt())
    world.expect(world.deploy(), 1, DEPLOY, executed=1)
    assert world.cloudformation.stack(world.environment.stack_name) is None


def test_a_cancel_that_comes_too_late_ends_in_success(update: World) -> None:
    update.person = Person("c\n")
    interrupt(update, 14.5, KeyboardInterrupt())
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert any("could not be called off" in one.message for one in update.output.of("warning"))


def test_a_second_ctrl_c_while_it_rolls_back_detaches(update: World) -> None:
    update.person = Person("c\n")
    update.play.seconds = 60
    interrupt(update, 5, KeyboardInterrupt())
    original = update.play.cancel

    def cancel(stack: Any, token: str) -> None:
        original(stack, token)

        def again() -> None:
            raise KeyboardInterrupt

        update.clock.after(5, again)

    update.play.cancel = cancel
    update.expect(update.deploy(), 7, WATCH, executed=1)
