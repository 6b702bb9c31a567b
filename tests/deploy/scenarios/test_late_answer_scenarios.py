"""A person takes their time: what was true when they were asked may not be when they answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected, Unavailable
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.run import Person, interrupt
from tests.deploy.scripted.stack import Lag
from tests.deploy.scripted.world import WATCH, World
from tests.images import EVERY_IMAGE


class SlowPerson(Person):
    """A person who answers after ``seconds``, while AWS goes on."""

    def __init__(self, world: World, seconds: float, *answers: str) -> None:
        super().__init__(*answers)
        self.world = world
        self.seconds = seconds

    def ask(self, question: str) -> str:
        self.world.clock.sleep(self.seconds)
        return super().ask(question)


def at_rest(world: World, happen: Callable[[], None]) -> Callable[[], None]:
    return lambda: world.stack.on_rest.append(happen)


def without_events(world: World, happen: Callable[[], None]) -> None:
    """Let no event be read once the change set is executed, and something happen at its end."""

    def begin() -> None:
        world.deny(Call.DESCRIBE_STACK_EVENTS)
        world.stack.on_rest.append(happen)

    world.cloudformation.on_execute = begin


def test_the_update_of_others_is_not_cancelled_for_ours_that_has_ended(update: World) -> None:
    update.person = SlowPerson(update, 60, "c\n")
    update.play.on_update = [(5, interrupt)]
    update.cloudformation.on_execute = at_rest(update, lambda: Other(update.stack).update(600))
    ended = update.deploy()
    assert update.made(Call.CANCEL_UPDATE_STACK) == []
    assert ended.code == 0, ended
    assert "another operation" in ended.block


def test_a_creation_that_has_ended_well_is_not_deleted(first: World) -> None:
    first.person = SlowPerson(first, 60, "c\n")
    first.play.on_update = [(5, interrupt)]
    ended = first.deploy()
    assert first.made(Call.DELETE_STACK) == []
    assert ended.code == 0, ended


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
