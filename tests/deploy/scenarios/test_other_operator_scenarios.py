"""Other operations on the stack, also while a person takes their time: what is ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected, Unavailable
from tests.deploy.scripted.run import Ended, Person, interrupt
from tests.deploy.scripted.stack import Lag, Other
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE, typed

NEW = "UPDATE_VALIDATION_IN_PROGRESS"  # a status that the installed model does not know


def theirs(world: World, *, fails: bool = False, seconds: float = 20) -> Callable[[], None]:
    return lambda: Other(world.stack).update(seconds, fails=fails)


Start = Callable[[World, Callable[[], None]], Ended]


def updated(world: World, happen: Callable[[], None]) -> Ended:
    world.at_the_end_of_ours(happen)
    return world.deploy()


def planned(world: World, happen: Callable[[], None]) -> Ended:
    _, made = world.plan_to_file()
    world.at_the_end_of_ours(happen)
    return world.execute(made)


def rolled_back(world: World, happen: Callable[[], None]) -> Ended:
    world.stack.on_rest.append(happen)
    return world.rollback()


def cancelled(world: World, happen: Callable[[], None]) -> Ended:
    world.begin_update()
    world.stack.on_rest.append(happen)
    return world.cancel()


def watched(world: World, happen: Callable[[], None]) -> Ended:
    world.begin_update(fails=world.play.fails)
    world.stack.on_rest.append(happen)
    return world.watch()


FAILED = "the update failed and was rolled back: BffService"
COMMANDS: dict[str, tuple[str, Start, str, int, str]] = {
    "update": ("UPDATE_COMPLETE", updated, "", 0, "UPDATE_COMPLETE"),
    "failed update": ("UPDATE_COMPLETE", updated, "BffService", 1, FAILED),
    "failed plan": ("UPDATE_COMPLETE", planned, "BffService", 1, FAILED),
    "creation": ("", updated, "", 0, "CREATE_COMPLETE"),
    "rollback": ("UPDATE_FAILED", rolled_back, "", 0, "UPDATE_ROLLBACK_COMPLETE"),
    "cancellation": ("UPDATE_COMPLETE", cancelled, "", 0, "is back where it was before the update"),
    "watched": ("UPDATE_COMPLETE", watched, "BffService", 1, "BffService"),
}
LAGS = [(Lag(), False), (Lag(30), True), (Lag(30, relapses=True), True)]


@pytest.mark.parametrize(("lag", "fails"), LAGS, ids=repr)
@pytest.mark.parametrize("command", COMMANDS)
def test_our_end_is_ours_when_another_update_begins_that_moment(
    first: World, command: str, lag: Lag, fails: bool
) -> None:
    status, start, first.play.fails, code, says = COMMANDS[command]
    if status:
        first.standing(status)
        first.clock.sleep(60)
    first.cloudformation.lag = lag
    ended = start(first, theirs(first, fails=fails)).hold(code, says)
    assert "theirs broke" not in first.screen
    assert "another operation" in first.screen + ended.block
    assert code == 1 or "rolled back" not in ended.block


def test_what_the_other_did_is_never_waited_for(update: World) -> None:
    update.at_the_end_of_ours(theirs(update, seconds=900))
    assert update.deploy().code == 0
    assert update.clock.elapsed < 120


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
    ended = first.deploy().hold(1)
    assert ended.block.startswith(f"the stack was deleted while it was being {doing}")
    assert "Console-DeleteStack" in ended.block + first.screen
    assert f"{DEPLOY} {options}" in ended.last


def test_a_stack_that_another_deletes_the_moment_our_update_ends_is_named_as_deleted(
    update: World,
) -> None:
    update.at_the_end_of_ours(lambda: Other(update.stack).delete())
    ended = update.deploy()
    assert "failed and was" not in ended.block
    assert "DELETE_IN_PROGRESS" in ended.block + update.screen


def test_an_update_that_another_cancels_is_said_to_be_cancelled(update: World) -> None:
    update.play.seconds = 60
    update.play.on_update = [(5, lambda: Other(update.stack).cancel())]
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert "cancel" in ended.block.splitlines()[0]
    assert "Console-CancelUpdateStack" in ended.block + update.screen


def test_watch_finds_a_creation_that_was_undone_and_says_why(first: World) -> None:
    first.play.fails = "BffService"
    assert first.deploy().code == 1
    first.images = {}
    ended = first.watch().hold(1, "the creation failed and was undone: BffService", "it broke")
    assert ended.last.endswith(f"{DEPLOY} {typed({})}")


def test_watch_follows_the_stack_that_stands_and_not_the_one_that_is_gone(first: World) -> None:
    first.play.fails = "BffService"
    assert first.deploy().code == 1
    first.play.fails = ""
    assert first.deploy().code == 0
    first.watch().hold(0, "CREATE_COMPLETE")


def test_watch_after_a_destruction_says_that_the_stack_was_deleted(world: World) -> None:
    world.standing()
    assert world.destroy().code == 0
    ended = world.watch()
    assert "failed" not in ended.block
    assert WATCH not in ended.last


@pytest.mark.parametrize("fails", ["", "BffService"])
@pytest.mark.parametrize("watching", [False, True])
def test_a_status_that_is_new_and_in_progress_is_no_end(
    update: World, fails: str, watching: bool
) -> None:
    update.wire.new_words.add(NEW)
    update.play.on_update = [(24, lambda: update.stack.operation.enter(NEW))]
    update.play.fails = fails
    update.play.seconds = 60
    if watching:
        update.begin_update(fails=fails)
        update.clock.sleep(40)
    ended = update.watch() if watching else update.deploy()
    ended.hold(1 if fails else 0)
    assert update.clock.elapsed >= 60


def test_a_stack_in_a_status_that_is_new_and_in_progress_is_busy(world: World) -> None:
    world.wire.new_words.add(NEW)
    world.standing(NEW)
    world.images = EVERY_IMAGE
    world.expect(world.deploy(), 6, f"{DEPLOY} --queue")


def test_a_rollback_that_deletes_the_stack_is_a_success(world: World) -> None:
    world.standing("CREATE_FAILED")
    world.play.rollback_deletes = True
    ended = world.rollback().hold(0)
    assert "failed" not in ended.block.splitlines()[0]
    assert "DELETE_COMPLETE" in ended.block
    assert ended.last.endswith(f"{DEPLOY} {typed({})}")


def test_watch_of_a_rollback_that_deletes_the_stack_is_no_failure(world: World) -> None:
    stack = world.standing("CREATE_FAILED")
    world.play.rollback_deletes = True
    world.play.seconds = 30
    world.cloudformation.rollback_stack(stack.id, ClientRequestToken="theirs")
    ended = world.watch().hold(0)
    assert WATCH not in ended.last
    assert world.made(Call.ROLLBACK_STACK) == []


class SlowPerson(Person):
    """A person who answers after ``seconds``, while AWS goes on."""

    def __init__(self, world: World, seconds: float, *answers: str) -> None:
        super().__init__(*answers)
        self.world = world
        self.seconds = seconds

    def ask(self, question: str) -> str:
        self.world.clock.sleep(self.seconds)
        return super().ask(question)


def without_events(world: World, happen: Callable[[], None]) -> None:
    """Let no event be read once the change set is executed, and something happen at its end."""

    def begin() -> None:
        world.deny(Call.DESCRIBE_STACK_EVENTS)
        world.stack.on_rest.append(happen)

    world.cloudformation.on_execute = begin


@pytest.mark.parametrize("creating", [True, False])
def test_what_has_ended_well_is_not_cancelled_nor_the_update_of_others_after_it(
    first: World, creating: bool
) -> None:
    if not creating:
        first.standing()
        first.at_the_end_of_ours(lambda: Other(first.stack).update(600))
    first.person = SlowPerson(first, 60, "c\n")
    first.play.on_update = [(5, interrupt)]
    first.deploy().hold(0, "" if creating else "another operation")
    assert [*first.made(Call.CANCEL_UPDATE_STACK), *first.made(Call.DELETE_STACK)] == []


def test_the_cancel_command_does_not_cancel_what_began_while_it_asked(update: World) -> None:
    update.play.seconds = 20
    update.begin_update()
    update.stack.on_rest.append(lambda: Other(update.stack).update(600))
    update.person = SlowPerson(update, 60, "y\n")
    ended = update.cancel(yes=False)
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
    assert ended.code == 1, ended
    assert "over before it could be cancelled" in ended.block


def test_the_time_limit_cancels_nothing_that_may_be_of_others(update: World) -> None:
    update.play.seconds = 20
    without_events(update, lambda: Other(update.stack).update(600))
    ended = update.deploy(minutes=1)
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
    assert ended.code == 7, ended
    assert "cannot tell how" in ended.block
    assert WATCH in ended.last


@pytest.mark.parametrize("fails", [False, True])
def test_without_events_the_end_of_others_is_not_taken_for_ours(update: World, fails: bool) -> None:
    without_events(update, lambda: Other(update.stack).update(20, fails=fails))
    update.play.fails = "" if fails else "BffService"
    update.deploy().hold(7, "cannot tell how")


def test_without_events_reads_that_stay_old_tell_nothing(update: World) -> None:
    update.cloudformation.lag = Lag(3600)
    update.play.fails = "BffService"
    update.cloudformation.on_execute = lambda: update.deny(Call.DESCRIBE_STACK_EVENTS)
    ended = update.deploy(minutes=5).hold(7)
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
    assert WATCH in ended.last


def test_a_stack_on_which_an_update_began_while_it_was_asked_is_not_deleted(world: World) -> None:
    world.standing()
    world.person = SlowPerson(world, 60, "dev\n")
    world.clock.after(30, lambda: Other(world.stack).update(600))
    world.expect(world.destroy(yes=False), 6, WATCH)
    assert world.made(Call.DELETE_STACK) == []


def test_a_rollback_of_which_nothing_is_known_is_no_refusal(world: World) -> None:
    world.standing("UPDATE_FAILED")

    def blind() -> BaseException:
        for call in (Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS):
            world.wire.refuse(Unavailable, call, why="no route")
        return Unavailable(Call.ROLLBACK_STACK, "reset")

    world.wire.always[Call.ROLLBACK_STACK] = blind
    world.rollback().hold(7, "cannot tell whether")


def test_a_refusal_of_what_was_sent_twice_is_no_refusal(world: World) -> None:
    # The first attempt arrived and its answer was lost; the second one is told that it is too late.
    world.standing("UPDATE_FAILED")
    world.wire.after[Call.ROLLBACK_STACK] = [
        Rejected(Call.ROLLBACK_STACK, "is in UPDATE_ROLLBACK_IN_PROGRESS state", "ValidationError")
    ]
    world.expect(world.rollback(), 0, "bidops-cfn deploy --env dev")


def test_what_refuses_a_recreation_after_the_deletion_says_that_the_stack_is_deleted(
    world: World,
) -> None:
    def remove_images() -> None:
        world.account.images = set()

    world.standing("ROLLBACK_COMPLETE").on_rest.append(remove_images)
    world.images = EVERY_IMAGE
    world.deploy(recreate=True).hold(3, "was deleted")


def test_a_denied_cancellation_names_the_permission_that_lacks(update: World) -> None:
    update.play.seconds = 600
    update.deny(Call.CANCEL_UPDATE_STACK)
    update.expect(
        update.deploy(minutes=1), 7, WATCH, "Allow cloudformation:CancelUpdateStack", executed=1
    )
    assert "left behind" not in update.noticed


def test_a_lost_answer_to_the_deletion_of_a_placeholder_is_asked_after(first: World) -> None:
    first.person = Person("n\n")
    first.lose(Call.DELETE_STACK, arrives=True)
    assert first.deploy(yes=False).code == 8
    assert "left behind" not in first.noticed
    assert first.cloudformation.left_behind() == []


def test_an_update_that_rolls_back_already_is_not_cancelled_at_the_time_limit(
    update: World,
) -> None:
    update.play.seconds = 100
    update.play.fails = "BffService"
    ended = update.expect(update.deploy(minutes=1), 1, "bidops-cfn deploy --env dev", executed=1)
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
    assert "the update failed and was rolled back: BffService" in ended.block


def test_a_rollback_that_takes_longer_than_the_time_limit_again_is_left(update: World) -> None:
    update.play.seconds = 100
    update.play.fails = "BffService"
    update.play.on_update = [(60, lambda: update.cloudformation.stacks.stop(update.stack))]
    ended = update.deploy(minutes=1.5).hold(7)
    assert WATCH in ended.last


def test_what_failed_before_others_deleted_the_stack_is_said_too(first: World) -> None:
    first.play.seconds = 60
    first.play.fails = "BffService"
    first.play.on_update = [(40, lambda: Other(first.stack).delete())]
    first.deploy().hold(
        1, "deleted while it was being created", "Before that: BffService (AWS::ECS::Service)"
    )


def test_watch_says_when_the_deletion_that_it_tells_began(world: World) -> None:
    world.standing()
    world.clock.sleep(3600)
    assert world.destroy().code == 0
    ended = world.watch().hold(0, "DELETE_COMPLETE, by the operation of 2026-03-02 00:30 UTC")
    assert "bidops-cfn deploy --env dev" in ended.last
