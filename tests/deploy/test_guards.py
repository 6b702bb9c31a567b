"""Replacements and removals that nobody allowed, and exports that somebody needs."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.world import World


def parameter(world: World, name: str) -> dict[str, Any]:
    """A parameter of the last change set that was asked for."""
    asked = world.made(Call.CREATE_CHANGE_SET)[-1]
    found: dict[str, Any] = next(one for one in asked["Parameters"] if one["ParameterKey"] == name)
    return found


def replaced(world: World, logical_id: str = "BffService") -> None:
    """Script a change set that replaces a service."""
    arn = world.stack.resources[logical_id].physical_id
    world.cloudformation.changes = [
        change("Modify", logical_id, "AWS::ECS::Service", replacement="True", physical=arn)
    ]


def test_replacing_a_service_is_refused_even_with_yes(world: World) -> None:
    world.standing()
    replaced(world)
    ended = world.deploy()
    world.expect(ended, 3, "--allow-replacement BffService")
    assert world.output.of("change")[0].guarded


def test_a_service_that_is_replaced_gets_the_count_that_runs_now(world: World) -> None:
    world.standing()
    replaced(world)
    world.expect(world.deploy(allowed=frozenset({"BffService"})), 0, "UPDATE_COMPLETE", executed=1)
    assert len(world.made(Call.CREATE_CHANGE_SET)) == 2
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "5"
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "0"


@pytest.mark.parametrize(
    "type_",
    [
        "AWS::ECS::Cluster",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "AWS::ServiceDiscovery::Service",
        "AWS::ECS::Service",
    ],
)
def test_removing_what_the_application_runs_on_is_refused(world: World, type_: str) -> None:
    world.standing()
    world.cloudformation.changes = [change("Remove", "Thing", type_)]
    world.expect(world.deploy(), 3, "--allow-replacement Thing")


def test_a_conditional_replacement_counts_as_one(world: World) -> None:
    world.standing()
    world.cloudformation.changes = [
        change("Modify", "Cluster", "AWS::ECS::Cluster", replacement="Conditional")
    ]
    world.expect(world.deploy(), 3, "--allow-replacement Cluster")


def test_replacing_a_task_definition_needs_no_permission(update: World) -> None:
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    rows = {row.logical_id: row for row in update.output.of("change")}
    assert rows["BffTaskDefinition"].replacement == "True"
    assert not rows["BffTaskDefinition"].guarded


def test_an_export_that_a_replacement_alters_and_somebody_imports_is_refused(
    update: World,
) -> None:
    name = "bidopsai-dev-compute-BffTaskDefinitionArn"
    update.cloudformation.importers[name] = ["monitoring"]
    ended = update.deploy()
    update.expect(ended, 3, "Deploy the importing stacks without these imports first.")
    assert f"{name}: imported by monitoring" in ended.said
