"""The question before the execution: a person answers, or --yes."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.rollback import cancel, rollback
from tests.deploy.scripted.world import Person, World


def test_nobody_to_ask_and_no_yes_executes_nothing(update: World) -> None:
    retyped = "bidops-cfn plan --env dev --out plan.json --image bff=1.4.2"
    update.expect(update.deploy(yes=False), 8, retyped)
    assert update.wire.calls == []  # the question comes before the work


@pytest.mark.parametrize("answer", ["", "n\n", "no", "dev", "yes please"])
def test_everything_but_yes_means_no(update: World, answer: str) -> None:
    update.person = Person(answer)
    update.expect(update.deploy(yes=False), 8, "our change set is deleted")


def test_a_declined_creation_leaves_no_placeholder(first: World) -> None:
    first.person = Person("n")
    first.expect(first.deploy(yes=False), 8, "our change set is deleted")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_yes_executes(update: World) -> None:
    update.person = Person("y\n")
    update.expect(update.deploy(yes=False), 0, "UPDATE_COMPLETE", executed=1)
    assert "dev (111111111111, us-east-1)" in update.person.questions[0]


@pytest.mark.parametrize(("answer", "code"), [("dev\n", 0), ("y\n", 8), ("prod\n", 8)])
def test_an_environment_that_wants_its_name_takes_nothing_else(
    world: World, answer: str, code: int
) -> None:
    world.settings(confirm_name=True)
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.person = Person(answer)
    ended = world.deploy(yes=False)
    assert ended.code == code
    assert world.cloudformation.left_behind() == []


def test_a_declined_cancellation_speaks_of_no_change_set(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.person = Person("n")
    ended = world.run(lambda: cancel(world.runtime, world.target, 30, yes=False))
    world.expect(ended, 8, "the update goes on")
    assert world.made(Call.CANCEL_UPDATE_STACK) == []


def test_a_declined_rollback_speaks_of_no_change_set(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.person = Person("n")
    ended = world.run(lambda: rollback(world.runtime, world.target, (), 30, yes=False))
    world.expect(ended, 8, "nothing was rolled back")
    assert world.made(Call.CONTINUE_UPDATE_ROLLBACK) == []
