"""What a run leaves behind: the stack policy, plans that grew old, and words that are not so."""

from __future__ import annotations

import json

import pytest

from tests.deploy.scenarios.commands import (
    BOTH,
    Call,
    Person,
    World,
    change,
    deploy,
    execute,
    make_stack_policy,
    plan,
    plan_to_file,
)

REPLACED = frozenset({"BffService"})


@pytest.fixture
def guarded(world: World) -> World:
    """A protected stack, and an update that replaces its public service."""
    world.settings(termination_protection=True)
    world.standing(protected=True, policy=json.dumps(make_stack_policy(world.target.template)))
    world.cloudformation.changes = [
        change("Modify", "BffService", "AWS::ECS::Service", replacement="True")
    ]
    world.images = BOTH
    return world


def closed(world: World) -> bool:
    return bool(json.loads(world.stack.policy) == make_stack_policy(world.target.template))


def opened(world: World) -> bool:
    asked = [json.loads(one["StackPolicyBody"]) for one in world.made(Call.SET_STACK_POLICY)]
    return make_stack_policy(world.target.template, REPLACED) in asked


def test_the_policy_is_closed_after_the_update_it_was_opened_for(guarded: World) -> None:
    guarded.expect(deploy(guarded, allowed=REPLACED), 0, "UPDATE_COMPLETE", executed=1)
    assert opened(guarded)
    assert closed(guarded)


def test_our_own_policy_is_no_question(guarded: World) -> None:
    guarded.cloudformation.changes = None
    guarded.person = Person("y\n")
    guarded.expect(deploy(guarded, yes=False), 0, "UPDATE_COMPLETE", executed=1)
    assert len(guarded.person.questions) == 1


def replacing(world: World) -> World:
    """A stack whose public service is to be replaced while five of its tasks run."""
    stack = world.standing()
    world.cloudformation.changes = [
        change(
            "Modify",
            "BffService",
            "AWS::ECS::Service",
            replacement="True",
            physical=stack.resources["BffService"].physical_id,
        )
    ]
    world.images = BOTH
    return world


@pytest.mark.parametrize("running", [5, 3])
def test_a_plan_is_executed_while_no_more_tasks_run_than_it_says(
    world: World, running: int
) -> None:
    _, made = plan_to_file(replacing(world))
    service = world.ecs.service("BffService")
    service.desired = service.running = running
    ended = execute(world, made, allowed=REPLACED)
    assert ended.code == 0, ended


def test_a_plan_without_guarded_replacements_names_none(update: World) -> None:
    assert "--allow-replacement" not in plan(update).block
