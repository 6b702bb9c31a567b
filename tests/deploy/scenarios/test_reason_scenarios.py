"""Reasons that no task and no service has: hooks, exports in use, validation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from tests.deploy.happenings import Change, at, every, play, refuse
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.script import SERVICE
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

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
    play(fails="BffService", fails_because="Resource handler returned message: no such image"),
)
DENIED = refuse(AccessDenied, Call.GET_HOOK_RESULT)
DELETED = IN_USE.replace("updated", "deleted")
CASES: dict[str, tuple[Change, str, str]] = {
    "hook": (every(HOOK_FAILS, answer), WHY, "no event says why"),
    "advice": (every(HOOK_FAILS, answer), "no KmsKeyId", ""),
    "remedy": (every(HOOK_FAILS, answer), "Set KmsKeyId to the account's key", ""),
    "unknown result": (every(HOOK_FAILS, unknown), WHY, ""),
    "denied result": (every(HOOK_FAILS, DENIED), WHY, ""),
    "on the stack": (every(at(20, judge_the_stack), play(seconds=60), undone(REFUSED)), WHY, ""),
    "warning hook": (HOOK_WARNS, "no such image", f": {WHY}"),
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
@pytest.mark.parametrize(("happen", "says", "unsaid"), CASES.values(), ids=CASES)
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
