"""The verdict holds when DescribeStacks is late: our operation's own event says how it ended."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from tests.deploy.happenings import Change, at, at_the_end, at_the_execution, every, play, refuse
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.stack import Lag
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE

LATE = [Lag(5), Lag(30), Lag(5, relapses=True), Lag(30, relapses=True)]
DONE, ROLLBACK = "UPDATE_COMPLETE", "bidops-cfn rollback --env dev"
ROLLED_BACK = "the update failed and was rolled back: BffService"
SAME = "is what templates/dev/compute.json says"


def planned(world: World) -> Ended:
    return world.execute(world.plan_to_file()[1])


def cancelled(world: World) -> Ended:
    world.begin_update()
    return world.cancel()


def watched(world: World) -> Ended:
    world.begin_update(fails=world.play.fails)
    begun = world.clock.elapsed
    ended = world.watch()
    assert world.clock.elapsed - begun >= world.play.seconds
    return ended


def queued(world: World) -> Ended:
    world.begin_update()
    begun = world.clock.elapsed
    world.images = {"bff": ":1.4.3"}
    ended = world.deploy(wait=True)
    assert world.clock.elapsed - begun >= world.play.seconds + 15
    return ended


def again(world: World) -> Ended:
    world.deploy().hold(1)
    world.play.fails = ""
    return world.deploy()


def unchanged_after_a_failure(world: World) -> Ended:
    world.deploy().hold(1)
    world.play.fails, world.images = "", {}
    return world.deploy()


def recreated(world: World) -> Ended:
    return world.deploy(recreate=True)


def forget_tokens(world: World) -> None:
    world.stack.operation.token, world.stack.operation.id = None, ""


FAILS, SLOW = play(fails="BffService"), play(seconds=60)
NO_EVENTS = at_the_execution(refuse(AccessDenied, Call.DESCRIBE_STACK_EVENTS))
# In which status the stack is, what happens, what is typed, its code, last line and more words.
CASES: dict[str, tuple[str, Change, Callable[[World], Ended], int, str, str]] = {
    "update fails": (DONE, FAILS, World.deploy, 1, DEPLOY, ROLLED_BACK),
    "update after a failure": ("UPDATE_ROLLBACK_COMPLETE", every(), World.deploy, 0, DONE, ""),
    "update": (DONE, every(), World.deploy, 0, DONE, ""),
    "rollback fails": (DONE, play(fails="BffService", undo_fails=True), World.deploy, 5,
                       ROLLBACK, ""),
    "creation undone": ("", FAILS, World.deploy, 1, DEPLOY,
                        "the creation failed and was undone: BffService"),
    "creation": ("", every(), World.deploy, 0, "CREATE_COMPLETE", ""),
    "plan fails": (DONE, FAILS, planned, 1, DEPLOY, ""),
    "destruction": (DONE, every(), World.destroy, 0,
                    "there is no stack bidopsai-dev-compute any more", ""),
    "rolled back": ("UPDATE_FAILED", every(), World.rollback, 0, DEPLOY,
                    "UPDATE_ROLLBACK_COMPLETE"),
    "rollback fails again": ("UPDATE_ROLLBACK_FAILED", play(undo_fails=True), World.rollback, 5,
                             ROLLBACK, ""),
    "cancelled": (DONE, SLOW, cancelled, 0, "is back where it was before the update", ""),
    "recreated": ("ROLLBACK_COMPLETE", every(), recreated, 0, "CREATE_COMPLETE", ""),
    "watched": (DONE, SLOW, watched, 0, DONE, ""),
    "watched failing": (DONE, every(SLOW, FAILS), watched, 1, "", "rolled back: BffService"),
    "no events": (DONE, NO_EVENTS, World.deploy, 0, DONE, ""),
    "no events, fails": (DONE, every(NO_EVENTS, FAILS), World.deploy, 1, "", "rolled back"),
    "no tokens, fails": (DONE, every(at(0, forget_tokens), FAILS), World.deploy, 1, DEPLOY, ""),
    "queued": (DONE, SLOW, queued, 0, DONE, ""),
    "again": (DONE, FAILS, again, 0, DONE, ""),
    "unchanged after a failure": (DONE, FAILS, unchanged_after_a_failure, 0, SAME, ""),
}  # fmt: skip


@pytest.mark.parametrize("lag", LATE, ids=repr)
@pytest.mark.parametrize("case", CASES)
def test_a_command_ends_by_its_own_operation_while_reads_are_late(
    world: World, lag: Lag, case: str
) -> None:
    status, happen, command, code, last, says = CASES[case]
    if status:
        world.standing(status)
        world.clock.sleep(60)
    world.images = EVERY_IMAGE
    world.cloudformation.lag = lag
    happen(world)
    ended = command(world).hold(code, says)
    assert last in ended.last
    assert world.cloudformation.left_behind() == []
    none = command in (World.destroy, World.rollback, cancelled, watched)
    executed = 2 if command is again else int(not none)
    assert len(world.made(Call.EXECUTE_CHANGE_SET)) == executed
    assert len(world.made(Call.DELETE_STACK)) == (command in (recreated, World.destroy))
    if ended.result is not None and last == DONE and command is World.deploy:
        assert ended.result.change_set_id == world.stack.change_set_id


def test_reads_that_stay_old_do_not_keep_us_once_our_own_end_is_known(update: World) -> None:
    update.cloudformation.lag = Lag(3600)
    FAILS(update)
    update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert update.clock.elapsed < 180


def test_an_end_that_no_event_tells_is_not_taken_from_the_operation_after_it(
    update: World,
) -> None:
    update.play.never_ends = True
    update.play.on_update = [(5, lambda: Other(update.stack).update(3))]
    update.expect(update.deploy(), 7, WATCH, "cannot tell how", executed=1)


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials, Throttled, Unavailable])
@pytest.mark.parametrize("fails", [False, True])
def test_an_end_that_our_event_tells_holds_when_the_stack_cannot_be_read(
    update: World, fault: type[Fault], fails: bool
) -> None:
    update.play.fails = "BffService" if fails else ""
    at_the_end(refuse(fault, Call.DESCRIBE_STACKS))(update)
    ended = update.deploy().hold(int(fails))
    assert ("rolled back: BffService" in ended.block) == fails
