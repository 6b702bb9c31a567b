"""Images and desired counts: what rolls out, what is left alone."""

from __future__ import annotations

from typing import Any

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.world import World


def parameter(world: World, name: str) -> dict[str, Any]:
    """A parameter of the last change set that was asked for."""
    asked = world.made(Call.CREATE_CHANGE_SET)[-1]
    found: dict[str, Any] = next(one for one in asked["Parameters"] if one["ParameterKey"] == name)
    return found


def test_a_new_image_rolls_out_and_the_other_service_keeps_its_own(update: World) -> None:
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.stack.parameters["BffImage"] == ":1.4.2"
    assert update.stack.parameters["AgentCoreImage"] == ":2.0.0"
    assert parameter(update, "AgentCoreImage")["UsePreviousValue"] is True


def test_an_update_leaves_a_scaled_out_service_alone(update: World) -> None:
    update.deploy()
    assert parameter(update, "BffDesiredCount")["ParameterValue"] == "0"
    assert update.ecs.service("BffService").desired == 5


def test_the_first_update_after_a_creation_warns_of_what_its_rollback_would_scale_in(
    first: World,
) -> None:
    first.deploy()
    first.ecs.service("BffService").desired = first.ecs.service("BffService").running = 6
    first.images = {"bff": ":1.4.3"}
    first.expect(first.deploy(), 0, "UPDATE_COMPLETE", executed=2)
    (notice,) = first.output.of("warning")
    assert notice.message == (
        "if this update is rolled back, CloudFormation sets BffService from 6 to 2 tasks"
    )
    first.output.records.clear()
    first.images = {"bff": ":1.4.4"}
    first.expect(first.deploy(), 0, "UPDATE_COMPLETE", executed=3)
    assert first.output.of("warning") == []


def test_a_digest_is_deployed_as_a_digest(world: World) -> None:
    world.standing()
    world.images = {"bff": "@sha256:" + "a" * 64}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.parameters["BffImage"] == "@sha256:" + "a" * 64


def test_a_service_that_is_new_to_the_stack_gets_the_settings_count(world: World) -> None:
    parameters = {"BffImage": ":1.4.1", "BffDesiredCount": "2"}
    world.standing(parameters=parameters)
    world.images = {"agentcore": ":2.0.0"}
    world.deploy()
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "2"
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "0"
