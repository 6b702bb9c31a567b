"""Answers that lack what AWS never leaves out, and pages that do not end: said, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bidops_cfn.deploy.stack_set import deploy_stack_set
from bidops_cfn.settings.environment import Environment
from bidops_cfn.verify.survey import verify
from tests.deploy.scenarios.commands import (
    Call,
    Ended,
    World,
    begin_update,
    cancel,
    events,
    links,
    plan,
    restart,
    status,
    watch,
)
from tests.deploy.scripted.drift import ScriptedDrift
from tests.deploy.scripted.stack_sets import ScriptedStackSets
from tests.images import EVERY_IMAGE
from tests.settings_files import with_table
from tests.verify.account import Account
from tests.verify.test_drill import Drilled
from tests.verify.test_drill import run as drill

Command = tuple[World, Callable[[], Ended]]


def make(what: str, dev: Environment) -> Command:
    """A world in which the command would do well, and the command."""
    if what == "verify":
        seen = Account(dev).world
        return seen, lambda: seen.run(
            lambda: verify(seen.runtime, seen.target, timedelta(hours=24))
        )
    if what == "drill":
        lost = Drilled(dev)
        return lost.world, lambda: drill(lost)
    if what == "stackset":
        world = World(with_table(dev, "stackset", organizational_units=("ou-ab12-11111111",)))
        world.images = dict(EVERY_IMAGE)
        sets = ScriptedStackSets(world.wire, world.clock)
        sets.accounts = {"ou-ab12-11111111": ["444444444444"]}
        return world, lambda: world.run(
            lambda: deploy_stack_set(world.runtime, world.target, 30.0, yes=True)
        )
    world = World(dev)
    world.standing()
    if what == "status --drift":
        drift = ScriptedDrift(world)
        drift.modify("BffService", ("/HealthCheckGracePeriodSeconds", "NOT_EQUAL", "60", "5"))
        return world, lambda: status(world, drift=True)
    if what in ("cancel", "watch"):
        world.play.seconds = 60
        begin_update(world)
    run: dict[str, Callable[[World], Ended]] = {"cancel": cancel, "events": events, "watch": watch}
    run |= {"plan": plan, "restart": restart}
    run |= {"open": lambda world: links(world, "logs"), "status": status}
    return world, lambda: run[what](world)


def spoil(world: World, call: Call, change: Callable[[dict[str, Any]], Any]) -> None:
    answer = world.wire.handlers[call]

    def answered(**asked: Any) -> dict[str, Any]:
        given = answer(**asked)
        change(given)
        return given

    world.wire.handlers[call] = answered


@pytest.mark.parametrize(
    ("what", "call", "path"),
    [
        ("status", Call.GET_CALLER_IDENTITY, "Account"),
        ("status", Call.DESCRIBE_STACKS, "Stacks StackStatus"),
        ("status", Call.LIST_STACK_RESOURCES, "StackResourceSummaries ResourceType"),
        ("status", Call.GET_TEMPLATE, "TemplateBody"),
        ("status", Call.DESCRIBE_SERVICES, "services"),
        ("status", Call.DESCRIBE_SERVICES, "services runningCount"),
        ("status --drift", Call.DETECT_STACK_DRIFT, "StackDriftDetectionId"),
        ("status --drift", Call.DESCRIBE_STACK_DRIFT_DETECTION, "DetectionStatus"),
        (
            "status --drift",
            Call.DESCRIBE_STACK_RESOURCE_DRIFTS,
            "StackResourceDrifts LogicalResourceId",
        ),
        ("restart", Call.DESCRIBE_SERVICES, "services desiredCount"),
        ("events", Call.DESCRIBE_STACKS, "Stacks StackId"),
        ("open", Call.LIST_STACK_RESOURCES, "StackResourceSummaries LogicalResourceId"),
        ("watch", Call.DESCRIBE_STACK_EVENTS, "StackEvents EventId"),
        ("cancel", Call.DESCRIBE_STACKS, "Stacks StackName"),
        ("plan", Call.CREATE_CHANGE_SET, "Id"),
        ("plan", Call.DESCRIBE_CHANGE_SET, "Status"),
        ("drill", Call.DESCRIBE_TASKS, "tasks taskArn"),
        ("drill", Call.DESCRIBE_TARGET_HEALTH, "TargetHealthDescriptions Target"),
        ("stackset", Call.DESCRIBE_STACK_SET_OPERATION, "StackSetOperation"),
        ("verify", Call.DESCRIBE_STACKS, "Stacks"),
    ],
)
def test_what_is_left_out_of_an_answer_is_named(
    dev: Environment, what: str, call: Call, path: str
) -> None:
    world, run = make(what, dev)
    *outer, name = path.split()

    def leave_out(given: dict[str, Any]) -> None:
        for one in given.get(outer[0], ()) if outer else [given]:
            one.pop(name, None)

    spoil(world, call, leave_out)
    ended = run()
    told = ended.block if ended.error else repr(ended.result)
    told += repr(world.output.records)
    assert f"it has no {name}" in told
    assert call.text in told
    assert ended.code != 0 or what == "drill"  # where the other figures are measured all the same


@pytest.mark.parametrize(
    ("what", "call", "token"),
    [
        ("status", Call.LIST_STACK_RESOURCES, "NextToken"),
        ("status", Call.DESCRIBE_ALARMS, "NextToken"),
        ("status --drift", Call.DESCRIBE_STACK_RESOURCE_DRIFTS, "NextToken"),
        ("plan", Call.DESCRIBE_CHANGE_SET, "NextToken"),
        ("plan", Call.DESCRIBE_LISTENER_RULES, "NextMarker"),
        ("drill", Call.LIST_TASKS, "nextToken"),
        ("verify", Call.LIST_ROLE_POLICIES, "Marker"),
        ("stackset", Call.LIST_STACK_SET_OPERATION_RESULTS, "NextToken"),
    ],
)
def test_pages_that_lead_back_to_each_other_come_to_an_end(
    dev: Environment, what: str, call: Call, token: str
) -> None:
    world, run = make(what, dev)
    answer = world.wire.handlers[call]

    def circle(**asked: Any) -> dict[str, Any]:
        assert len(world.made(call)) < 500, "it never ends"
        for name in ("NextToken", "nextToken", "Marker"):
            asked.pop(name, None)
        return {**answer(**asked), token: "again"}

    world.wire.handlers[call] = circle
    run()
    assert len(world.made(call)) < 500
