"""The state table: every status that AWS knows, and what a deployment makes of it."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.stack import ACTIONS, StackAction, choose_action
from tests.deploy.scripted.wire import model
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE

EVERY_STATUS = sorted(model("cloudformation").shape_for("StackStatus").enum)
BUSY = sorted(s for s in EVERY_STATUS if s.endswith("_IN_PROGRESS") and "REVIEW" not in s)
UPDATABLE = [
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
]


def test_the_table_knows_every_status_of_the_installed_botocore_and_no_other() -> None:
    assert sorted(ACTIONS) == EVERY_STATUS


def test_an_unknown_status_is_refused() -> None:
    assert choose_action("UPDATE_PAUSED") is StackAction.REFUSE


def test_no_stack_is_created() -> None:
    assert choose_action(None) is StackAction.CREATE


def test_everything_in_progress_is_waited_for() -> None:
    assert [s for s in EVERY_STATUS if choose_action(s) is StackAction.WAIT] == BUSY


@pytest.mark.parametrize("status", UPDATABLE)
def test_a_stable_stack_is_updated(world: World, status: str) -> None:
    world.standing(status)
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.made(Call.CREATE_CHANGE_SET)[0]["ChangeSetType"] == "UPDATE"


@pytest.mark.parametrize("status", BUSY)
def test_a_busy_stack_is_left_alone(world: World, status: str) -> None:
    world.standing(status)
    world.expect(world.deploy(), 6, "bidops-cfn deploy --env dev --queue", status)
    assert world.made(Call.CREATE_CHANGE_SET) == []


def test_a_rolled_back_creation_is_refused_and_recreate_is_named(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.expect(world.deploy(), 5, "bidops-cfn deploy --env dev --recreate")
    assert world.made(Call.DELETE_STACK) == []


@pytest.mark.parametrize("status", ["CREATE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_stopped_half_way_names_what_failed_and_rollback(
    world: World, status: str
) -> None:
    stack = world.standing(status)
    stack.note("BffService", status="UPDATE_FAILED")
    stack.note("BffService", reason="the service is unstable")
    world.expect(
        world.deploy(),
        5,
        "bidops-cfn rollback --env dev",
        "BffService (AWS::ECS::Service) UPDATE_FAILED: the service is unstable",
    )


@pytest.mark.parametrize(
    ("status", "step"),
    [
        ("ROLLBACK_FAILED", "bidops-cfn destroy --env dev"),
        ("DELETE_FAILED", "bidops-cfn destroy --env dev"),
        ("IMPORT_ROLLBACK_FAILED", "Look at it in the console"),
    ],
)
def test_a_stack_that_no_deployment_can_leave_names_the_next_step(
    world: World, status: str, step: str
) -> None:
    world.standing(status)
    world.expect(world.deploy(), 5, step)


def test_an_empty_placeholder_of_another_operator_is_used_and_kept_when_declined(
    world: World,
) -> None:
    placeholder = world.placeholder()
    world.images = EVERY_IMAGE
    world.expect(world.deploy(yes=False), 8, "--out plan.json", left=[world.environment.stack_name])
    assert placeholder.status != "DELETE_COMPLETE"


def test_a_placeholder_with_a_failed_change_set_of_another_operator_is_used(world: World) -> None:
    placeholder = world.placeholder()
    world.cloudformation.review(placeholder, "theirs", execution="UNAVAILABLE")
    world.images = EVERY_IMAGE
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)


def test_a_placeholder_with_a_live_change_set_of_another_operator_is_busy(world: World) -> None:
    placeholder = world.placeholder()
    theirs = world.cloudformation.review(placeholder, "theirs")
    world.images = EVERY_IMAGE
    world.expect(
        world.deploy(),
        6,
        "bidops-cfn deploy --env dev",
        theirs,
        left=["theirs", world.environment.stack_name],
    )
    assert world.made(Call.DELETE_CHANGE_SET) == []
