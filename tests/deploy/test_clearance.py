"""Waiting behind another operation, clearing what a failed creation left."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials
from tests.deploy.scripted.world import Person, World

BOTH = {"bff": ":1.4.2", "agentcore": ":2.0.0"}


def test_wait_queues_behind_the_operation_and_then_deploys(world: World) -> None:
    stack = world.standing("UPDATE_IN_PROGRESS")
    world.clock.after(60, lambda: stack.enter("UPDATE_COMPLETE"))
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(wait=True), 0, "UPDATE_COMPLETE", executed=1)


def test_wait_ends_at_the_time_limit(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.expect(world.deploy(wait=True, minutes=1), 6, "bidops-cfn watch --env dev")


def test_wait_ends_when_the_operation_cannot_be_followed(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    lost = ExpiredCredentials(Call.DESCRIBE_STACK_EVENTS, "expired")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, lost]
    ended = world.deploy(wait=True)
    assert ended.code == 6
    assert "Sign in again" in ended.said


def test_ctrl_c_while_waiting_touches_nothing(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, KeyboardInterrupt()]
    world.expect(world.deploy(wait=True), 130, "bidops-cfn deploy --env dev")


def test_recreate_lists_what_goes_asks_deletes_by_id_and_creates(world: World) -> None:
    old = world.standing("ROLLBACK_COMPLETE")
    world.images = BOTH
    world.person = Person("dev\n", "y\n")
    ended = world.deploy(yes=False, recreate=True)
    world.expect(ended, 0, "CREATE_COMPLETE", executed=1)
    assert [one["StackName"] for one in world.made(Call.DELETE_STACK)] == [old.id]
    assert {row.action for row in world.output.of("change")} == {"Remove", "Add"}
    assert world.stack.id != old.id


def test_recreate_declined_deletes_nothing(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = BOTH
    world.person = Person("y\n")
    world.expect(world.deploy(yes=False, recreate=True), 8, "nothing was deleted")
    assert world.made(Call.DELETE_STACK) == []


def test_recreate_without_an_image_for_each_service_deletes_nothing(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = {"bff": ":1.4.2"}
    ended = world.deploy(recreate=True)
    world.expect(
        ended,
        3,
        "bidops-cfn deploy --env dev --recreate --image bff=1.4.2 --image agentcore=TAG",
    )
    assert world.made(Call.DELETE_STACK) == []
