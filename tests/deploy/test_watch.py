"""Watching again: the latest operation from its first event, running, over, or of a stack gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.deploy.runtime import StackIdFolder
from tests.deploy.scripted.run import interrupt
from tests.deploy.scripted.world import World


def interrupted_deployment(world: World, at: float) -> None:
    """A deployment whose watcher left."""
    world.standing()
    world.images = {"bff": ":1.4.2"}

    world.play.on_update = [(at, interrupt)]
    assert world.deploy().code == 7
    world.output.records.clear()


def test_a_deployment_that_was_left_is_followed_to_its_end(world: World) -> None:
    interrupted_deployment(world, 5)
    world.expect(world.watch(), 0, "UPDATE_COMPLETE", executed=1)
    first = world.output.of("event")[0]
    assert (first.logical_id, first.status) == (world.stack.name, "UPDATE_IN_PROGRESS")


def test_a_failure_that_came_meanwhile_is_told_with_its_cause(world: World) -> None:
    world.play.fails = "BffService"
    interrupted_deployment(world, 5)
    world.clock.sleep(100)
    world.expect(
        world.watch(),
        1,
        "bidops-cfn deploy --env dev",
        "BffService (AWS::ECS::Service): Resource handler returned message",
        executed=1,
    )


def test_an_operation_before_the_latest_is_not_told(world: World) -> None:
    stack = world.standing()
    stack.begin("UPDATE_IN_PROGRESS", "old", "User Initiated")
    stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "long ago")
    stack.begin("UPDATE_ROLLBACK_IN_PROGRESS", "old")
    stack.enter("UPDATE_ROLLBACK_COMPLETE")
    stack.begin("UPDATE_IN_PROGRESS", "new", "User Initiated")
    stack.event("BffService", "AWS::ECS::Service", "UPDATE_COMPLETE")
    stack.enter("UPDATE_COMPLETE")
    world.expect(world.watch(), 0, "UPDATE_COMPLETE")
    assert {event.token for event in world.output.of("event")} == {"new"}


def test_a_complete_stack_whose_service_runs_something_else_is_no_success(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")
    ended = world.watch().hold(1, "Console: https://us-east-1.console.aws.amazon.com")
    world.expect(ended, 1, "bidops-cfn status --env dev")


def test_the_time_limit_only_ends_the_watching(world: World) -> None:
    stack = world.standing()
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    world.expect(world.watch(2.0), 7, "bidops-cfn watch --env dev")
    assert stack.status == "UPDATE_IN_PROGRESS"


def test_ctrl_c_never_asks_about_another_operators_operation(world: World) -> None:
    stack = world.standing()
    stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")

    world.clock.after(5, interrupt)
    world.expect(world.watch(), 7, "bidops-cfn watch --env dev")
    assert world.person.questions == []


def test_without_a_stack_it_is_said_how_to_look_for_one_that_is_gone(world: World) -> None:
    world.expect(
        world.watch(),
        3,
        "bidops-cfn deploy --env dev",
        "cannot tell whether a creation was undone",
        "aws cloudformation list-stacks --stack-status-filter DELETE_COMPLETE",
    )


def test_a_placeholder_that_is_gone_is_no_creation_that_failed(world: World) -> None:
    placeholder = world.placeholder()
    world.stack_ids.keep(placeholder.id)
    placeholder.enter("DELETE_COMPLETE")
    world.expect(world.watch(), 3, "bidops-cfn deploy --env dev")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        ("UPDATE_ROLLBACK_FAILED", 5, ""),
        ("UPDATE_ROLLBACK_COMPLETE", 1, ""),
        ("DELETE_FAILED", 5, ""),
        ("IMPORT_COMPLETE", 0, "IMPORT_COMPLETE"),  # which is no operation
        ("UPDATE_COMPLETE", 0, "by the operation of 2026-03-01 23:30 UTC"),
    ],
)
def test_how_it_ended_decides_the_exit_code(
    world: World, status: str, code: int, says: str
) -> None:
    world.standing(status)
    world.watch().hold(code, says)


def test_a_placeholder_is_not_watched_for_what_was_not_begun(world: World) -> None:
    world.cloudformation.review(world.placeholder(), "theirs")
    world.expect(
        world.watch(),
        3,
        "bidops-cfn deploy --env dev --plan FILE",
        "theirs waits",
        left=["theirs", world.environment.stack_name],
    )


def test_a_placeholder_that_was_read_a_moment_too_early_is_watched(world: World) -> None:
    stack = world.standing("REVIEW_IN_PROGRESS")
    world.cloudformation.review(stack, "ours", execution="EXECUTE_IN_PROGRESS")
    world.clock.after(5, lambda: stack.enter("CREATE_COMPLETE"))
    assert world.watch().code == 0


ID = "arn:aws:cloudformation:us-east-1:111111111111:stack/bidopsai-dev-compute/0a1b-2c"
WHICH = ("111111111111", "us-east-1", "bidopsai-dev-compute")


def test_the_latest_id_of_a_stack_is_found(tmp_path: Path) -> None:
    kept = StackIdFolder(tmp_path / "new" / "stacks")
    kept.keep(ID)
    kept.keep(f"{ID}ff")
    assert kept.find(*WHICH) == f"{ID}ff"
    assert [path.name for path in (tmp_path / "new" / "stacks").iterdir()] == [".".join(WHICH)]


@pytest.mark.parametrize(
    "other",
    [
        ("222222222222", "us-east-1", "bidopsai-dev-compute"),
        ("111111111111", "eu-west-1", "bidopsai-dev-compute"),
        ("111111111111", "us-east-1", "bidopsai-prod-compute"),
    ],
)
def test_another_account_region_or_stack_has_ids_of_its_own(
    tmp_path: Path, other: tuple[str, str, str]
) -> None:
    kept = StackIdFolder(tmp_path)
    kept.keep(ID)
    assert kept.find(*other) == ""
    (tmp_path / ".".join(other)).write_text(ID, encoding="utf-8")
    assert kept.find(*other) == ""


@pytest.mark.parametrize("text", [b"", b"\xff\xfe", b"../../elsewhere", ID.encode()[:-20]])
def test_what_is_damaged_is_as_good_as_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".".join(WHICH)).write_bytes(text)
    assert StackIdFolder(tmp_path).find(*WHICH) == ""


def test_a_folder_that_others_can_write_to_is_as_good_as_nothing(tmp_path: Path) -> None:
    kept = StackIdFolder(tmp_path)
    kept.keep(ID)
    tmp_path.chmod(0o777)
    kept.keep(f"{ID}ff")
    assert kept.find(*WHICH) == ""
    tmp_path.chmod(0o700)
    assert kept.find(*WHICH) == ID


def test_where_nothing_can_be_kept_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for kept in (StackIdFolder(None), StackIdFolder(tmp_path / "file" / "stacks")):
        kept.keep(ID)
        kept.keep("no stack id")
        assert kept.find(*WHICH) == ""
