"""A failure that explains itself: the first cause, what ECS said, hooks, exports, validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials
from tests.deploy.happenings import Change, at, every, nothing, play, refuse
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.script import SERVICE
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE


def test_a_failed_update_names_the_first_real_failure(update: World) -> None:
    update.play.fails = "BffService"
    update.play.fails_because = "ECS Deployment Circuit Breaker was triggered"
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert ended.said.startswith("the update failed and was rolled back: BffService (AWS::ECS::")
    assert "Circuit Breaker was triggered" in ended.said
    assert "cancelled" not in ended.said
    assert "https://us-east-1.console.aws.amazon.com/cloudformation/home" in ended.said


def test_a_rollback_that_fails_needs_a_human(update: World) -> None:
    update.play.fails = "BffService"
    update.play.undo_fails = True
    update.expect(
        update.deploy(),
        5,
        "bidops-cfn rollback --env dev --skip BffService",
        "UPDATE_ROLLBACK_FAILED",
        "stable state: bidops-cfn rollback --env dev\n",
        executed=1,
    )


def test_a_creation_whose_removal_fails_needs_a_human(first: World) -> None:
    first.play.fails = "BffService"
    first.play.undo_fails = True
    first.expect(first.deploy(), 5, "bidops-cfn destroy --env dev", executed=1)


def test_a_breaker_trip_tells_why_the_tasks_died_although_they_are_gone(update: World) -> None:
    def crash() -> None:
        service = update.ecs.service("BffService")
        deployment = service.deployments[0]
        deployment["failedTasks"] = 1
        service.running = 4
        task = update.ecs.stop_task(
            "BffService", deployment["id"], "Essential container in task exited"
        )
        update.ecs.logs[f"bff/bff/{task}"] = ["booting", "Error: DATABASE_URL is not set"]

    def trip() -> None:
        update.ecs.service("BffService").trip()
        update.ecs.service("BffService").tasks.clear()

    update.play.seconds = 40
    update.play.fails = "BffService"
    update.play.on_update = [(5, crash), (15, trip)]
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    last = [one for one in update.output.of("ecs") if one.service == "BffService"][-1]
    assert last.rollout == "FAILED"
    assert "BffService: ECS deployment circuit breaker: tasks failed to start." in ended.said
    assert "[EssentialContainerExited]: Essential container in task exited" in ended.said
    assert "bff exited with 1" in ended.said
    assert "log: Error: DATABASE_URL is not set" in ended.said


def test_a_rollback_alarm_that_goes_into_alarm_is_the_cause(update: World) -> None:
    def alarm() -> None:
        stack = update.stack
        token = stack.operation.token or ""
        stack.begin("UPDATE_ROLLBACK_IN_PROGRESS", token, "Alarm smoke went into ALARM")
        update.clock.after(5, lambda: stack.enter("UPDATE_ROLLBACK_COMPLETE"))

    update.play.on_update = [(5, alarm)]
    update.expect(update.deploy(), 1, DEPLOY, "Alarm smoke went into ALARM", executed=1)


def crash(world: World) -> None:
    """Let a task of our deployment die, behind a load balancer."""
    service = world.ecs.service("BffService")
    service.target_group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/b/1"
    service.running = 4
    world.ecs.stop_task("BffService", service.deployments[0]["id"], "it crashed")
    elsewhere = "an old deployment's trouble", "another service's trouble"
    for name, reason in zip(("BffService", "AgentCoreService"), elsewhere, strict=True):
        world.ecs.stop_task(name, "ecs-svc/old", reason)
    scaled = "Scaling activity initiated by deployment"
    kind = "ServiceSchedulerInitiated"
    world.ecs.stop_task("BffService", service.deployments[0]["id"], scaled, stopCode=kind)


LOGS, TASKS, HEALTH = Call.GET_LOG_EVENTS, Call.LIST_TASKS, Call.DESCRIBE_TARGET_HEALTH
CASES: list[tuple[Change, int, str]] = [
    (nothing, 1, "it crashed"),
    (refuse(AccessDenied, LOGS, HEALTH), 1, "it crashed"),
    (refuse(AccessDenied, TASKS), 1, ""),
    *(
        (refuse(ExpiredCredentials, call), 7, WATCH)
        for call in (TASKS, Call.DESCRIBE_TASK_DEFINITION, HEALTH)
    ),
]


@pytest.mark.parametrize(("happen", "code", "says"), CASES)
def test_what_died_for_another_reason_is_no_evidence_and_what_may_not_be_read_is_left_out(
    update: World, happen: Change, code: int, says: str
) -> None:
    update.play.fails = "BffService"
    at(2, every(crash, happen))(update)
    ended = update.deploy().hold(code, says)
    for trouble in ("another service's", "an old deployment's", "Scaling activity"):
        assert trouble not in ended.said


def test_the_progress_of_each_service_is_reported_when_it_changes(update: World) -> None:
    update.deploy()
    progress = [one for one in update.output.of("ecs") if one.service == "BffService"]
    assert [(one.running, one.rollout) for one in progress] == [
        (0, "IN_PROGRESS"),
        (5, "COMPLETED"),
    ]


HOOK = "Bidops::Encryption::Hook"
HOOK_RESULT = "6c5d2a0e-9f3b-4d61-8f0a-0d5b1c7e9a11"
HOOKED = {
    "HookType": HOOK,
    "HookStatus": "HOOK_COMPLETE_FAILED",
    "HookStatusReason": "Hook failed with message: log groups need a key",
    "HookInvocationPoint": "PRE_PROVISION",
    "HookFailureMode": "FAIL",
    "HookInvocationId": HOOK_RESULT,
}
RESULT: dict[str, Any] = {
    "TypeName": HOOK,
    "Status": "HOOK_COMPLETE_FAILED",
    "HookStatusReason": "Hook failed with message: log groups need a key",
    "Annotations": [
        {
            "AnnotationName": "CT.LOGS.1",
            "Status": "FAILED",
            "StatusMessage": "no KmsKeyId",
            "RemediationMessage": "Set KmsKeyId to the account's key",
            "SeverityLevel": "HIGH",
        }
    ],
}
IN_USE = "Export bidopsai-dev-compute-BffUrl cannot be updated as it is in use by other-stack"
INVALID = (
    "Properties validation failed for resource BffService with message: "
    "#: extraneous key [Foo] is not permitted"
)


WHY = "log groups need a key"
REFUSED = f"The following hook(s) failed: [{HOOK}]"


def judge(world: World, **more: str) -> None:
    """Let the hook judge the service."""
    world.stack.event("BffService", SERVICE, "UPDATE_IN_PROGRESS", **{**HOOKED, **more})


def judge_the_stack(world: World) -> None:
    kind = "AWS::CloudFormation::Stack"
    world.stack.event(world.stack.name, kind, "UPDATE_IN_PROGRESS", **HOOKED)


def answer(world: World) -> None:
    world.cloudformation.hook_results[HOOK_RESULT] = RESULT


def unknown(world: World) -> None:
    world.wire.unknown.add("GetHookResult")


def undone(why: str, **more: str) -> Change:
    """Let the event that begins the undoing say why, and no resource."""
    return play(refused={"ResourceStatusReason": why, **more})


HOOK_FAILS = every(at(20, judge), play(seconds=60, fails="BffService", fails_because=REFUSED))
HOOK_WARNS = every(
    at(20, lambda world: judge(world, HookFailureMode="WARN")),
    play(seconds=60, fails="BffService", fails_because="Resource handler returned message: gone"),
)
DENIED = refuse(AccessDenied, Call.GET_HOOK_RESULT)
DELETED = IN_USE.replace("updated", "deleted")
REASONS: dict[str, tuple[Change, str, str]] = {
    "hook": (every(HOOK_FAILS, answer), WHY, "no event says why"),
    "advice": (every(HOOK_FAILS, answer), "no KmsKeyId", ""),
    "remedy": (every(HOOK_FAILS, answer), "Set KmsKeyId to the account's key", ""),
    "unknown result": (every(HOOK_FAILS, unknown), WHY, ""),
    "denied result": (every(HOOK_FAILS, DENIED), WHY, ""),
    "on the stack": (every(at(20, judge_the_stack), play(seconds=60), undone(REFUSED)), WHY, ""),
    "warning hook": (HOOK_WARNS, "gone", WHY),
    "export in use": (undone(IN_USE), IN_USE, "no event says why"),
    "export removed": (undone(DELETED), DELETED, "no event says why"),
    "validation": (undone(INVALID, DetailedStatus="VALIDATION_FAILED"), INVALID, ""),
    "nothing": (undone(""), "no event says why", ""),
}  # fmt: skip


def watch_theirs(world: World) -> Ended:
    world.begin_update(fails=world.play.fails)
    world.clock.sleep(10)
    return world.watch()


@pytest.mark.parametrize("command", [World.deploy, watch_theirs])
@pytest.mark.parametrize(("happen", "says", "unsaid"), REASONS.values(), ids=REASONS)
def test_what_the_event_of_a_hook_or_of_the_undoing_says_is_the_cause(
    update: World, happen: Change, says: str, unsaid: str, command: Callable[[World], Ended]
) -> None:
    happen(update)
    ended = command(update).hold(1, says)
    assert DEPLOY in ended.last
    assert not unsaid or unsaid not in ended.block.splitlines()[0]
    assert says != WHY or WHY in update.screen


def test_a_creation_whose_undoing_says_why_says_it(first: World) -> None:
    undone(INVALID, DetailedStatus="VALIDATION_FAILED")(first)
    first.deploy().hold(1, INVALID)


def test_a_hook_that_is_content_is_not_asked_for_its_result(update: World) -> None:
    at(5, lambda world: judge(world, HookStatus="HOOK_COMPLETE_SUCCEEDED", HookStatusReason="ok"))(
        update
    )
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.made(Call.GET_HOOK_RESULT) == []


def test_a_hook_that_refuses_the_change_set_says_why(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.cloudformation.change_set_fails = REFUSED
    world.cloudformation.objections = [
        {"EventId": "1", "EventType": "HOOK_INVOCATION_ERROR", "LogicalResourceId": "BffLogGroup"}
        | {key: value for key, value in HOOKED.items() if key != "HookInvocationId"}
    ]
    world.expect(world.deploy(), 4, "", WHY)


def test_the_service_that_fails_first_is_the_cause_although_another_is_cancelled(
    world: World,
) -> None:
    world.standing()
    world.images = {**EVERY_IMAGE, "agentcore": ":2.0.1"}
    world.play.fails = "AgentCoreService"
    world.play.fails_because = "Service arn was unable to be updated: cancelled by its alarm"
    block = world.deploy().block
    assert "AgentCoreService" in block.splitlines()[0]
    assert "cancelled by its alarm" in block
