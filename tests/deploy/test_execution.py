"""Executing once, also when the answer is lost."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unavailable
from tests.deploy.scripted.world import Person, World

WATCH = "bidops-cfn watch --env dev"


def lose_sight(world: World) -> None:
    """Let nothing tell any more what became of a change set."""
    for call in (Call.DESCRIBE_CHANGE_SET, Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS):
        world.wire.always[call] = lambda: Unavailable(Call.DESCRIBE_CHANGE_SET, "reset")


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


def test_an_execution_that_nobody_can_tell_of_deletes_nothing(update: World) -> None:
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
        (made,) = update.cloudformation.change_sets
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
