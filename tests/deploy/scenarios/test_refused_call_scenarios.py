"""After the execution: what AWS refuses, throttles or does not answer is never a refusal of ours.

Whatever changes something and got no answer is asked after; what cannot be read is not judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.deploy.protection import make_stack_policy
from tests.deploy.happenings import Change, at_rest, at_the_end, ctrl_c, refuse
from tests.deploy.scripted.changes import REPLACEMENT
from tests.deploy.scripted.run import Ended, Person
from tests.deploy.scripted.world import DEPLOY, DESTROY, WATCH, World
from tests.images import EVERY_IMAGE

unreadable = pytest.mark.parametrize(
    "fault", [AccessDenied, ExpiredCredentials, Throttled, Unavailable]
)
JUDGED = "do not run what"
Command = Callable[[World, Change], Ended]


def update(world: World, blind: Change) -> Ended:
    world.standing()
    at_the_end(blind)(world)
    return world.deploy()


def create(world: World, blind: Change) -> Ended:
    at_the_end(blind)(world)
    return world.deploy()


def watch(world: World, blind: Change) -> Ended:
    world.standing()
    world.play.seconds = 30
    world.begin_update()
    at_rest(blind)(world)
    return world.watch()


def change_nothing(world: World, blind: Change) -> Ended:
    world.standing()
    world.images = {}
    blind(world)
    return world.deploy()


@unreadable
@pytest.mark.parametrize(
    ("command", "call", "seconds"),
    [
        (update, Call.DESCRIBE_SERVICES, 15),
        (update, Call.LIST_STACK_RESOURCES, 15),
        (create, Call.DESCRIBE_SERVICES, 15),
        (watch, Call.DESCRIBE_SERVICES, 30),
        (change_nothing, Call.DESCRIBE_SERVICES, 0),
    ],
)
def test_services_that_cannot_be_read_are_not_judged(
    world: World, fault: type[Fault], command: Command, call: Call, seconds: int
) -> None:
    world.images = EVERY_IMAGE
    ended = command(world, refuse(fault, call))
    assert JUDGED not in ended.block
    assert world.clock.elapsed < seconds + 15
    if command is change_nothing:
        assert ended.code not in (0, 1), ended
    else:
        ended.hold(7, "cannot tell")
        assert "bidops-cfn" in ended.last
        assert command is not update or "UPDATE_COMPLETE" in ended.block


def cancel_update(world: World) -> Ended:
    world.standing()
    ctrl_c(5, "c\n")(world)
    return world.deploy()


def cancel_creation(world: World) -> Ended:
    ctrl_c(5, "c\n")(world)
    return world.deploy()


def run_out_of_time(world: World) -> Ended:
    world.standing()
    world.play.seconds = 600
    ended = world.deploy(minutes=1)
    assert "it took longer than 1 minute" in ended.block + world.noticed
    return ended


def cancel_theirs(world: World) -> Ended:
    world.standing()
    world.play.seconds = 600
    world.begin_update()
    return world.cancel(minutes=1).hold(7)


@unreadable
@pytest.mark.parametrize(
    ("call", "cancel"),
    [
        (Call.CANCEL_UPDATE_STACK, cancel_update),
        (Call.DELETE_STACK, cancel_creation),
        (Call.CANCEL_UPDATE_STACK, run_out_of_time),
        (Call.CANCEL_UPDATE_STACK, cancel_theirs),
    ],
)
def test_a_cancellation_that_is_refused_leaves_what_runs(
    world: World, fault: type[Fault], call: Call, cancel: Callable[[World], Ended]
) -> None:
    world.images = EVERY_IMAGE
    world.play.seconds = 60
    world.wire.refuse(fault, call)
    ended = cancel(world)
    assert ended.code in (0, 7), ended
    if ended.code == 7:
        assert WATCH in ended.last
    else:
        assert "could not be cancelled" in world.noticed
    assert "rolled back" not in ended.block


@pytest.mark.parametrize("arrives", [True, False])
def test_a_cancellation_whose_answer_is_lost_is_asked_after(update: World, arrives: bool) -> None:
    ctrl_c(5, "c\n")(update)
    update.play.seconds = 60
    update.lose(Call.CANCEL_UPDATE_STACK, arrives=arrives)
    ended = update.deploy()
    if arrives:
        update.expect(ended, 1, DEPLOY, "it was cancelled", executed=1)
        assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    else:
        assert ended.code in (0, 1, 7), ended
        assert ("rolled back" in ended.block) == (update.stack.status != "UPDATE_COMPLETE")


def is_gone(world: World) -> bool:
    return world.cloudformation.stack(world.environment.stack_name) is None


@pytest.mark.parametrize("arrives", [True, False])
def test_the_deletion_of_a_cancelled_creation_whose_answer_is_lost_is_asked_after(
    first: World, arrives: bool
) -> None:
    ctrl_c(5, "c\n")(first)
    first.play.seconds = 60
    first.lose(Call.DELETE_STACK, arrives=arrives)
    ended = first.deploy()
    assert ended.code in ((1,) if is_gone(first) else (0, 7)), ended
    assert is_gone(first) or not arrives


def test_the_cancel_command_whose_answer_is_lost_follows_the_cancellation(update: World) -> None:
    update.play.seconds = 60
    update.begin_update()
    update.lose(Call.CANCEL_UPDATE_STACK, arrives=True)
    update.expect(update.cancel(), 0, "is back where it was before the update")


@pytest.mark.parametrize("status", ["UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"])
def test_a_rollback_whose_answer_is_lost_is_followed(world: World, status: str) -> None:
    world.standing(status)
    call = Call.ROLLBACK_STACK if status == "UPDATE_FAILED" else Call.CONTINUE_UPDATE_ROLLBACK
    world.lose(call, arrives=True)
    world.expect(world.rollback(), 0, DEPLOY)
    assert len(world.made(call)) == 1


def test_a_rollback_that_never_arrived_says_that_nothing_was_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED")
    world.lose(Call.ROLLBACK_STACK, arrives=False)
    world.expect(world.rollback(), 3, "bidops-cfn rollback --env dev", "nothing was rolled back")
    assert world.stack.status == "UPDATE_FAILED"


@pytest.mark.parametrize("arrives", [True, False])
def test_a_destruction_whose_answer_is_lost_is_asked_after(world: World, arrives: bool) -> None:
    world.standing()
    world.lose(Call.DELETE_STACK, arrives=arrives)
    ended = world.destroy().hold(0 if arrives else 3)
    assert is_gone(world) is arrives
    if not arrives:
        assert "nothing was deleted" in ended.block
        assert DESTROY in ended.last


def test_the_deletion_before_a_new_creation_whose_answer_is_lost_is_asked_after(
    world: World,
) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.lose(Call.DELETE_STACK, arrives=True)
    world.expect(world.deploy(recreate=True), 0, "CREATE_COMPLETE", executed=1)


def test_our_change_set_whose_deletion_was_not_answered_is_not_said_to_be_left(
    update: World,
) -> None:
    update.person = Person("n\n")
    update.lose(Call.DELETE_CHANGE_SET, arrives=True)
    update.expect(update.deploy(yes=False), 8, "", left=[])
    assert "left behind" not in update.noticed


@pytest.fixture(params=[Call.UPDATE_TERMINATION_PROTECTION, Call.SET_STACK_POLICY])
def protecting_call(request: pytest.FixtureRequest, first: World) -> Call:
    """A call that protects the stack after its creation."""
    first.settings(termination_protection=True)
    call: Call = request.param
    return call


def test_protection_whose_answer_is_lost_after_the_end_is_asked_after(
    first: World, protecting_call: Call
) -> None:
    first.lose(protecting_call, arrives=True)
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert first.stack.termination_protection
    assert json.loads(first.stack.policy or "") == make_stack_policy(first.target.template)


def test_protection_that_is_denied_after_the_end_says_what_runs_and_what_lacks(
    first: World, protecting_call: Call
) -> None:
    first.deny(protecting_call)
    ended = first.deploy()
    first.expect(ended, 1, DEPLOY, "CREATE_COMPLETE, but was not protected", executed=1)
    lacks = (f"allow {protecting_call.text.lower()}", "the stack policy could not be set")
    assert any(words in ended.block.lower() for words in lacks)
    assert JUDGED not in ended.block


def test_a_policy_opened_without_an_answer_is_asked_after(update: World) -> None:
    update.settings(termination_protection=True)
    update.stack.termination_protection = True
    update.stack.policy = json.dumps(make_stack_policy(update.target.template))
    update.cloudformation.changes = [REPLACEMENT]
    update.lose(Call.SET_STACK_POLICY, arrives=True)
    ended = update.deploy(allowed=frozenset({"BffService"}))
    update.expect(ended, 0, "UPDATE_COMPLETE", executed=1)
    assert json.loads(update.stack.policy or "") == make_stack_policy(update.target.template)
