"""Cancelling an update that another operator, or an earlier run, started."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.rollback import cancel
from tests.deploy.scripted.world import Ended, World


def run(world: World, **options: Any) -> Ended:
    chosen = {"minutes": 30.0, "yes": True, **options}
    return world.run(lambda: cancel(world.runtime, world.target, **chosen))


def updating(world: World) -> None:
    stack = world.standing()
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    stack.resource("BffService", "AWS::ECS::Service", "UPDATE_IN_PROGRESS")


def test_a_rollback_that_fails_needs_a_human(world: World) -> None:
    updating(world)
    world.play.undo_fails = True
    world.expect(run(world), 5, "bidops-cfn rollback --env dev")


def test_an_update_that_ends_first_is_no_success_of_cancelling(world: World) -> None:
    updating(world)

    def too_late() -> BaseException:
        world.stack.enter("UPDATE_COMPLETE")
        del world.wire.always[Call.CANCEL_UPDATE_STACK]
        from bidops_cfn.deploy.faults import Rejected

        return Rejected(Call.CANCEL_UPDATE_STACK, "cannot be called from current stack status")

    world.wire.always[Call.CANCEL_UPDATE_STACK] = too_late
    world.expect(run(world), 1, "bidops-cfn status --env dev")


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
    world.expect(run(world), 3, step)
    assert world.made(Call.CANCEL_UPDATE_STACK) == []


def test_without_a_stack_there_is_nothing_to_cancel(world: World) -> None:
    world.expect(run(world), 3, "bidops-cfn deploy --env dev")


def test_the_wrong_account_cancels_nothing(world: World) -> None:
    updating(world)
    world.account.account_id = "999999999999"
    assert run(world).code == 3
    assert [call for call, _ in world.wire.calls] == [Call.GET_CALLER_IDENTITY]
