"""Reasons that no stopped task has: service events, hooks, exports in use, validation."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE

EVENTS = {
    "capacity": "was unable to place a task. Reason: Capacity is unavailable at this time. "
    "Please try again later or in a different availability zone.",
    "quota": "was unable to place a task. Reason: You've reached the limit on the number of "
    "vCPUs you can run concurrently.",
    "addresses": "failed to launch a task with (error The specified subnet does not have enough "
    "free addresses to satisfy the request.).",
    "role": "failed to launch a task with (error ECS was unable to assume the role "
    "'arn:aws:iam::111111111111:role/bff-execution' that was provided for this task. Please "
    "verify that the role being passed has the proper trust relationship.).",
}
told = pytest.mark.parametrize("message", EVENTS.values(), ids=EVENTS)
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
REFUSALS = {
    "export in use": {"ResourceStatusReason": IN_USE},
    "export removed": {"ResourceStatusReason": IN_USE.replace("updated", "deleted")},
    "validation": {"ResourceStatusReason": INVALID, "DetailedStatus": "VALIDATION_FAILED"},
}
refused = pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)


def telling(world: World, message: str, *, times: int = 1, at: float = 20) -> None:
    service = world.ecs.service
    world.play.on_update = [
        (at + 5 * number, lambda: service("BffService").tell(message)) for number in range(times)
    ]


@told
def test_what_only_a_service_event_says_is_in_the_block(update: World, message: str) -> None:
    update.play.seconds = 120
    update.play.fails = "BffService"
    telling(update, message)
    update.expect(update.deploy(), 1, DEPLOY, message, executed=1)


@told
def test_a_creation_that_waits_for_what_it_never_gets_says_so_when_time_ran_out(
    first: World, message: str
) -> None:
    first.play.seconds = 3600
    telling(first, message)
    first.expect(first.deploy(minutes=2), 7, WATCH, message, executed=1)


@pytest.mark.parametrize("at", [3, 28.5, 90, 300])
def test_a_service_event_is_on_the_screen_within_ten_seconds(update: World, at: float) -> None:
    update.play.seconds = 900
    update.play.fails = "BffService"
    began: list[float] = []
    update.cloudformation.on_execute = lambda: began.append(update.clock.elapsed)
    telling(update, EVENTS["quota"], at=at)
    update.deploy()
    assert update.output.first("the limit on the number of vCPUs") - began[0] - at <= 10


def test_a_service_event_that_is_repeated_is_counted(update: World) -> None:
    update.play.seconds = 120
    update.play.fails = "BffService"
    telling(update, EVENTS["capacity"], times=4)
    block = update.deploy().block
    assert block.count(EVENTS["capacity"]) == 1
    (line,) = [one for one in block.splitlines() if EVENTS["capacity"] in one]
    assert "4" in line


def test_service_events_from_before_and_good_ones_are_no_evidence(update: World) -> None:
    service = update.ecs.service("BffService")
    service.tell(EVENTS["role"])
    service.tell("has reached a steady state.")
    update.clock.sleep(60)
    update.play.seconds = 120
    update.play.fails = "BffService"
    telling(update, "has started 5 tasks: (task 1) (task 2) (task 3) (task 4) (task 5).")
    block = update.deploy().block
    assert "assume the role" not in block
    assert "steady state" not in block
    assert "has started 5 tasks" not in block


def test_watch_tells_what_only_a_service_event_says(update: World) -> None:
    update.ecs.service("BffService").tell(EVENTS["role"])
    update.clock.sleep(60)
    update.play.seconds = 120
    telling(update, EVENTS["capacity"])
    update.begin_update(fails="BffService")
    ended = update.watch()
    assert EVENTS["capacity"] in ended.block
    assert "assume the role" not in ended.block


def hooked(world: World) -> None:
    """An update in which a hook refuses the service."""
    world.play.seconds = 60
    world.play.fails = "BffService"
    world.play.fails_because = f"The following hook(s) failed: [{HOOK}]"
    world.play.on_update = [
        (
            20,
            lambda: world.stack.event(
                "BffService", "AWS::ECS::Service", "UPDATE_IN_PROGRESS", **HOOKED
            ),
        )
    ]


@pytest.mark.parametrize("results", ["answered", "unknown", "denied"])
def test_the_reason_of_a_hook_is_on_the_screen_and_in_the_block(
    update: World, results: str
) -> None:
    hooked(update)
    if results == "answered":
        update.cloudformation.hook_results[HOOK_RESULT] = RESULT
    if results == "unknown":
        update.wire.unknown.add("GetHookResult")
    if results == "denied":
        for call in Call:
            if call.value.name == "GetHookResult":
                update.wire.refuse(AccessDenied, call)
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert "log groups need a key" in update.screen
    assert "log groups need a key" in ended.block


def test_what_a_hook_wants_done_is_in_the_block(update: World) -> None:
    hooked(update)
    update.cloudformation.hook_results[HOOK_RESULT] = RESULT
    block = update.deploy().block
    assert "no KmsKeyId" in block
    assert "Set KmsKeyId to the account's key" in block


def test_watch_tells_the_reason_of_a_hook(update: World) -> None:
    hooked(update)
    update.begin_update(fails="BffService")
    assert "log groups need a key" in update.watch().block


def test_a_hook_that_refuses_the_change_set_says_why(world: World) -> None:
    world.standing()
    world.images = EVERY_IMAGE
    world.cloudformation.change_set_fails = f"The following hook(s) failed: [{HOOK}]"
    world.cloudformation.objections = [
        {"EventId": "1", "EventType": "HOOK_INVOCATION_ERROR", "LogicalResourceId": "BffLogGroup"}
        | {key: value for key, value in HOOKED.items() if key != "HookInvocationId"}
    ]
    world.expect(world.deploy(), 4, "", "log groups need a key")


@refused
def test_what_the_event_of_the_rollback_says_is_in_the_block(
    update: World, refusal: dict[str, str]
) -> None:
    update.play.refused = refusal
    ended = update.expect(update.deploy(), 1, DEPLOY, refusal["ResourceStatusReason"], executed=1)
    assert "no event says why" not in ended.block


@refused
def test_watch_tells_what_the_event_of_the_rollback_says(
    update: World, refusal: dict[str, str]
) -> None:
    update.play.refused = refusal
    update.begin_update()
    update.clock.sleep(60)
    update.watch().hold(1, refusal["ResourceStatusReason"])


def test_a_creation_whose_undoing_says_why_says_it(first: World) -> None:
    first.play.refused = REFUSALS["validation"]
    first.deploy().hold(1, INVALID)


def test_no_event_says_why_only_where_none_does(update: World) -> None:
    update.play.refused = {"ResourceStatusReason": ""}
    update.expect(update.deploy(), 1, DEPLOY, "no event says why", executed=1)


def test_a_hook_on_the_stack_itself_says_why(update: World) -> None:
    def refuse() -> None:
        stack = update.stack
        kind = "AWS::CloudFormation::Stack"
        stack.event(stack.name, kind, "UPDATE_IN_PROGRESS", **HOOKED)

    update.play.seconds = 60
    update.play.on_update = [(20, refuse)]
    update.play.refused = {"ResourceStatusReason": f"The following hook(s) failed: [{HOOK}]"}
    update.expect(update.deploy(), 1, DEPLOY, "log groups need a key", executed=1)


def test_a_hook_that_only_warns_is_not_the_cause(update: World) -> None:
    hooked(update)
    update.play.fails_because = "Resource handler returned message: the image does not exist"
    warning = {**HOOKED, "HookFailureMode": "WARN"}
    update.play.on_update = [
        (
            20,
            lambda: update.stack.event(
                "BffService", "AWS::ECS::Service", "UPDATE_IN_PROGRESS", **warning
            ),
        )
    ]
    first = update.deploy().block.splitlines()[0]
    assert "the image does not exist" in first
    assert "log groups need a key" not in first


def test_a_hook_that_is_content_is_not_asked_for_its_result(update: World) -> None:
    content = {**HOOKED, "HookStatus": "HOOK_COMPLETE_SUCCEEDED", "HookStatusReason": "fine"}
    update.play.on_update = [
        (
            5,
            lambda: update.stack.event(
                "BffService", "AWS::ECS::Service", "UPDATE_IN_PROGRESS", **content
            ),
        )
    ]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert not [call for call, _ in update.wire.calls if call.value.name == "GetHookResult"]


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
