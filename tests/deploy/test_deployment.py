"""Deployments from end to end in the scripted AWS."""

from __future__ import annotations

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.world import World

NEW = {"bff": ":1.4.2", "agentcore": ":2.0.0"}


def test_a_first_deployment_creates_the_stack(world: World) -> None:
    world.images = NEW
    ended = world.deploy()
    assert ended.code == 0, ended.said
    assert world.stack.status == "CREATE_COMPLETE"
    assert world.stack.parameters["BffImage"] == ":1.4.2"
    assert world.stack.parameters["BffDesiredCount"] == "2"
    assert world.cloudformation.left_behind() == []


def test_a_second_deployment_of_the_same_changes_nothing(world: World) -> None:
    world.images = NEW
    world.deploy()
    ended = world.deploy()
    assert ended.code == 0, ended.said
    assert ended.result is not None
    assert ended.result.outcome == "no changes"
    assert len(world.made(Call.EXECUTE_CHANGE_SET)) == 1
    assert world.cloudformation.left_behind() == []


def test_a_new_image_updates_the_service_and_leaves_its_count_alone(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    ended = world.deploy()
    assert ended.code == 0, ended.said
    assert world.stack.status == "UPDATE_COMPLETE"
    assert world.stack.parameters["BffDesiredCount"] == "0"
    assert world.ecs.service("BffService").desired == 5
    assert world.cloudformation.left_behind() == []
