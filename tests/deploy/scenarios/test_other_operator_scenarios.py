"""Other operations on the stack, words that AWS added, creations that are gone: what is ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.deploy.scenarios.commands import (
    DEPLOY,
    WATCH,
    Call,
    Other,
    World,
    at_the_end_of_ours,
    begin_update,
    cancel,
    deploy,
    destroy,
    execute,
    plan_to_file,
    rollback,
    screen,
    watch,
)
from tests.deploy.scripted.stack import Lag
from tests.images import EVERY_IMAGE, typed

NEW = "UPDATE_VALIDATION_IN_PROGRESS"  # a status that the installed model does not know


def theirs(world: World, *, fails: bool = False, seconds: float = 20) -> Callable[[], None]:
    return lambda: Other(world.stack).update(seconds, fails=fails)


@pytest.mark.parametrize("lag", [Lag(), Lag(30), Lag(30, relapses=True)], ids=repr)
@pytest.mark.parametrize("fails", [False, True])
def test_our_good_update_stays_good_when_another_begins_the_moment_it_ends(
    update: World, fails: bool, lag: Lag
) -> None:
    update.cloudformation.lag = lag
    at_the_end_of_ours(update, theirs(update, fails=fails))
    ended = deploy(update)
    assert ended.code == 0, ended
    assert "rolled back" not in ended.block
    assert "theirs broke" not in screen(update)
    assert "another operation" in screen(update) + ended.block


@pytest.mark.parametrize("lag", [Lag(), Lag(30), Lag(30, relapses=True)], ids=repr)
@pytest.mark.parametrize("fails", [False, True])
def test_our_failed_update_stays_failed_when_another_begins_the_moment_it_ends(
    update: World, fails: bool, lag: Lag
) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    at_the_end_of_ours(update, theirs(update, fails=fails))
    ended = deploy(update)
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "the update failed and was rolled back: BffService" in ended.block
    assert "another operation" in screen(update) + ended.block


def test_a_planned_update_is_judged_by_its_own_events_too(update: World) -> None:
    _, made = plan_to_file(update)
    update.play.fails = "BffService"
    at_the_end_of_ours(update, theirs(update))
    ended = execute(update, made)
    assert ended.code == 1, ended
    assert "the update failed and was rolled back: BffService" in ended.block


def test_what_the_other_did_is_never_waited_for(update: World) -> None:
    at_the_end_of_ours(update, theirs(update, seconds=900))
    assert deploy(update).code == 0
    assert update.clock.elapsed < 120


def test_a_creation_is_good_when_an_update_begins_the_moment_it_ends(first: World) -> None:
    at_the_end_of_ours(first, theirs(first, fails=True))
    ended = deploy(first)
    assert ended.code == 0, ended
    assert "rolled back" not in ended.block


def test_a_rollback_is_good_when_an_update_begins_the_moment_it_ends(world: World) -> None:
    stack = world.standing("UPDATE_FAILED")
    stack.on_rest.append(theirs(world))
    ended = rollback(world)
    assert ended.code == 0, ended
    assert "UPDATE_ROLLBACK_COMPLETE" in ended.block


def test_a_cancellation_is_good_when_an_update_begins_the_moment_it_ends(update: World) -> None:
    update.play.seconds = 60
    begin_update(update)
    update.stack.on_rest.append(theirs(update))
    ended = cancel(update)
    assert ended.code == 0, ended
    assert "is back where it was before the update" in ended.block


def test_watch_tells_the_end_of_what_it_followed_and_names_what_came_after(update: World) -> None:
    update.play.seconds = 30
    begin_update(update, fails="BffService")
    update.stack.on_rest.append(theirs(update))
    ended = watch(update)
    assert ended.code == 1, ended
    assert "BffService" in ended.block
    assert "another operation" in screen(update) + ended.block


@pytest.mark.parametrize("lag", [Lag(), Lag(30)], ids=repr)
@pytest.mark.parametrize("doing", ["created", "updated"])
def test_a_stack_that_another_deletes_while_we_work_on_it_is_said_to_be_deleted(
    first: World, doing: str, lag: Lag
) -> None:
    if doing == "updated":
        first.standing()
        first.images = {"bff": ":1.4.2"}
    options = typed({"bff": ":1.4.2"} if doing == "updated" else EVERY_IMAGE)
    first.cloudformation.lag = lag
    first.play.on_update = [(5, lambda: Other(first.stack).delete())]
    ended = deploy(first)
    assert ended.code == 1, ended
    assert ended.block.startswith(f"the stack was deleted while it was being {doing}")
    assert "Console-DeleteStack" in ended.block + screen(first)
    assert f"{DEPLOY} {options}" in ended.last


def test_a_stack_that_another_deletes_the_moment_our_update_ends_is_named_as_deleted(
    update: World,
) -> None:
    at_the_end_of_ours(update, lambda: Other(update.stack).delete())
    ended = deploy(update)
    assert "failed and was" not in ended.block
    assert "DELETE_IN_PROGRESS" in ended.block + screen(update)


def test_an_update_that_another_cancels_is_said_to_be_cancelled(update: World) -> None:
    update.play.seconds = 60
    update.play.on_update = [(5, lambda: Other(update.stack).cancel())]
    ended = deploy(update)
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "cancel" in ended.block.splitlines()[0]
    assert "Console-CancelUpdateStack" in ended.block + screen(update)


def test_watch_finds_a_creation_that_was_undone_and_says_why(first: World) -> None:
    first.play.fails = "BffService"
    assert deploy(first).code == 1
    first.images = {}
    ended = watch(first)
    assert ended.code == 1, ended
    assert "the creation failed and was undone: BffService" in ended.block
    assert "it broke" in ended.block
    assert ended.last.endswith(f"{DEPLOY} {typed({})}")


def test_watch_finds_a_creation_that_was_left_and_then_undone(first: World) -> None:
    first.play.seconds = 600
    first.play.fails = "BffService"
    assert deploy(first, minutes=1).code == 7
    first.clock.sleep(900)
    ended = watch(first)
    assert ended.code == 1, ended
    assert "the creation failed and was undone: BffService" in ended.block


def test_watch_follows_the_stack_that_stands_and_not_the_one_that_is_gone(first: World) -> None:
    first.play.fails = "BffService"
    assert deploy(first).code == 1
    first.play.fails = ""
    assert deploy(first).code == 0
    ended = watch(first)
    assert ended.code == 0, ended
    assert "CREATE_COMPLETE" in ended.block


def test_watch_after_a_destruction_says_that_the_stack_was_deleted(world: World) -> None:
    world.standing()
    assert destroy(world).code == 0
    ended = watch(world)
    assert "failed" not in ended.block
    assert WATCH not in ended.last


@pytest.mark.parametrize("fails", [False, True])
def test_a_status_that_is_new_and_in_progress_is_no_end(update: World, fails: bool) -> None:
    update.wire.new_words.add(NEW)
    update.play.on_update = [(24, lambda: update.stack.operation.enter(NEW))]
    update.play.fails = "BffService" if fails else ""
    update.play.seconds = 60
    ended = deploy(update)
    assert ended.code == (1 if fails else 0), ended
    assert update.clock.elapsed >= 60


def test_watch_waits_through_a_status_that_is_new_and_in_progress(update: World) -> None:
    update.wire.new_words.add(NEW)
    update.play.on_update = [(24, lambda: update.stack.operation.enter(NEW))]
    update.play.seconds = 60
    begin_update(update)
    update.clock.sleep(40)
    ended = watch(update)
    assert ended.code == 0, ended
    assert "UPDATE_COMPLETE" in ended.block


def test_a_stack_in_a_status_that_is_new_and_in_progress_is_busy(world: World) -> None:
    world.wire.new_words.add(NEW)
    world.standing(NEW)
    world.images = EVERY_IMAGE
    world.expect(deploy(world), 6, f"{DEPLOY} --queue")


def test_a_rollback_that_deletes_the_stack_is_a_success(world: World) -> None:
    world.standing("CREATE_FAILED")
    world.play.rollback_deletes = True
    ended = rollback(world)
    assert ended.code == 0, ended
    assert "failed" not in ended.block.splitlines()[0]
    assert "DELETE_COMPLETE" in ended.block
    assert ended.last.endswith(f"{DEPLOY} {typed({})}")


def test_watch_of_a_rollback_that_deletes_the_stack_is_no_failure(world: World) -> None:
    stack = world.standing("CREATE_FAILED")
    world.play.rollback_deletes = True
    world.play.seconds = 30
    world.cloudformation.rollback_stack(stack.id, ClientRequestToken="theirs")
    ended = watch(world)
    assert ended.code == 0, ended
    assert WATCH not in ended.last
    assert world.made(Call.ROLLBACK_STACK) == []
