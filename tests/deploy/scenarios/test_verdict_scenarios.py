"""The verdict: how our own operation ended, and no success while ECS runs something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.deploy.verdict import (
    GONE,
    choose_restoring_step,
    find_task_definitions,
)
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.happenings import Change, at, at_the_end, at_the_execution, every, play, refuse
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.stack import Lag, Other
from tests.deploy.scripted.world import DEPLOY, DESTROY, STATUS, WATCH, World
from tests.images import EVERY_IMAGE

LATE = [Lag(5), Lag(30), Lag(5, relapses=True), Lag(30, relapses=True)]
DONE, ROLLBACK = "UPDATE_COMPLETE", "bidops-cfn rollback --env dev"
ROLLED_BACK = "the update failed and was rolled back: BffService"
BEFORE = "arn:aws:ecs:us-east-1:111111111111:task-definition/bff"
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


def test_a_complete_stack_whose_service_ecs_rolled_back_is_a_failure(update: World) -> None:
    service = update.ecs.service("BffService")
    before = service.task_definition
    update.at_the_end_of_ours(lambda: service.deploy(before, "COMPLETED"))
    update.expect(
        update.deploy(),
        1,
        "bidops-cfn status --env dev",
        "ECS went back to BffTaskDefinition:1; the stack says BffTaskDefinition:2",
        executed=1,
    )


def test_a_complete_stack_without_all_its_tasks_is_a_failure(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    update.ecs.service("BffService").running = 3
    update.expect(
        update.deploy(), 1, "bidops-cfn status --env dev", "rollout is IN_PROGRESS", executed=1
    )


def of_service(change: Callable[[EcsService], object]) -> Change:
    return lambda world: change(world.ecs.service("BffService"))


UNFIT: dict[str, tuple[Change, int, str, str]] = {
    "no primary": (
        of_service(lambda one: one.deployments.clear()), 1, "BffService: it has no primary", STATUS,
    ),
    "draining": (
        of_service(lambda one: setattr(one, "status", "DRAINING")),
        1, "BffService: the service is DRAINING", STATUS,
    ),
    "short": (
        of_service(lambda one: setattr(one, "running", 4)), 1, "BffService: 4/5 tasks", STATUS,
    ),
    "went back": (
        of_service(lambda one: one.deploy(f"{BEFORE}:0", "COMPLETED")),
        1, "ECS went back to bff:0", STATUS,
    ),
    "unknown": (lambda world: world.ecs.services.clear(), 1, "ECS has no such service", DESTROY),
    "unnamed": (
        lambda world: world.stack.identify("BffService", ""),
        1, "BffService: CloudFormation names no ECS service for it", STATUS,
    ),
    "denied": (
        refuse(AccessDenied, Call.DESCRIBE_SERVICES),
        7, "cannot tell whether the services run what was deployed", WATCH,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("happen", "code", "says", "last"), UNFIT.values(), ids=UNFIT)
def test_a_deployment_is_no_success_while_a_service_is_not_as_it_should_be(
    world: World, happen: Change, code: int, says: str, last: str
) -> None:
    world.standing()
    happen(world)
    ended = world.deploy().hold(code, says)
    assert last in ended.last
    assert ("deleted" in ended.said) is (last == DESTROY)


def test_a_stack_without_services_has_nothing_to_be_asked() -> None:
    template: dict[str, Any] = {"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}
    assert list(find_task_definitions(template, {})) == []


def test_ecs_may_be_a_few_reads_behind(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    finish = update.ecs.service("BffService").complete
    update.play.on_update = [(25, finish)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def drop_the_reader(world: World) -> None:
    world.output.deaf = True


def interrupt_the_look_at_services(world: World) -> None:
    world.wire.before[Call.LIST_STACK_RESOURCES] = [KeyboardInterrupt()]


def interrupt_it_where_no_event_can_be_read(world: World) -> None:
    interrupt_the_look_at_services(world)
    call = Call.DESCRIBE_STACK_EVENTS
    world.wire.refuse(AccessDenied, call)


@pytest.mark.parametrize(
    "happen",
    [
        drop_the_reader,
        interrupt_the_look_at_services,
        interrupt_it_where_no_event_can_be_read,
    ],
)
def test_an_operation_that_was_seen_to_end_is_not_said_to_run(
    update: World, happen: Callable[[World], None]
) -> None:
    update.at_the_end_of_ours(lambda: happen(update))
    ended = update.expect(
        update.deploy(),
        7,
        "bidops-cfn watch --env dev",
        "cannot tell what the operation on bidopsai-dev-compute left",
        "it ended in UPDATE_COMPLETE; ",
        executed=1,
    )
    assert not any(claim in ended.said for claim in ("still runs", "goes on"))


@pytest.mark.parametrize("command", [World.deploy, World.watch])
def test_a_rolled_back_update_names_a_service_that_is_gone_and_what_restores_it(
    update: World, command: Callable[[World], Ended]
) -> None:
    update.play.fails = "BffService"
    update.at_the_end_of_ours(
        lambda: setattr(update.ecs.service("AgentCoreService"), "status", "INACTIVE")
    )
    if command is World.watch:
        update.deploy()
    ended = command(update)
    assert ended.error is not None
    assert f"AgentCoreService: {GONE}" in "\n".join(ended.error.details)
    assert ended.error.hint == choose_restoring_step(update.target)
