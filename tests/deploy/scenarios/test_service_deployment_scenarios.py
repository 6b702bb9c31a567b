"""What ECS tells of service deployments and revisions, on a clock of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from tests.deploy.scenarios.crashes import (
    CAUSE,
    failing,
)
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.world import DEPLOY, World

SERVICE_DEPLOYMENTS = ("ListServiceDeployments", "DescribeServiceDeployments")


def test_what_the_service_deployment_tells_is_shown(update: World) -> None:
    ended = failing(update).deploy()
    shown = update.screen + ended.block
    rolled_back, ours, *_ = update.ecs.service("BffService").rollouts
    failed = ours["_taskDefinition"]
    assert rolled_back["_taskDefinition"] != failed
    assert f"BffService: bff is {digest(failed)} in the deployment that failed" in ended.block
    assert "SCALE_UP" in shown
    assert "of 3" in ended.block  # failures that the circuit breaker allows


def test_an_alarm_that_stopped_the_service_deployment_is_named(update: World) -> None:
    def alarm() -> None:
        update.ecs.service("BffService").rollouts[0] |= {
            "status": "ROLLBACK_IN_PROGRESS",
            "statusReason": "Service deployment rolled back because of alarm(s).",
            "alarms": {
                "status": "TRIGGERED",
                "alarmNames": ["bff-5xx", "bff-latency"],
                "triggeredAlarmNames": ["bff-5xx"],
            },
        }

    failing(update).play.on_update = [(20, alarm)]
    assert "bff-5xx" in update.deploy().block


@pytest.mark.parametrize("how", ["unknown", "denied"])
def test_an_endpoint_without_service_deployments_tells_the_rest(update: World, how: str) -> None:
    failing(update)
    if how == "unknown":
        update.wire.unknown.update({*SERVICE_DEPLOYMENTS, "DescribeServiceRevisions"})
    else:
        for call in Call:
            if call.value.name in (*SERVICE_DEPLOYMENTS, "DescribeServiceRevisions"):
                update.wire.refuse(AccessDenied, call)
    update.expect(update.deploy(), 1, DEPLOY, CAUSE, executed=1)
    assert update.noticed.count("Notice(") <= 1


def test_a_deployment_that_succeeds_names_the_digest_that_runs(update: World) -> None:
    ended = update.deploy()
    service = update.ecs.service("BffService")
    assert f"BffService: bff is {digest(service.task_definition)}" in ended.done.details


@pytest.mark.parametrize("name", [*SERVICE_DEPLOYMENTS, "DescribeServiceRevisions"])
def test_digests_that_cannot_be_read_change_no_verdict(update: World, name: str) -> None:
    call = next(call for call in Call if call.value.name == name)
    update.wire.refuse(AccessDenied, call)
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


BEHIND = [timedelta(milliseconds=1), timedelta(seconds=1), timedelta(seconds=5)]


def late(world: World, behind: timedelta) -> Callable[[], None]:
    """Let ECS's clock be behind when it begins the new deployment."""

    def begin() -> None:
        service = world.ecs.service("BffService")
        service.deployments[0]["createdAt"] -= behind
        for name in ("createdAt", "startedAt"):
            service.rollouts[0][name] -= behind

    return begin


@pytest.mark.parametrize("behind", BEHIND, ids=str)
def test_a_deployment_that_ecs_dates_before_the_update_is_ours(
    update: World, behind: timedelta
) -> None:
    update.clock.sleep(3600)
    failing(update).play.on_update.insert(0, (0, late(update, behind)))
    assert CAUSE in update.deploy().block


@pytest.mark.parametrize("behind", BEHIND[:2], ids=str)
def test_watch_finds_a_deployment_that_ecs_dates_before_the_update(
    update: World, behind: timedelta
) -> None:
    update.clock.sleep(3600)
    failing(update).play.on_update.insert(0, (0, late(update, behind)))
    update.begin_update(fails="BffService")
    assert CAUSE in update.watch().block
