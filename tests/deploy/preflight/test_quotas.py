"""Fargate's quotas against what the settings need."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from bidops_cfn.deploy.preflight.quotas import ON_DEMAND, SPOT, compute_share
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.tables import Capacity
from tests.deploy.preflight.looking import looked, said
from tests.deploy.scripted.world import World


@pytest.fixture
def prod_world(prod: Environment) -> World:
    """Prod: two services of two tasks of 2 vCPU each, the first two of each on-demand."""
    world = World(prod)
    topic = prod.alarms.topic_arn
    assert topic is not None
    world.network.topics[topic] = 1
    key = f"arn:aws:kms:us-east-1:{prod.account_id}:key/0a"
    world.exports["bidopsai-prod-security-SecretsKeyArn"] = key
    return world


@pytest.mark.parametrize(
    ("tasks", "capacity", "on_demand", "spot"),
    [
        (2, Capacity(), (1, 2), (0, 1)),
        (10, Capacity(), (7, 7), (3, 3)),
        (2, Capacity(on_demand_base=2), (2, 2), (0, 0)),
        (4, Capacity(on_demand_base=2), (3, 4), (0, 1)),
        (4, Capacity(spot_base=1), (2, 3), (1, 2)),
        (1, Capacity(spot_base=4), (0, 0), (1, 1)),
    ],
)
def test_a_base_comes_first_and_both_roundings_count(
    tasks: int, capacity: Capacity, on_demand: tuple[int, int], spot: tuple[int, int]
) -> None:
    assert compute_share(tasks, capacity, ON_DEMAND) == on_demand
    assert compute_share(tasks, capacity, SPOT) == spot


def test_enough_says_what_is_used(world: World) -> None:
    found, _ = looked(world, "quotas")
    assert found.message == (
        "enough for 10 tasks of each service: on-demand 4000 vCPU, 4 used; Spot 4000 vCPU, 2 used"
    )


def test_where_the_use_is_unknown_it_says_so(world: World) -> None:
    world.network.used = {}
    found, _ = looked(world, "quotas")
    assert found.message == (
        "enough for 10 tasks of each service, if nothing else runs: "
        "on-demand 4000 vCPU, use unknown; Spot 4000 vCPU, use unknown"
    )


def test_a_use_that_may_not_be_looked_at_is_unknown(world: World) -> None:
    call = Call.GET_METRIC_STATISTICS
    world.wire.always[call] = lambda: AccessDenied(call, "no")
    found, _ = looked(world, "quotas")
    assert found.verdict is Verdict.OK
    assert "use unknown" in found.message


def test_a_creation_that_can_never_run_is_refused(prod_world: World) -> None:
    prod_world.network.quotas[ON_DEMAND] = 6.0
    found, ended = looked(prod_world, "quotas")
    assert found.verdict is Verdict.REFUSED
    assert "the creation needs 8 vCPU on-demand, the quota is 6" in ended.said
    assert "--service-code fargate --quota-code L-3032A538 --desired-value N" in ended.said
    assert "L-36FBB829" not in ended.said


def test_what_others_use_may_be_free_by_then(prod_world: World) -> None:
    prod_world.network.quotas[ON_DEMAND] = 16.0
    prod_world.network.used["Standard/OnDemand"] = 12.0
    found, _ = looked(prod_world, "quotas")
    assert found.verdict is Verdict.WARNING
    assert "the creation needs 8 vCPU on-demand, the quota is 16, of which 12 are used" in said(
        found
    )


def test_a_rollout_and_ten_tasks_that_do_not_fit_warn(prod_world: World) -> None:
    prod_world.network.used = {"Standard/OnDemand": 0.0, "Standard/Spot": 0.0}
    prod_world.network.quotas = {ON_DEMAND: 10.0, SPOT: 10.0}
    found, _ = looked(prod_world, "quotas")
    assert found.verdict is Verdict.WARNING
    assert found.message.startswith(
        "a 200 % rollout of all services needs 12 to 16 vCPU on-demand, the quota is 10"
    )
    assert "10 tasks of each service needs" not in said(found)
    assert "10 tasks of each service need" in said(found)


def test_an_update_is_not_refused_for_what_a_creation_would_need(prod_world: World) -> None:
    prod_world.standing()
    prod_world.network.quotas[ON_DEMAND] = 6.0
    found, _ = looked(prod_world, "quotas")
    assert found.verdict is Verdict.WARNING
    assert "the creation" not in said(found)


@pytest.mark.parametrize("stands", [False, True])
def test_a_use_that_says_nothing_is_not_spoken_of(prod_world: World, stands: bool) -> None:
    """It is not known, or our own tasks are among it."""
    prod_world.environment = replace(prod_world.environment, capacity=Capacity())
    prod_world.network.quotas[ON_DEMAND] = 6.0
    prod_world.network.used = {}
    if stands:
        prod_world.network.used["Standard/OnDemand"] = 5.0
        prod_world.standing()
    found, _ = looked(prod_world, "quotas")
    assert found.verdict is Verdict.WARNING
    assert found.message.startswith(
        "a 200 % rollout of all services needs 8 to 12 vCPU on-demand, the quota is 6"
        if stands
        else "the creation needs 4 to 8 vCPU on-demand, the quota is 6"
    )
    assert "of which" not in said(found)
