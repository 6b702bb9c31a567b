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
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Ended, Person, interrupt
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE

UNREADABLE = [AccessDenied, ExpiredCredentials, Throttled, Unavailable]
unreadable = pytest.mark.parametrize("fault", UNREADABLE)
JUDGED = "do not run what"


def blind(world: World, call: Call, fault: type[Fault]) -> Callable[[], None]:
    def happen() -> None:
        world.wire.refuse(fault, call)

    return happen


def still_running(ended: Ended) -> None:
    """Hold a run against what is known when nothing can be seen any more."""
    assert ended.code == 7, ended
    assert JUDGED not in ended.block
    assert "bidops-cfn" in ended.last


@unreadable
@pytest.mark.parametrize("call", [Call.DESCRIBE_SERVICES, Call.LIST_STACK_RESOURCES])
def test_services_that_cannot_be_read_after_the_end_are_not_judged(
    update: World, fault: type[Fault], call: Call
) -> None:
    update.cloudformation.on_execute = lambda: update.stack.on_rest.append(
        blind(update, call, fault)
    )
    ended = update.deploy()
    still_running(ended)
    assert "cannot tell" in ended.block
    assert "UPDATE_COMPLETE" in ended.block
    assert update.clock.elapsed < 15 + 15


@unreadable
def test_services_of_a_creation_that_cannot_be_read_are_not_judged(
    first: World, fault: type[Fault]
) -> None:
    first.cloudformation.on_execute = lambda: first.stack.on_rest.append(
        blind(first, Call.DESCRIBE_SERVICES, fault)
    )
    ended = first.deploy()
    still_running(ended)
    assert "cannot tell" in ended.block


@unreadable
def test_watch_does_not_judge_services_that_it_cannot_read(
    update: World, fault: type[Fault]
) -> None:
    update.play.seconds = 30
    update.begin_update()
    update.stack.on_rest.append(blind(update, Call.DESCRIBE_SERVICES, fault))
    ended = update.watch()
    still_running(ended)
    assert update.clock.elapsed < 30 + 15


@unreadable
def test_nothing_to_change_does_not_judge_services_that_cannot_be_read(
    world: World, fault: type[Fault]
) -> None:
    world.standing()
    blind(world, Call.DESCRIBE_SERVICES, fault)()
    ended = world.deploy()
    assert ended.code not in (0, 1), ended
    assert JUDGED not in ended.block
    assert world.clock.elapsed < 15


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials, Throttled, Unavailable])
@pytest.mark.parametrize(
    ("call", "make"),
    [(Call.CANCEL_UPDATE_STACK, "standing"), (Call.DELETE_STACK, "")],
)
def test_a_cancellation_by_ctrl_c_that_is_refused_leaves_what_runs(
    world: World, fault: type[Fault], call: Call, make: str
) -> None:
    if make:
        world.standing()
    world.images = EVERY_IMAGE
    world.person = Person("c\n")
    world.play.seconds = 60
    world.play.on_update = [(5, interrupt)]
    blind(world, call, fault)()
    ended = world.deploy()
    assert ended.code in (0, 7), ended
    if ended.code == 7:
        assert WATCH in ended.last
    else:
        assert "could not be cancelled" in world.noticed
    assert "rolled back" not in ended.block


@pytest.mark.parametrize("fault", [AccessDenied, Throttled, Unavailable])
def test_a_cancellation_at_the_time_limit_that_is_refused_leaves_what_runs(
    update: World, fault: type[Fault]
) -> None:
    update.play.seconds = 600
    blind(update, Call.CANCEL_UPDATE_STACK, fault)()
    ended = update.deploy(minutes=1)
    assert ended.code in (0, 7), ended
    if ended.code == 7:
        assert WATCH in ended.last
    assert "it took longer than 1 minute" in ended.block + update.noticed


@pytest.mark.parametrize("arrives", [True, False])
def test_a_cancellation_whose_answer_is_lost_is_asked_after(update: World, arrives: bool) -> None:
    update.person = Person("c\n")
    update.play.seconds = 60
    update.play.on_update = [(5, interrupt)]
    update.lose(Call.CANCEL_UPDATE_STACK, arrives=arrives)
    ended = update.deploy()
    if arrives:
        update.expect(ended, 1, DEPLOY, executed=1)
        assert "it was cancelled" in ended.block
        assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"
    else:
        assert ended.code in (0, 1, 7), ended
        assert ("rolled back" in ended.block) == (update.stack.status != "UPDATE_COMPLETE")


