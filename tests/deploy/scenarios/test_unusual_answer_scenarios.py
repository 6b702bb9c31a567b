"""Answers of AWS that are allowed and rare: out of order, twice, of another revision, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.deploy.scenarios.commands import (
    DEPLOY,
    DESTROY,
    STATUS,
    Call,
    Other,
    Rejected,
    World,
    cancel,
    deny,
    deploy,
    destroy,
    events,
    links,
    logs,
    restart,
    rollback,
    screen,
    status,
    watch,
)
from tests.deploy.scenarios.crashes import failing


def changed(world: World, call: Call, change: Callable[[dict[str, Any]], None]) -> None:
    """Change every answer to the call before it is given."""
    answer = world.wire.handlers[call]

    def answered(**parameters: Any) -> dict[str, Any]:
        given = answer(**parameters)
        change(given)
        return given

    world.wire.handlers[call] = answered


def test_events_in_another_order_are_told_once_and_end_the_operation(update: World) -> None:
    def shuffle(answer: dict[str, Any]) -> None:
        events = answer["StackEvents"]
        events[:6] = reversed(events[:6])

    changed(update, Call.DESCRIBE_STACK_EVENTS, shuffle)
    ended = deploy(update)
    assert ended.code == 0, ended
    told = [event.id for event in update.output.of("event")]
    assert len(told) == len(set(told))


def test_an_event_on_two_pages_is_told_once(update: World) -> None:
    def repeat(answer: dict[str, Any]) -> None:
        events = answer["StackEvents"]
        answer["StackEvents"] = [one for event in events for one in (event, event)]

    changed(update, Call.DESCRIBE_STACK_EVENTS, repeat)
    assert deploy(update).code == 0
    told = [event.id for event in update.output.of("event")]
    assert told
    assert len(told) == len(set(told))


@pytest.mark.parametrize("late", [2.0, 10.0])
def test_an_event_that_is_listed_late_is_told_all_the_same(update: World, late: float) -> None:
    """The reason of a failure is listed seconds after what followed from it."""
    update.play.fails = "BffService"
    update.play.fails_because = "Resource handler returned message: the role cannot be assumed"
    update.play.seconds = 40

    def hide(answer: dict[str, Any]) -> None:
        due = update.clock.now() - timedelta(seconds=late)
        answer["StackEvents"] = [
            one
            for one in answer["StackEvents"]
            if one.get("ResourceStatusReason") != update.play.fails_because
            or one["Timestamp"] <= due
        ]

    changed(update, Call.DESCRIBE_STACK_EVENTS, hide)
    ended = deploy(update)
    assert ended.code == 1
    assert "the role cannot be assumed" in str(ended.error)


def test_a_beginning_that_is_listed_after_the_end_does_not_begin_it_again(update: World) -> None:
    def hide(answer: dict[str, Any]) -> None:
        over = any(one["ResourceStatus"] == "UPDATE_COMPLETE" for one in answer["StackEvents"][:1])
        answer["StackEvents"] = [
            one
            for one in answer["StackEvents"]
            if over
            or one["ResourceStatus"] != "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            or one["Timestamp"] < update.clock.now() - timedelta(seconds=6)
        ]

    update.play.seconds = 8
    changed(update, Call.DESCRIBE_STACK_EVENTS, hide)
    ended = deploy(update)
    assert ended.code == 0, ended
    assert update.clock.elapsed < 60


def test_old_tasks_do_not_count_as_those_of_the_completed_deployment(update: World) -> None:
    def old_tasks(answer: dict[str, Any]) -> None:
        for service in answer["services"]:
            primary = service["deployments"][0]
            if primary["rolloutState"] == "COMPLETED":
                old = {**primary, "id": "ecs-svc/77", "status": "ACTIVE", "runningCount": 4}
                service["deployments"] = [{**primary, "runningCount": 1}, old]

    changed(update, Call.DESCRIBE_SERVICES, old_tasks)
    ended = deploy(update)
    assert ended.code == 1, ended
    assert "1/5 tasks running" in ended.block
    assert STATUS in ended.last


def test_a_service_that_ecs_does_not_describe_for_now_is_not_said_to_be_deleted(
    update: World,
) -> None:
    """ECS answers MISSING for a few seconds after a creation."""
    answers = iter(range(100))

    def miss(answer: dict[str, Any]) -> None:
        if update.stack.status == "UPDATE_COMPLETE" and next(answers) < 3:
            answer["failures"] = [
                {"arn": one["serviceArn"], "reason": "MISSING"} for one in answer["services"]
            ]
            answer["services"] = []

    changed(update, Call.DESCRIBE_SERVICES, miss)
    assert deploy(update).code == 0


def test_services_that_ecs_fails_to_describe_are_not_known_to_be_gone(update: World) -> None:
    def fail(answer: dict[str, Any]) -> None:
        if update.stack.status == "UPDATE_COMPLETE":
            answer["failures"] = [
                {"arn": one["serviceArn"], "reason": "INTERNAL"} for one in answer["services"]
            ]
            answer["services"] = []

    begun = update.wire.handlers[Call.EXECUTE_CHANGE_SET]

    def execute(**parameters: Any) -> dict[str, Any]:
        changed(update, Call.DESCRIBE_SERVICES, fail)
        return begun(**parameters)

    update.wire.handlers[Call.EXECUTE_CHANGE_SET] = execute
    ended = deploy(update)
    assert ended.code == 7, ended
    assert "cannot tell" in ended.block
    assert "INTERNAL" in ended.block
    assert "deleted" not in ended.block


def test_a_service_of_which_ecs_says_nothing_is_not_known_to_be_gone(update: World) -> None:
    update.wire.handlers[Call.DESCRIBE_SERVICES] = lambda **_: {"services": [], "failures": []}
    for ended in (deploy(update), restart(update)):
        assert ended.code in (3, 7), ended
        assert "it says nothing of a service asked for" in ended.block
        assert "deleted" not in ended.block


def test_an_answer_without_a_stack_is_not_the_word_that_there_is_none(update: World) -> None:
    update.wire.handlers[Call.DESCRIBE_STACKS] = lambda **_: {"Stacks": []}
    for command in (destroy, deploy, status, watch, cancel, rollback, restart, events, logs, links):
        ended = command(update)
        assert ended.code == 3, (command, ended)
        assert "it says neither that bidopsai-dev-compute exists nor that not" in ended.block
    assert update.made(Call.CREATE_CHANGE_SET) == []


def test_a_count_that_a_template_hides_warns_of_nothing(update: World) -> None:
    update.stack.parameters["BffDesiredCount"] = "****"
    assert deploy(update).code == 0


def test_a_cleanup_that_does_not_end_is_no_rollback(update: World) -> None:
    cleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    update.play.never_ends = True
    update.play.on_update = [(10, lambda: update.stack.enter(cleanup))]
    ended = deploy(update, minutes=2)
    assert ended.code == 7
    assert "it took longer than 2 minutes, and its end takes as long again" in ended.said
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


@pytest.mark.parametrize("word", ["DELETE_FAILED", "ROLLBACK_FAILED"])
def test_what_cannot_be_deleted_is_to_be_deleted_without_what_holds_it(
    update: World, word: str
) -> None:
    update.stack.enter(word)
    update.expect(watch(update), 5, DESTROY)


@pytest.mark.parametrize("fails", ["", "BffService"])
def test_a_change_set_that_another_executed_is_followed_as_ours(update: World, fails: str) -> None:
    """Between our table and our execution, another operator executes it in the console."""
    update.play.fails = fails
    service = update.cloudformation
    execute = update.wire.handlers[Call.EXECUTE_CHANGE_SET]

    def already(**parameters: Any) -> dict[str, Any]:
        execute(**{**parameters, "ClientRequestToken": "Console-ExecuteChangeSet-77"})
        raise Rejected(
            Call.EXECUTE_CHANGE_SET,
            "cannot be executed in its current status of [EXECUTE_IN_PROGRESS]",
            "InvalidChangeSetStatus",
        )

    update.wire.handlers[Call.EXECUTE_CHANGE_SET] = already
    ended = deploy(update)
    assert ended.code == (1 if fails else 0), ended
    assert "Console-ExecuteChangeSet-77" in screen(update) + ended.block
    assert service.left_behind() == []
    if fails:
        assert "it broke" in ended.block
        assert DEPLOY in ended.last


def test_events_that_may_not_be_read_stop_before_anything_is_executed(update: World) -> None:
    deny(update, Call.DESCRIBE_STACK_EVENTS)
    ended = deploy(update)
    assert ended.code == 3
    assert "cloudformation:DescribeStackEvents" in ended.block
    assert not update.made(Call.EXECUTE_CHANGE_SET)
    assert update.cloudformation.left_behind() == []


def test_a_stack_that_was_recreated_under_its_name_is_not_the_one_that_is_watched(
    update: World,
) -> None:
    failing(update)

    def create() -> None:
        update.standing()

    def again() -> None:
        Other(update.stack).delete(1)
        update.clock.after(2, create)

    update.play.on_update = [(5, again)]
    ended = deploy(update)
    assert ended.code == 1, ended
    assert "the stack was deleted while it was being updated" in ended.block


def test_a_stack_without_time_of_its_update_is_followed(update: World) -> None:
    def forget(answer: dict[str, Any]) -> None:
        for one in answer["Stacks"]:
            one.pop("LastUpdatedTime", None)

    changed(update, Call.DESCRIBE_STACKS, forget)
    ended = deploy(update)
    assert ended.code == 0, ended
    assert update.clock.elapsed < 60


def test_a_machine_whose_clock_is_behind_sees_the_evidence(update: World) -> None:
    """AWS's times are compared with AWS's alone."""
    failing(update)
    ahead = timedelta(minutes=7)
    now = update.clock.now
    update.clock.now = lambda: now() + ahead  # type: ignore[method-assign]
    ended = deploy(update)
    assert ended.code == 1
    assert "DATABASE_URL" in ended.block


def test_a_service_of_no_tasks_is_deployed(update: World) -> None:
    for service in update.ecs.services.values():
        service.desired = service.running = 0
        service.deployments[0] |= {"desiredCount": 0, "runningCount": 0}
    assert deploy(update).code == 0
