"""Executing once, also when nobody hears of it."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    Unavailable,
)
from tests.deploy.scripted.world import World

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"


def test_a_lost_answer_to_the_execution_is_followed(update: World) -> None:
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


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