@pytest.mark.parametrize("arrives", [True, False])
def test_the_deletion_of_a_cancelled_creation_whose_answer_is_lost_is_asked_after(
    first: World, arrives: bool
) -> None:
    first.person = Person("c\n")
    first.play.seconds = 60
    first.play.on_update = [(5, interrupt)]
    first.lose(Call.DELETE_STACK, arrives=arrives)
    ended = first.deploy()
    gone = first.cloudformation.stack(first.environment.stack_name) is None
    assert ended.code in ((1,) if gone else (0, 7)), ended
    assert gone or not arrives


@pytest.mark.parametrize("fault", [AccessDenied, Throttled, Unavailable])
def test_the_cancel_command_that_is_refused_says_that_the_update_goes_on(
    update: World, fault: type[Fault]
) -> None:
    update.play.seconds = 600
    update.begin_update()
    blind(update, Call.CANCEL_UPDATE_STACK, fault)()
    ended = update.cancel(minutes=1).hold(7)
    assert WATCH in ended.last


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
    ended = world.rollback()
    if world.stack.status == "UPDATE_FAILED":
        assert ended.code == 3, ended
        assert "nothing was rolled back" in ended.block
        assert "bidops-cfn rollback --env dev" in ended.last
    else:
        assert ended.code == 0, ended


@pytest.mark.parametrize("arrives", [True, False])
def test_a_destruction_whose_answer_is_lost_is_asked_after(world: World, arrives: bool) -> None:
    world.standing()
    world.lose(Call.DELETE_STACK, arrives=arrives)
    ended = world.destroy()
    gone = world.cloudformation.stack(world.environment.stack_name) is None
    assert ended.code == (0 if gone else 3), ended
    assert gone or not arrives
    if not gone:
        assert "nothing was deleted" in ended.block
        assert "bidops-cfn destroy --env dev" in ended.last


def test_the_deletion_before_a_new_creation_whose_answer_is_lost_is_asked_after(
    world: World,
) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.lose(Call.DELETE_STACK, arrives=True)
    world.expect(world.deploy(recreate=True), 0, "CREATE_COMPLETE", executed=1)


def test_our_change_set_whose_deletion_was_not_answered_is_not_said_to_be_left(
    world: World,
) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.person = Person("n\n")
    world.lose(Call.DELETE_CHANGE_SET, arrives=True)
    world.expect(world.deploy(yes=False), 8, "", left=[])
    assert "left behind" not in world.noticed


@pytest.mark.parametrize("call", [Call.UPDATE_TERMINATION_PROTECTION, Call.SET_STACK_POLICY])
def test_protection_whose_answer_is_lost_after_the_end_is_asked_after(
    first: World, call: Call
) -> None:
    first.settings(termination_protection=True)
    first.lose(call, arrives=True)
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert first.stack.termination_protection
    assert json.loads(first.stack.policy or "") == make_stack_policy(first.target.template)


@pytest.mark.parametrize("call", [Call.UPDATE_TERMINATION_PROTECTION, Call.SET_STACK_POLICY])
def test_protection_that_is_denied_after_the_end_says_what_runs_and_what_lacks(
    first: World, call: Call
) -> None:
    first.settings(termination_protection=True)
    first.deny(call)
    ended = first.expect(
        first.deploy(), 1, DEPLOY, "CREATE_COMPLETE, but was not protected", executed=1
    )
    assert f"Allow {call.text}" in ended.block or "the stack policy could not be set" in (
        ended.block.lower()
    )
    assert JUDGED not in ended.block


def test_a_policy_opened_without_an_answer_is_asked_after(world: World) -> None:
    world.settings(termination_protection=True)
    world.standing(protected=True, policy=json.dumps(make_stack_policy(world.target.template)))
    world.cloudformation.changes = [
        change("Modify", "BffService", "AWS::ECS::Service", replacement="True")
    ]
    world.images = EVERY_IMAGE
    world.lose(Call.SET_STACK_POLICY, arrives=True)
    world.expect(world.deploy(allowed=frozenset({"BffService"})), 0, "UPDATE_COMPLETE", executed=1)
    assert json.loads(world.stack.policy or "") == make_stack_policy(world.target.template)
