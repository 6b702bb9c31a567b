"""Reasons that no stopped task has: service events, hooks, exports in use, validation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.scenarios.commands import (
    BOTH,
    DEPLOY,
    World,
    deploy,
)

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
HOOK = "Bidops::Encryption::Hook"
HOOKED = {
    "HookType": HOOK,
    "HookStatus": "HOOK_COMPLETE_FAILED",
    "HookStatusReason": "Hook failed with message: log groups need a key",
    "HookInvocationPoint": "PRE_PROVISION",
    "HookFailureMode": "FAIL",
    "HookInvocationId": "hook-1",
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


def test_service_events_from_before_and_good_ones_are_no_evidence(update: World) -> None:
    service = update.ecs.service("BffService")
    service.tell(EVENTS["role"])
    service.tell("has reached a steady state.")
    update.clock.sleep(60)
    update.play.seconds = 120
    update.play.fails = "BffService"
    telling(update, "has started 5 tasks: (task 1) (task 2) (task 3) (task 4) (task 5).")
    block = deploy(update).block
    assert "assume the role" not in block
    assert "steady state" not in block
    assert "has started 5 tasks" not in block


def test_a_hook_that_refuses_the_change_set_says_why(world: World) -> None:
    world.standing()
    world.images = BOTH
    world.cloudformation.change_set_fails = f"The following hook(s) failed: [{HOOK}]"
    world.cloudformation.objections = [
        {"EventId": "1", "EventType": "HOOK_INVOCATION_ERROR", "LogicalResourceId": "BffLogGroup"}
        | {key: value for key, value in HOOKED.items() if key != "HookInvocationId"}
    ]
    ended = deploy(world)
    world.expect(ended, 4, "")
    assert "log groups need a key" in ended.block


def test_no_event_says_why_only_where_none_does(update: World) -> None:
    update.play.refused = {"ResourceStatusReason": ""}
    ended = deploy(update)
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "no event says why" in ended.block
