"""Deployed templates as others write them: YAML with short forms, and what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import cfn_flip
import pytest

from bidops_cfn.deploy.protection import make_stack_policy
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.world import DEPLOY, World
from tests.images import EVERY_IMAGE

UNREADABLE = "Resources:\n  Bff: {Type: [AWS::ECS::Service\n"


def in_yaml(world: World, **more: Any) -> World:
    """A stack whose template was updated in YAML, with short forms."""
    text = cfn_flip.to_yaml(world.text)
    assert "!Ref " in text
    assert "!GetAtt " in text
    assert "!Sub " in text
    world.standing(template=text, **more)
    return world


def in_short_forms(world: World) -> None:
    world.stack.text = cfn_flip.to_yaml(world.text)


def unreadable(world: World) -> World:
    """A stack whose template is neither JSON nor YAML."""
    world.standing().text = UNREADABLE
    return world


def test_a_stack_in_yaml_is_updated(world: World) -> None:
    in_yaml(world).images = EVERY_IMAGE
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_a_stack_in_yaml_whose_update_fails_is_rolled_back(world: World) -> None:
    world.settings(termination_protection=True)
    in_yaml(world, protected=True).images = EVERY_IMAGE
    world.play.fails = "BffService"
    world.expect(world.deploy(), 1, DEPLOY, executed=1)
    assert json.loads(world.stack.policy or "") == make_stack_policy(world.target.template)


def test_a_stack_in_yaml_that_says_the_same_has_no_changes(world: World) -> None:
    world.expect(in_yaml(world).deploy(), 0, "is what templates/dev/compute.json says")


def test_a_stack_in_yaml_is_planned_and_the_plan_is_executed(world: World) -> None:
    in_yaml(world).images = EVERY_IMAGE
    world.expect(world.plan(), 0, DEPLOY)
    _, made = world.plan_to_file()
    world.expect(world.execute(made), 0, "UPDATE_COMPLETE", executed=1)


def test_a_replacement_in_a_stack_in_yaml_is_allowed_by_name(world: World) -> None:
    world.settings(termination_protection=True)
    in_yaml(world, protected=True).images = EVERY_IMAGE
    world.cloudformation.changes = [
        change("Modify", "BffService", "AWS::ECS::Service", replacement="True")
    ]
    world.expect(world.deploy(allowed=frozenset({"BffService"})), 0, "UPDATE_COMPLETE", executed=1)


def test_the_status_of_a_stack_in_yaml_is_told(world: World) -> None:
    in_yaml(world).status().hold(0, "is what runs")


def test_a_stack_in_yaml_is_watched_to_its_end(world: World) -> None:
    in_yaml(world).play.seconds = 30
    world.begin_update()
    world.stack.on_rest.append(lambda: in_short_forms(world))
    world.watch().hold(0, "UPDATE_COMPLETE")


def test_an_update_of_a_stack_in_yaml_is_cancelled(world: World) -> None:
    in_yaml(world).play.seconds = 60
    world.begin_update()
    assert world.cancel().code == 0


def test_a_stack_in_yaml_is_destroyed_and_what_it_keeps_is_shown(world: World) -> None:
    def retain(document: dict[str, Any]) -> None:
        document["Resources"]["BffLogGroup"]["DeletionPolicy"] = "Retain"

    world.edit(retain)
    world.expect(in_yaml(world).destroy(), 0, "there is no stack bidopsai-dev-compute any more")
    rows = {row.logical_id: row for row in world.output.of("change")}
    assert rows["BffLogGroup"].policy_action == "Retain"
    assert rows["BffService"].policy_action == "Delete"


def test_a_failed_creation_in_yaml_is_recreated(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE", template=cfn_flip.to_yaml(world.text))
    world.images = EVERY_IMAGE
    world.expect(world.deploy(recreate=True), 0, "CREATE_COMPLETE", executed=1)


def test_a_template_that_cannot_be_read_does_not_keep_the_stack_from_being_destroyed(
    world: World,
) -> None:
    world.expect(unreadable(world).destroy(), 0, "there is no stack bidopsai-dev-compute any more")
    assert "template" in world.noticed
    assert "cannot be read" in world.noticed


def test_a_template_that_cannot_be_read_is_said_in_the_status(world: World) -> None:
    unreadable(world).status().hold(1, "cannot be read")


def test_a_template_that_cannot_be_read_is_said_by_watch(world: World) -> None:
    ended = unreadable(world).watch()
    assert ended.code != 1, ended
    assert "cannot be read" in ended.block + world.noticed


@pytest.mark.parametrize("command", [World.plan, World.deploy])
def test_a_template_that_cannot_be_read_is_said_before_anything_is_executed(
    world: World, command: Any
) -> None:
    unreadable(world).images = EVERY_IMAGE
    world.cloudformation.changes = [change("Modify", "BffService", "AWS::ECS::Service")]
    ended = command(world)
    assert ended.code in (0, 3), ended
    assert "cannot be read" in ended.block + world.screen


def test_a_stack_with_an_unreadable_template_is_rolled_back(world: World) -> None:
    world.standing("UPDATE_FAILED").text = UNREADABLE
    world.expect(world.rollback(), 0, DEPLOY)
