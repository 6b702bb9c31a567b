"""Rolling back a stack that stopped half way."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.world import World


def test_a_failed_update_is_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED")
    world.expect(world.rollback(), 0, "bidops-cfn deploy --env dev")
    assert world.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    assert len(world.made(Call.ROLLBACK_STACK)) == 1


def test_a_failed_creation_is_rolled_back_and_recreate_is_next(world: World) -> None:
    world.standing("CREATE_FAILED")
    world.expect(world.rollback(), 0, "bidops-cfn deploy --env dev --recreate")
    assert world.stack.status == "ROLLBACK_COMPLETE"


def test_a_stuck_rollback_is_continued(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.expect(world.rollback(), 0, "bidops-cfn deploy --env dev")
    assert "ResourcesToSkip" not in world.made(Call.CONTINUE_UPDATE_ROLLBACK)[0]


def test_a_resource_that_cannot_be_rolled_back_is_skipped(world: World) -> None:
    stack = world.standing("UPDATE_ROLLBACK_FAILED")
    stack.note("BffService", status="UPDATE_FAILED")
    world.expect(world.rollback("BffService"), 0, "bidops-cfn deploy --env dev")
    assert world.made(Call.CONTINUE_UPDATE_ROLLBACK)[0]["ResourcesToSkip"] == ["BffService"]


def test_services_that_cannot_be_read_are_not_known_to_be_there(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.deny(Call.DESCRIBE_SERVICES)
    ended = world.rollback().hold(0, "cannot tell whether its services are there")
    world.expect(ended, 0, "bidops-cfn status --env dev")
    assert "Deploy when" not in ended.block


def test_only_what_failed_can_be_skipped(world: World) -> None:
    stack = world.standing("UPDATE_ROLLBACK_FAILED")
    stack.note("BffService", status="UPDATE_FAILED")
    world.expect(world.rollback("Cluster"), 2, "bidops-cfn rollback --env dev --skip BffService")
    assert world.made(Call.CONTINUE_UPDATE_ROLLBACK) == []


def test_nothing_can_be_skipped_in_a_first_rollback(world: World) -> None:
    stack = world.standing("UPDATE_FAILED")
    stack.note("BffService", status="UPDATE_FAILED")
    world.rollback("BffService").hold(2, "is in UPDATE_FAILED, not UPDATE_ROLLBACK_FAILED")


def test_a_rollback_that_fails_again_needs_a_human(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.play.undo_fails = True
    begun = world.clock.monotonic()
    world.expect(world.rollback(), 5, "bidops-cfn rollback --env dev")
    (last,) = (one for one in world.output.of("event") if one.status == "UPDATE_ROLLBACK_FAILED")
    assert (world.clock.now() - last.time).total_seconds() < 3
    assert world.clock.monotonic() - begun < 12  # what it takes here, and no wait after it


def test_the_settings_role_is_passed(world: World) -> None:
    role = "arn:aws:iam::111111111111:role/cloudformation"
    world.settings(role_arn=role)
    world.standing("UPDATE_FAILED")
    world.rollback()
    assert world.made(Call.ROLLBACK_STACK)[0]["RoleARN"] == role


@pytest.mark.parametrize(
    ("status", "code", "step"),
    [
        ("UPDATE_IN_PROGRESS", 6, "bidops-cfn watch --env dev"),
        ("UPDATE_COMPLETE", 3, "bidops-cfn status --env dev"),
        ("ROLLBACK_COMPLETE", 3, "bidops-cfn status --env dev"),
        ("DELETE_FAILED", 3, "bidops-cfn status --env dev"),
    ],
)
def test_anything_else_is_not_rolled_back(world: World, status: str, code: int, step: str) -> None:
    world.standing(status)
    world.expect(world.rollback(), code, step)
    assert world.made(Call.ROLLBACK_STACK) == []
