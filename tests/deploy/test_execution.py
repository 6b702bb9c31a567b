"""Executing once, also when the answer is lost."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Unavailable
from tests.deploy.scripted.world import Person, World

WATCH = "bidops-cfn watch --env dev"


def test_a_lost_answer_to_the_execution_is_followed(update: World) -> None:
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_an_interrupt_between_two_steps_is_heeded_when_it_runs(update: World) -> None:
    # The question after Ctrl-C is answered with another interrupt of ours, from an odd place.
    update.person = Person("c\n")
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    update.wire.before[Call.CANCEL_UPDATE_STACK] = [KeyboardInterrupt()]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_an_interrupt_between_two_steps_that_nobody_can_tell_of_deletes_nothing(
    update: World,
) -> None:
    update.person = Person("c\n")

    def stop() -> KeyboardInterrupt:
        update.wire.always[Call.DESCRIBE_CHANGE_SET] = lambda: Unavailable(
            Call.DESCRIBE_CHANGE_SET, "reset"
        )
        return KeyboardInterrupt()

    update.wire.after[Call.EXECUTE_CHANGE_SET] = [KeyboardInterrupt()]
    update.wire.always[Call.CANCEL_UPDATE_STACK] = stop
    update.expect(update.deploy(), 7, "bidops-cfn status --env dev", executed=1)
    assert update.made(Call.DELETE_CHANGE_SET) == []


def test_an_execution_that_never_reached_aws_changes_nothing(update: World) -> None:
    update.wire.before[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 4, "it is safe to repeat.", executed=1)


def test_an_execution_that_nobody_can_tell_of_deletes_nothing(update: World) -> None:
    def vanish() -> None:
        update.wire.always[Call.DESCRIBE_CHANGE_SET] = lambda: Unavailable(
            Call.DESCRIBE_CHANGE_SET, "reset"
        )

    update.cloudformation.on_execute = vanish
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 7, "bidops-cfn status --env dev", executed=1)
    assert update.made(Call.DELETE_CHANGE_SET) == []
