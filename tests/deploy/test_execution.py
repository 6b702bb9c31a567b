"""Executing once, also when the answer is lost, and Ctrl-C at every single call."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unavailable
from bidops_cfn.deploy.follow import Terminated
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, typed

WATCH = "bidops-cfn watch --env dev"


def lose_sight(world: World) -> None:
    """Let nothing tell any more what became of a change set."""
    for call in (Call.DESCRIBE_CHANGE_SET, Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS):
        world.wire.refuse(Unavailable, call, why="reset")


def test_a_lost_answer_to_the_execution_is_followed(update: World) -> None:
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_an_interrupt_between_two_steps_is_heeded_when_it_runs(update: World) -> None:
    # The question after Ctrl-C is answered with another interrupt of ours, from an odd place.
    update.person = Person("c\n")
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    update.wire.before[Call.CANCEL_UPDATE_STACK] = [KeyboardInterrupt()]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_an_interrupt_between_two_steps_after_which_nothing_can_be_read_deletes_nothing(
    update: World,
) -> None:
    update.person = Person("c\n")

    def stop() -> KeyboardInterrupt:
        lose_sight(update)
        return KeyboardInterrupt()

    update.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    update.wire.always[Call.CANCEL_UPDATE_STACK] = stop
    update.expect(update.deploy(), 7, WATCH, executed=1)
    assert update.made(Call.DELETE_CHANGE_SET) == []


def test_an_execution_that_never_reached_aws_changes_nothing(update: World) -> None:
    update.wire.before[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 4, "bidops-cfn deploy --env dev", executed=1)


def test_an_execution_of_which_nothing_tells_deletes_nothing(update: World) -> None:
    update.cloudformation.on_execute = lambda: lose_sight(update)
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 7, "bidops-cfn status --env dev", executed=1)
    assert update.made(Call.DELETE_CHANGE_SET) == []


def test_the_events_tell_of_an_execution_when_the_change_set_does_not(update: World) -> None:
    update.cloudformation.on_execute = lambda: update.wire.always.update(
        {Call.DESCRIBE_CHANGE_SET: lambda: Unavailable(Call.DESCRIBE_CHANGE_SET, "reset")}
    )
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_a_change_set_that_is_shown_as_it_was_does_not_hide_its_execution(update: World) -> None:
    def show_before() -> None:
        (made,) = update.cloudformation.change_sets.all.values()
        described = {
            "ChangeSetId": made.id,
            "ChangeSetName": made.name,
            "StackId": made.stack.id,
            "Status": "CREATE_COMPLETE",
            "ExecutionStatus": "AVAILABLE",
        }
        update.wire.handlers[Call.DESCRIBE_CHANGE_SET] = lambda **_: described

    update.cloudformation.on_execute = show_before
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def make_creation(dev: Environment) -> World:
    world = World(dev)
    world.images = EVERY_IMAGE
    return world


def make_update(dev: Environment) -> World:
    world = World(dev)
    world.standing()
    world.images = EVERY_IMAGE
    return world


@pytest.mark.parametrize("make", [make_creation, make_update])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_ctrl_c_at_any_call_leaves_nothing_of_ours_that_could_be_executed(
    dev: Environment, make: type[World], moment: str
) -> None:
    rehearsal = make(dev)
    assert rehearsal.deploy().code == 0
    calls = [call for call, _ in rehearsal.wire.calls]
    execution = calls.index(Call.EXECUTE_CHANGE_SET) + 1
    sent = execution if moment == "after" else execution + 1
    repeated = {one for one in range(2, len(calls)) if calls[one - 1] in calls[: one - 1]}
    lasts = {len(calls) - calls[::-1].index(call) for call in calls}
    for number in set(range(1, len(calls) + 1)) - (repeated - lasts):
        world = make(dev)
        world.wire.stop = (number, moment)
        ended = world.deploy()
        where = f"{moment} call {number}, {calls[number - 1].text}"
        assert ended.code == (130 if number < sent else 7), where
        assert world.cloudformation.left_behind() == [], where
        if number < sent:
            assert ended.last == (
                f"Deploy when you are ready: bidops-cfn deploy --env dev {typed(EVERY_IMAGE)}"
            ), where
            if make is make_creation:
                assert world.cloudformation.stack(dev.stack_name) is None, where
        else:
            assert ended.last == "Follow it again: bidops-cfn watch --env dev", where


def test_ctrl_c_at_the_question_deletes_our_change_set(first: World) -> None:
    first.person = Person(KeyboardInterrupt())
    first.expect(first.deploy(yes=False), 130, "bidops-cfn deploy --env dev")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_ctrl_c_while_the_change_set_is_made_waits_until_it_can_be_deleted(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.cloudformation.slow_polls = 4
    world.wire.before[Call.DESCRIBE_CHANGE_SET] = [None, KeyboardInterrupt()]
    world.expect(world.deploy(), 130, "bidops-cfn deploy --env dev")
    assert len(world.made(Call.DELETE_CHANGE_SET)) == 4


def test_a_second_ctrl_c_while_cleaning_up_says_what_is_left(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.person = Person(KeyboardInterrupt())
    world.wire.before[Call.DELETE_CHANGE_SET] = [KeyboardInterrupt()]
    assert world.deploy(yes=False).code == 130
    (notice,) = world.output.of("warning")
    assert notice.message == "our change set may be left behind"
    assert "aws cloudformation delete-change-set" in notice.details[1]


def test_a_request_to_terminate_asks_no_question(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.person = Person("c\n")

    def terminate() -> None:
        raise Terminated

    world.play.on_update = [(5, terminate)]
    world.expect(world.deploy(), 7, "bidops-cfn watch --env dev", executed=1)
    assert world.person.questions == []


def test_ctrl_c_while_executing_is_heeded_once_it_is_known_that_it_runs(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.person = Person("c\n")
    world.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    world.expect(world.deploy(), 1, "bidops-cfn deploy --env dev", executed=1)
    assert world.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_ctrl_c_while_executing_when_nothing_tells_leaves_everything(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE

    def vanish() -> None:
        for call in (Call.DESCRIBE_CHANGE_SET, Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS):
            world.wire.refuse(Unavailable, call, why="reset")

    world.cloudformation.on_execute = vanish
    world.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    world.expect(world.deploy(), 7, "bidops-cfn status --env dev", executed=1)
    assert world.made(Call.DELETE_CHANGE_SET) == []
