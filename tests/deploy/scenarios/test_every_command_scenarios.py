"""What every command meets: no stack, a placeholder, what may not be read, services gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.deploy.verdict import GONE, choose_restoring_step
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import DEPLOY, STATUS, World

Command = Callable[[World], Ended]
NOT_DEPLOYED, NOTHING = "dev is not deployed", "there is nothing to open"
kinds = {kind: partial(World.links, kind=kind) for kind in ("stack", "service", "logs", "alarms")}


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (World.events, 3, NOT_DEPLOYED),
        (World.read_logs, 3, NOT_DEPLOYED),
        (kinds["stack"], 3, NOT_DEPLOYED),
        (World.restart, 3, NOT_DEPLOYED),
        (World.status, 3, DEPLOY),
        (World.cancel, 3, DEPLOY),
        (World.destroy, 0, "there is no stack bidopsai-dev-compute"),
    ],
)
def test_without_a_stack_it_is_said_that_there_is_none(
    world: World, command: Command, code: int, says: str
) -> None:
    world.expect(command(world), code, "", says)


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (World.events, 0, "no operation of bidopsai-dev-compute, which is REVIEW_IN_PROGRESS"),
        (World.read_logs, 3, "has no log group"),
        (World.read_logs, 3, STATUS),
        (kinds["service"], 3, NOTHING),
        (kinds["logs"], 3, NOTHING),
        (kinds["alarms"], 3, NOTHING),
        (World.status, 1, "! stack: REVIEW_IN_PROGRESS"),
        (World.destroy, 6, "then: bidops-cfn destroy --env dev"),
    ],
)
def test_a_placeholder_with_a_change_set_of_others_is_told_and_left_alone(
    world: World, command: Command, code: int, says: str
) -> None:
    world.cloudformation.review(world.placeholder(), "theirs")
    ended = command(world).hold(code, says)
    assert "template:" not in ended.block
    assert world.made(Call.GET_TEMPLATE) == []
    assert world.made(Call.DELETE_STACK) == []


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials, Throttled, Unavailable])
@pytest.mark.parametrize(
    ("command", "call"),
    [
        (World.events, Call.DESCRIBE_STACK_EVENTS),
        (World.read_logs, Call.FILTER_LOG_EVENTS),
        (kinds["logs"], Call.LIST_STACK_RESOURCES),
        (World.status, Call.DESCRIBE_ALARMS),
        (World.restart, Call.UPDATE_SERVICE),
    ],
)
def test_what_cannot_be_asked_is_not_nothing(
    world: World, command: Command, call: Call, fault: type[Fault]
) -> None:
    world.standing()
    world.wire.refuse(fault, call)
    ended = command(world).hold(3, call.text)
    assert fault is not AccessDenied or f"Allow {call.text}" in ended.said
    if command is World.restart:
        assert "nothing was restarted" in ended.said
        assert "bidops-cfn restart --env dev" in ended.last


@pytest.mark.parametrize("command", [World.events, kinds["alarms"]])
def test_ctrl_c_at_any_call_leaves(world: World, command: Command) -> None:
    world.standing()
    command(world)
    for number in range(1, len(world.wire.calls) + 1):
        world.wire.calls.clear()
        world.wire.stop = (number, "before")
        with pytest.raises(KeyboardInterrupt):
            command(world)


@pytest.mark.parametrize("command", [World.status, World.deploy, World.watch, World.restart])
@pytest.mark.parametrize("how", ["missing", "inactive"])
def test_a_service_deleted_outside_cloudformation_comes_with_how_to_restore_it(
    world: World, command: Command, how: str
) -> None:
    lose_service(world, how)
    ended = command(world).hold(1, "bidops-cfn plan --env dev --drift --out plan.json")
    if command is World.restart:
        assert "bff cannot be restarted" in ended.said
        assert world.made(Call.UPDATE_SERVICE) == []
        return
    assert GONE in ended.block
    for circle in ("status", "watch", "deploy"):
        assert f"bidops-cfn {circle} " not in ended.block
    assert "bidops-cfn destroy --env dev" in ended.last


def lose_service(world: World, how: str, status: str = "UPDATE_COMPLETE") -> None:
    arn = world.standing(status).physical_id("BffService")
    if how == "missing":
        del world.ecs.services[arn]
    else:
        world.ecs.service("BffService").status = "INACTIVE"


@pytest.mark.parametrize("how", ["missing", "inactive"])
@pytest.mark.parametrize("skipped", [(), ("BffService",)])
def test_a_rollback_beside_a_service_that_is_gone_comes_with_how_to_restore_it(
    world: World, how: str, skipped: tuple[str, ...]
) -> None:
    lose_service(world, how, "UPDATE_ROLLBACK_FAILED")
    world.stack.note("BffService", status="UPDATE_FAILED")
    ended = world.rollback(*skipped).hold(0)
    assert f"! BffService: {GONE}" in ended.done.details
    assert ended.done.next == choose_restoring_step(world.target)
    assert ended.done.next in world.status().done.next
