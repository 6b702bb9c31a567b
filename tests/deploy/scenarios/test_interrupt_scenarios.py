"""Ctrl-C at every single call of every command: never is more said than is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.settings.environment import Environment
from tests.deploy.scenarios.crashes import failing
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

CHANGING = {
    Call.CANCEL_UPDATE_STACK,
    Call.CONTINUE_UPDATE_ROLLBACK,
    Call.DELETE_STACK,
    Call.EXECUTE_CHANGE_SET,
    Call.ROLLBACK_STACK,
    Call.SET_STACK_POLICY,
    Call.UPDATE_SERVICE,
    Call.UPDATE_TERMINATION_PROTECTION,
}


def cancelling(world: World) -> Callable[[], Ended]:
    world.standing()
    world.play.seconds = 60
    world.begin_update()
    return world.cancel


def rolling_back(world: World) -> Callable[[], Ended]:
    stack = world.standing("UPDATE_ROLLBACK_FAILED")
    stack.note("BffService", status="UPDATE_FAILED")
    return lambda: world.rollback("BffService")


def destroying(world: World) -> Callable[[], Ended]:
    world.standing()
    return world.destroy


def restarting(world: World) -> Callable[[], Ended]:
    world.standing()
    return world.restart


def recreating(world: World) -> Callable[[], Ended]:
    world.standing("ROLLBACK_COMPLETE")
    world.images = dict(EVERY_IMAGE)
    return lambda: world.deploy(recreate=True)


def failing_to_update(world: World) -> Callable[[], Ended]:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    failing(world, at=10, seconds=40)
    return world.deploy


def executing_a_plan(world: World) -> Callable[[], Ended]:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    _, made = world.plan_to_file()
    return lambda: world.execute(made)


COMMANDS = [
    cancelling,
    rolling_back,
    destroying,
    restarting,
    recreating,
    failing_to_update,
    executing_a_plan,
]


@pytest.mark.parametrize("arrange", COMMANDS, ids=lambda one: one.__name__)
def test_an_interrupt_never_says_that_nothing_was_executed_when_something_was(
    dev: Environment, arrange: Callable[[World], Callable[[], Ended]]
) -> None:
    rehearsed = World(dev)
    arrange(rehearsed)()
    calls = [call for call, _ in rehearsed.wire.calls]
    executed = next(one for one, call in enumerate(calls, 1) if call in CHANGING)
    repeated = {one for one in range(executed, len(calls)) if calls[one - 1] in calls[one:]}
    wrong = []
    for number in set(range(executed, len(calls) + 1)) - repeated:
        world = World(dev)
        run = arrange(world)
        world.wire.stop = (number, "after")
        try:
            ended = run()
            code, said = ended.code, ended.block
        except KeyboardInterrupt:
            code, said = 130, "before anything was executed"
        if code == 130 and "which had failed, was deleted" not in said:
            wrong.append(f"{number} {calls[number - 1].text}: {said}")
    assert wrong == []
