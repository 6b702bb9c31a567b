"""Protection: switched on after a creation, kept on, opened only for what was allowed."""

from __future__ import annotations

import json

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.protection import make_stack_policy
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE


@pytest.fixture
def guarded(world: World) -> World:
    """An environment that wants protection, as prod does."""
    world.settings(termination_protection=True)
    return world


def denied(world: World) -> set[str]:
    (statement,) = [
        one for one in json.loads(world.stack.policy)["Statement"] if one["Effect"] == "Deny"
    ]
    assert statement["Action"] == ["Update:Replace", "Update:Delete"]
    return {one.removeprefix("LogicalResourceId/") for one in statement["Resource"]}


ALL = {
    "Cluster",
    "Namespace",
    "BffService",
    "AgentCoreService",
    "BffTargetGroup",
    "AgentCoreDiscovery",
}


def test_a_creation_ends_protected(guarded: World) -> None:
    guarded.images = EVERY_IMAGE
    guarded.expect(guarded.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert guarded.stack.protected
    assert denied(guarded) == ALL


def test_a_stack_that_lost_its_protection_gets_it_back_without_changes(guarded: World) -> None:
    guarded.standing()
    guarded.expect(guarded.deploy(), 0, "is what templates/dev/compute.json says")
    assert guarded.stack.protected
    assert denied(guarded) == ALL


def test_protection_that_is_there_is_not_set_again(guarded: World) -> None:
    guarded.standing(protected=True, policy=json.dumps(make_stack_policy(guarded.target.template)))
    guarded.deploy()
    assert guarded.made(Call.UPDATE_TERMINATION_PROTECTION) == []
    assert guarded.made(Call.SET_STACK_POLICY) == []


def test_an_environment_without_protection_leaves_the_stack_as_it_is(world: World) -> None:
    world.standing(protected=True)
    world.images = EVERY_IMAGE
    world.deploy()
    assert world.stack.protected
    assert world.made(Call.SET_STACK_POLICY) == []


def test_an_allowed_replacement_opens_the_policy_for_that_alone_and_closes_it_after(
    guarded: World,
) -> None:
    guarded.standing(protected=True)
    guarded.cloudformation.changes = [
        change("Modify", "Cluster", "AWS::ECS::Cluster", replacement="Conditional")
    ]
    opened: list[set[str]] = []
    guarded.cloudformation.on_execute = lambda: opened.append(denied(guarded))
    ended = guarded.deploy(allowed=frozenset({"Cluster"}))
    guarded.expect(ended, 0, "UPDATE_COMPLETE", executed=1)
    assert opened == [ALL - {"Cluster"}]
    assert denied(guarded) == ALL


def test_a_template_without_anything_to_guard_has_a_policy_that_allows() -> None:
    assert [one["Effect"] for one in make_stack_policy({"Resources": {}})["Statement"]] == ["Allow"]
