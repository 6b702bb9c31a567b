"""Answers of AWS that are allowed and rare: out of order, twice, of another revision, refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, Rejected, Unavailable
from tests.deploy.happenings import at_the_execution, before, failing
from tests.deploy.scripted.stack import Other
from tests.deploy.scripted.world import DEPLOY, DESTROY, STATUS, World


def shuffle(answer: dict[str, Any]) -> None:
    answer["StackEvents"][:6] = reversed(answer["StackEvents"][:6])


def repeat(answer: dict[str, Any]) -> None:
    answer["StackEvents"] = [one for event in answer["StackEvents"] for one in (event, event)]


@pytest.mark.parametrize("change", [shuffle, repeat])
def test_events_in_another_order_or_on_two_pages_are_told_once(
    update: World, change: Callable[[dict[str, Any]], None]
) -> None:
    update.wire.change(Call.DESCRIBE_STACK_EVENTS, change)
    update.deploy().hold(0)
    told = [event.id for event in update.output.of("event")]
    assert len(told) == len(set(told)) > 0


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

    update.wire.change(Call.DESCRIBE_STACK_EVENTS, hide)
    ended = update.deploy().hold(1)
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
    update.wire.change(Call.DESCRIBE_STACK_EVENTS, hide)
    update.deploy().hold(0)
    assert update.clock.elapsed < 60


def test_old_tasks_do_not_count_as_those_of_the_completed_deployment(update: World) -> None:
    def old_tasks(answer: dict[str, Any]) -> None:
        for service in answer["services"]:
            primary = service["deployments"][0]
            if primary["rolloutState"] == "COMPLETED":
                old = {**primary, "id": "ecs-svc/77", "status": "ACTIVE", "runningCount": 4}
                service["deployments"] = [{**primary, "runningCount": 1}, old]

    update.wire.change(Call.DESCRIBE_SERVICES, old_tasks)
    ended = update.deploy().hold(1, "1/5 tasks running")
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

    update.wire.change(Call.DESCRIBE_SERVICES, miss)
    assert update.deploy().code == 0


def test_services_that_ecs_fails_to_describe_are_not_known_to_be_gone(update: World) -> None:
    def fail(answer: dict[str, Any]) -> None:
        if update.stack.status == "UPDATE_COMPLETE":
            answer["failures"] = [
                {"arn": one["serviceArn"], "reason": "INTERNAL"} for one in answer["services"]
            ]
            answer["services"] = []

    update.cloudformation.on_execute = lambda: update.wire.change(Call.DESCRIBE_SERVICES, fail)
    ended = update.deploy().hold(7, "cannot tell", "INTERNAL")
    assert "deleted" not in ended.block


def test_a_service_of_which_ecs_says_nothing_is_not_known_to_be_gone(update: World) -> None:
    update.wire.handlers[Call.DESCRIBE_SERVICES] = lambda **_: {"services": [], "failures": []}
    for ended in (update.deploy(), update.restart()):
        assert ended.code in (3, 7), ended
        assert "it says nothing of a service asked for" in ended.block
        assert "deleted" not in ended.block


def test_an_answer_without_a_stack_is_not_the_word_that_there_is_none(update: World) -> None:
    update.wire.handlers[Call.DESCRIBE_STACKS] = lambda **_: {"Stacks": []}
    for command in (
        World.destroy,
        World.deploy,
        World.status,
        World.watch,
        World.cancel,
        World.rollback,
        World.restart,
        World.events,
        World.read_logs,
        World.links,
    ):
        command(update).hold(3, "it says neither that bidopsai-dev-compute exists nor that not")
    assert update.made(Call.CREATE_CHANGE_SET) == []


def test_a_count_that_a_template_hides_warns_of_nothing(update: World) -> None:
    update.stack.parameters["BffDesiredCount"] = "****"
    assert update.deploy().code == 0


def test_a_cleanup_that_does_not_end_is_no_rollback(update: World) -> None:
    cleanup = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    update.play.never_ends = True
    update.play.on_update = [(10, lambda: update.stack.enter(cleanup))]
    update.deploy(minutes=2).hold(
        7, "it took longer than 2 minutes, and its end takes as long again"
    )
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


@pytest.mark.parametrize("word", ["DELETE_FAILED", "ROLLBACK_FAILED"])
def test_what_cannot_be_deleted_is_to_be_deleted_without_what_holds_it(
    update: World, word: str
) -> None:
    update.stack.enter(word)
    update.expect(update.watch(), 5, DESTROY)


def executed_by(world: World, token: str) -> None:
    """Between our table and our execution, let another execute the change set with ``token``."""
    execute = world.wire.handlers[Call.EXECUTE_CHANGE_SET]

    def already(**parameters: Any) -> dict[str, Any]:
        execute(**{**parameters, "ClientRequestToken": token})
        raise Rejected(
            Call.EXECUTE_CHANGE_SET,
            "cannot be executed in its current status of [EXECUTE_IN_PROGRESS]",
            "InvalidChangeSetStatus",
        )

    world.wire.handlers[Call.EXECUTE_CHANGE_SET] = already


@pytest.mark.parametrize("fails", ["", "BffService"])
def test_a_change_set_that_another_executed_is_followed_as_ours(update: World, fails: str) -> None:
    update.play.fails = fails
    executed_by(update, "Console-ExecuteChangeSet-77")
    ended = update.deploy().hold(1 if fails else 0)
    (notice,) = update.output.of("warning")
    assert notice.message == "others have executed this change set, which is followed to its end"
    (request,) = notice.details
    assert request.startswith("UPDATE_IN_PROGRESS at 2026-03-01 23:30:")
    assert request.endswith(" UTC, by request Console-ExecuteChangeSet-77")
    assert update.cloudformation.left_behind() == []
    if fails:
        assert "it broke" in ended.block
        assert DEPLOY in ended.last


@pytest.mark.parametrize("token", ["", "ours"])
def test_an_execution_of_ours_or_of_nobody_is_not_said_to_be_of_others(
    update: World, token: str
) -> None:
    if token:  # the answer to our own request was lost
        update.lose(Call.EXECUTE_CHANGE_SET, arrives=True)
    else:  # an endpoint whose events have no token
        executed_by(update, "")
    assert update.deploy().code == 0
    assert update.noticed == ""


def test_events_that_cannot_be_read_when_another_executed_it_are_read_later(update: World) -> None:
    executed_by(update, "Console-ExecuteChangeSet-77")
    call = Call.DESCRIBE_STACK_EVENTS
    at_the_execution(before(call, None, Unavailable(call, "the connection was reset")))(update)
    assert update.deploy().code == 0
    assert update.wire.before[call] == []


def test_an_execution_that_is_refused_says_why_and_that_nothing_was_changed(update: World) -> None:
    call = Call.EXECUTE_CHANGE_SET
    update.wire.refuse(AccessDenied, call, code="AccessDenied")
    ended = update.deploy().hold(4)
    assert ended.said.splitlines() == [
        "the change set could not be executed: not permitted: cloudformation:ExecuteChangeSet: no",
        "Allow cloudformation:ExecuteChangeSet to the role that deploys.",
        f"Nothing was changed. Run the deployment again: {DEPLOY} --image bff=1.4.2",
    ]
    (sent,) = update.made(Call.EXECUTE_CHANGE_SET)
    (made,) = update.made(Call.CREATE_CHANGE_SET)
    assert made["ChangeSetName"] in sent["ChangeSetName"]
    assert sent["ClientRequestToken"]


def test_only_what_failed_in_the_rollback_is_proposed_to_be_skipped(update: World) -> None:
    """What failed in the update went back; what was only cancelled did not fail by itself."""
    update.stack.begin("UPDATE_IN_PROGRESS", "theirs", "User Initiated")
    service = "AWS::ECS::Service"
    for word, logical_id, reason in (
        ("UPDATE_FAILED", "AgentCoreService", "it broke"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "", ""),
        ("UPDATE_FAILED", "BffService", "Service was not ACTIVE."),
        ("UPDATE_FAILED", "AgentCoreService", "Resource update cancelled"),
        ("UPDATE_COMPLETE", "Cluster", ""),
        ("UPDATE_ROLLBACK_FAILED", "", ""),
    ):
        if logical_id:
            update.stack.event(logical_id, service, word, reason)
        else:
            update.stack.enter(word, reason)
    ended = update.watch().hold(5)
    assert ended.last == (
        "If BffService cannot be rolled back, leave it as it is: "
        "bidops-cfn rollback --env dev --skip BffService"
    )


def test_events_that_are_known_are_not_read_again_page_by_page(update: World) -> None:
    """Only those of the last half minute are, which may still be joined by a late one."""
    update.play.seconds = 300
    update.play.on_update = [
        (at, lambda: update.stack.event("BffTaskRole", "AWS::IAM::Role", "UPDATE_COMPLETE"))
        for at in range(0, 200, 2)
    ]
    update.cloudformation.page_size = 10
    assert update.deploy().code == 0
    asked = update.made(Call.DESCRIBE_STACK_EVENTS)
    assert max(int(one.get("NextToken", 0)) for one in asked) < 50  # of more than a hundred
    told = [one.id for one in update.output.of("event")]
    assert len(told) == len(set(told)) > 100


def test_events_that_may_not_be_read_stop_before_anything_is_executed(update: World) -> None:
    update.deny(Call.DESCRIBE_STACK_EVENTS)
    update.deploy().hold(3, "cloudformation:DescribeStackEvents")
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
    update.deploy().hold(1, "the stack was deleted while it was being updated")


def test_a_stack_without_time_of_its_update_is_followed(update: World) -> None:
    def forget(answer: dict[str, Any]) -> None:
        for one in answer["Stacks"]:
            one.pop("LastUpdatedTime", None)

    update.wire.change(Call.DESCRIBE_STACKS, forget)
    update.deploy().hold(0)
    assert update.clock.elapsed < 60


def test_a_machine_whose_clock_is_behind_sees_the_evidence(update: World) -> None:
    """AWS's times are compared with AWS's alone."""
    failing(update)
    ahead = timedelta(minutes=7)
    now = update.clock.now
    update.clock.now = lambda: now() + ahead  # type: ignore[method-assign]
    update.deploy().hold(1, "DATABASE_URL")


def test_a_service_of_no_tasks_is_deployed(update: World) -> None:
    for service in update.ecs.services.values():
        service.desired = service.running = 0
        service.deployments[0] |= {"desiredCount": 0, "runningCount": 0}
    assert update.deploy().code == 0
