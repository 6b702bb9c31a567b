"""The verdict holds when DescribeStacks is late: our operation's own event says how it ended."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.stack import Lag
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE

LATE = [Lag(5), Lag(30), Lag(5, relapses=True), Lag(30, relapses=True)]
late = pytest.mark.parametrize("lag", LATE, ids=repr)


@late
def test_a_failed_update_is_failed_while_reads_still_show_the_stack_before_it(
    update: World, lag: Lag
) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    update.expect(
        update.deploy(), 1, DEPLOY, "the update failed and was rolled back: BffService", executed=1
    )


@late
def test_a_good_update_is_good_while_reads_still_show_the_failure_before_it(
    world: World, lag: Lag
) -> None:
    world.standing("UPDATE_ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.cloudformation.lag = lag
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)


@late
def test_an_update_that_follows_a_good_one_is_known_by_its_own_end(world: World, lag: Lag) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.cloudformation.lag = lag
    ended = world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert ended.done.change_set_id == world.stack.change_set_id


@late
def test_a_rollback_that_fails_is_no_success_of_the_update_before(update: World, lag: Lag) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    update.play.undo_fails = True
    update.expect(update.deploy(), 5, "bidops-cfn rollback --env dev", executed=1)


def test_reads_that_stay_old_do_not_keep_us_once_our_own_end_is_known(update: World) -> None:
    update.cloudformation.lag = Lag(3600)
    update.play.fails = "BffService"
    update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert update.clock.elapsed < 180


@late
def test_a_creation_that_was_undone_is_told_while_reads_show_its_placeholder(
    first: World, lag: Lag
) -> None:
    first.cloudformation.lag = lag
    first.play.fails = "BffService"
    first.expect(
        first.deploy(),
        1,
        "bidops-cfn deploy --env dev",
        "the creation failed and was undone: BffService",
        executed=1,
    )


@late
def test_a_creation_that_is_complete_is_told_while_reads_show_its_placeholder(
    first: World, lag: Lag
) -> None:
    first.cloudformation.lag = lag
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)


@late
def test_a_plan_whose_execution_fails_is_failed_under_late_reads(world: World, lag: Lag) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    _, made = world.plan_to_file()
    world.cloudformation.lag = lag
    world.play.fails = "BffService"
    world.expect(world.execute(made), 1, DEPLOY, executed=1)


@late
def test_a_stack_is_destroyed_while_reads_still_show_it(world: World, lag: Lag) -> None:
    world.standing()
    world.clock.sleep(60)
    world.cloudformation.lag = lag
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute any more")


@late
def test_a_rollback_that_is_over_is_told_while_reads_still_show_the_failure(
    world: World, lag: Lag
) -> None:
    world.standing("UPDATE_FAILED")
    world.clock.sleep(60)
    world.cloudformation.lag = lag
    world.expect(world.rollback(), 0, DEPLOY, "UPDATE_ROLLBACK_COMPLETE")


@late
def test_a_rollback_that_fails_again_is_told_while_reads_show_the_failure_before(
    world: World, lag: Lag
) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    world.stack.enter("UPDATE_ROLLBACK_FAILED", "the failure before")
    world.clock.sleep(60)
    world.cloudformation.lag = lag
    world.play.undo_fails = True
    world.expect(world.rollback(), 5, "bidops-cfn rollback --env dev")


@late
def test_a_cancelled_update_is_back_while_reads_still_show_the_stack_before_it(
    update: World, lag: Lag
) -> None:
    update.play.seconds = 60
    update.begin_update()
    update.cloudformation.lag = Lag(lag.seconds, relapses=True)
    update.expect(update.cancel(), 0, "is back where it was before the update")


@late
def test_a_failed_creation_is_recreated_while_reads_still_show_what_was_deleted(
    world: World, lag: Lag
) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.clock.sleep(60)
    world.images = EVERY_IMAGE
    world.cloudformation.lag = lag
    world.expect(world.deploy(recreate=True), 0, "CREATE_COMPLETE", executed=1)
    assert len(world.made(Call.DELETE_STACK)) == 1


@pytest.mark.parametrize("fails", [False, True])
@late
def test_watch_tells_the_end_of_the_update_that_runs_and_not_of_the_one_before(
    update: World, lag: Lag, fails: bool
) -> None:
    update.play.seconds = 60
    update.begin_update(fails="BffService" if fails else "")
    update.cloudformation.lag = lag
    ended = update.watch()
    assert update.clock.elapsed >= 60
    assert ended.code == (1 if fails else 0), ended
    assert ("rolled back: BffService" in ended.block) == fails


@late
@pytest.mark.parametrize("fails", [False, True])
def test_without_events_only_a_read_that_is_newer_tells_the_end(
    update: World, lag: Lag, fails: bool
) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService" if fails else ""
    update.cloudformation.on_execute = lambda: update.deny(Call.DESCRIBE_STACK_EVENTS)
    ended = update.deploy().hold(1 if fails else 0)
    assert ("rolled back" in ended.block) == fails


@pytest.mark.parametrize("lag", [Lag(30), Lag(30, relapses=True)], ids=repr)
def test_without_tokens_the_events_after_our_beginning_tell_our_end(
    update: World, lag: Lag
) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    update.play.on_update = [(0, lambda: forget_tokens(update))]
    update.expect(update.deploy(), 1, DEPLOY, executed=1)


def forget_tokens(world: World) -> None:
    world.stack.operation.token, world.stack.operation.id = None, ""


def test_an_end_that_no_event_tells_is_not_taken_from_the_operation_after_it(
    update: World,
) -> None:
    update.play.never_ends = True
    update.play.on_update = [(5, lambda: Other(update.stack).update(3))]
    update.expect(update.deploy(), 7, WATCH, "cannot tell how", executed=1)


@late
def test_a_deployment_that_waits_its_turn_waits_although_reads_do_not_show_what_runs(
    update: World, lag: Lag
) -> None:
    update.play.seconds = 60
    update.begin_update()
    update.images = {"bff": ":1.4.3"}
    update.cloudformation.lag = lag
    ended = update.deploy(wait=True)
    assert update.clock.elapsed >= 60 + 15
    update.expect(ended, 0, "UPDATE_COMPLETE", executed=1)


@late
def test_a_second_deployment_right_after_a_failed_one_is_judged_by_its_own_end(
    update: World, lag: Lag
) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    assert update.deploy().code == 1
    update.play.fails = ""
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=2)


@late
def test_no_change_after_a_failed_update_is_not_said_to_be_failed(update: World, lag: Lag) -> None:
    update.cloudformation.lag = lag
    update.play.fails = "BffService"
    assert update.deploy().code == 1
    update.play.fails = ""
    update.images = {}
    update.expect(update.deploy(), 0, "is what templates/dev/compute.json says", executed=1)


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials, Throttled, Unavailable])
@pytest.mark.parametrize("fails", [False, True])
def test_an_end_that_our_event_tells_holds_when_the_stack_cannot_be_read(
    update: World, fault: type[Fault], fails: bool
) -> None:
    def blind() -> None:
        update.wire.refuse(fault, Call.DESCRIBE_STACKS)

    update.play.fails = "BffService" if fails else ""
    update.cloudformation.on_execute = lambda: update.stack.on_rest.append(blind)
    ended = update.deploy().hold(1 if fails else 0)
    assert ("rolled back: BffService" in ended.block) == fails
