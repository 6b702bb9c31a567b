"""Deployed templates as others write them: YAML with short forms, and what cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable

import cfn_flip
import pytest

from bidops_cfn.deploy.protection import make_stack_policy
from tests.deploy.happenings import Change, every, play
from tests.deploy.scripted.changes import REPLACEMENT, change
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

UNREADABLE = "Resources:\n  Bff: {Type: [AWS::ECS::Service\n"
Command = Callable[[World], Ended]


def rewrite(world: World) -> None:
    """Let the stack's template be written in YAML, with short forms."""
    world.stack.text = cfn_flip.to_yaml(world.text)
    assert all(f"!{form} " in world.stack.text for form in ("Ref", "GetAtt", "Sub"))


def planned(world: World) -> Ended:
    world.expect(world.plan(), 0, DEPLOY)
    return world.execute(world.plan_to_file()[1])


def replaced(world: World) -> Ended:
    world.cloudformation.changes = [REPLACEMENT]
    return world.deploy(allowed=frozenset({"BffService"}))


def unchanged(world: World) -> Ended:
    world.images = {}
    return world.deploy()


def watched(world: World) -> Ended:
    world.begin_update()
    world.stack.on_rest.append(lambda: rewrite(world))
    return world.watch()


def cancelled(world: World) -> Ended:
    world.begin_update()
    return world.cancel()


def recreated(world: World) -> Ended:
    return world.deploy(recreate=True)


def protect(world: World) -> None:
    world.settings(termination_protection=True)
    world.stack.termination_protection = True


CASES: list[tuple[Command, Change, int, str]] = [
    (World.deploy, every(), 0, "UPDATE_COMPLETE"),
    (World.deploy, every(protect, play(fails="BffService")), 1, DEPLOY),
    (unchanged, every(), 0, "is what templates/dev/compute.json says"),
    (planned, every(), 0, "UPDATE_COMPLETE"),
    (replaced, protect, 0, "UPDATE_COMPLETE"),
    (World.status, every(), 0, "is what runs"),
    (watched, play(seconds=30), 0, "UPDATE_COMPLETE"),
    (cancelled, play(seconds=60), 0, "is back where it was before the update"),
    (World.destroy, every(), 0, "there is no stack bidopsai-dev-compute any more"),
    (recreated, lambda world: world.stack.enter("ROLLBACK_COMPLETE"), 0, "CREATE_COMPLETE"),
]


@pytest.mark.parametrize(("command", "happen", "code", "says"), CASES)
def test_a_stack_in_yaml_is_as_good_as_any(
    world: World, command: Command, happen: Change, code: int, says: str
) -> None:
    world.standing()
    rewrite(world)
    world.images = EVERY_IMAGE
    happen(world)
    command(world).hold(code, says)
    assert world.cloudformation.left_behind() == []
    if world.environment.deploy.termination_protection:
        assert json.loads(world.stack.policy or "") == make_stack_policy(world.target.template)


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        (World.destroy, (0,)),
        (World.status, (1,)),
        (World.watch, (0, 7)),
        (World.plan, (0, 3)),
        (World.deploy, (0, 3)),
    ],
)
def test_a_template_that_cannot_be_read_is_said(
    world: World, command: Command, codes: tuple[int, ...]
) -> None:
    world.standing().text = UNREADABLE
    world.images = EVERY_IMAGE
    world.cloudformation.changes = [change("Modify", "BffService", "AWS::ECS::Service")]
    ended = command(world)
    assert ended.code in codes, ended
    assert "template" in ended.block + world.screen
    assert "cannot be read" in ended.block + world.screen


def test_a_stack_with_an_unreadable_template_is_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED").text = UNREADABLE
    world.expect(world.rollback(), 0, DEPLOY)
