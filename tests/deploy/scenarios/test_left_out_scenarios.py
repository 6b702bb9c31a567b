"""Answers without what AWS never leaves out, or with an empty id, and pages that do not end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import is_identifier
from bidops_cfn.deploy.stack_set import deploy_stack_set
from bidops_cfn.settings.environment import Environment
from bidops_cfn.verify.survey import verify
from tests.deploy.happenings import failing
from tests.deploy.scripted.drift import ScriptedDrift
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.stack_sets import ScriptedStackSets
from tests.deploy.scripted.world import World
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
        return lost.world, lambda: drill(lost, minutes=1)
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
        return world, lambda: world.status(drift=True)
    if what in ("cancel", "watch"):
        world.play.seconds = 60
        world.begin_update()
    run: dict[str, Callable[[World], Ended]] = {
        "cancel": World.cancel,
        "events": World.events,
        "watch": World.watch,
    }
    run |= {"plan": World.plan, "restart": World.restart}
    run |= {"open": lambda world: world.links("logs"), "status": World.status}
    return world, lambda: run[what](world)


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

    world.wire.change(call, leave_out)
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


def list_identifiers(answer: Any) -> Iterator[str]:
    """Yield the members that name something, at any depth."""
    for inner in answer if isinstance(answer, list) else ():
        yield from list_identifiers(inner)
    for key, value in answer.items() if isinstance(answer, dict) else ():
        texts = value if isinstance(value, list) else [value]
        if is_identifier(key) and any(isinstance(one, str) and one for one in texts):
            yield key
        yield from list_identifiers(value)


def empty(answer: Any, key: str) -> Any:
    """Return the answer with nothing in every ``key``."""
    if isinstance(answer, list):
        return [empty(one, key) for one in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        name: ([""] if isinstance(value, list) else "")
        if name == key and not isinstance(value, dict)
        else empty(value, key)
        for name, value in answer.items()
    }


def holds_empty(asked: Any) -> bool:
    """Tell whether a request names something by an empty text."""
    if isinstance(asked, list | tuple):
        return any(one == "" or holds_empty(one) for one in asked)
    return isinstance(asked, dict) and any(
        (value == "" and is_identifier(key)) or holds_empty(value) for key, value in asked.items()
    )


def with_standing(world: World) -> World:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.ecs.mounted = [{"name": "KEY", "valueFrom": "/bidopsai/key"}]
    return world


def with_failing(world: World) -> World:
    return failing(with_standing(world), at=5, seconds=20)


def with_update(world: World) -> World:
    with_standing(world).begin_update()
    return world


COMMANDS: dict[str, tuple[Callable[[World], World], Callable[[World], Ended]]] = {
    "failed deploy": (with_failing, World.deploy),
    "create": (lambda world: world, World.deploy),
    "watch": (with_update, World.watch),
    "cancel": (with_update, World.cancel),
    "destroy": (with_standing, World.destroy),
    "status": (with_standing, World.status),
    "events": (with_standing, World.events),
    "logs": (with_standing, World.read_logs),
    "links": (with_standing, lambda world: world.links("service")),
    "restart": (with_standing, World.restart),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_request_is_made_of_an_empty_id(command: str, dev: Any) -> None:
    arrange, run = COMMANDS[command]
    seen: dict[tuple[Call, str], None] = {}

    def run_with(change: Callable[[Call, Any], Any]) -> None:
        world = arrange(World(dev))
        answer = world.wire.answer

        def changed(call: Call, parameters: dict[str, Any]) -> Any:
            return change(call, answer(call, parameters))

        world.wire.answer = changed  # type: ignore[method-assign]
        run(world)
        assert not [one for one in world.wire.calls if holds_empty(one[1])], change

    def note(call: Call, answer: Any) -> Any:
        seen.update(dict.fromkeys((call, key) for key in list_identifiers(answer)))
        return answer

    run_with(note)
    assert seen
    for asked in seen:

        def change(call: Call, answer: Any, asked: tuple[Call, str] = asked) -> Any:
            return empty(answer, asked[1]) if call is asked[0] else answer

        run_with(change)
