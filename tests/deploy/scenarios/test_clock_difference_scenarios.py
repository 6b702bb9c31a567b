"""CloudFormation and ECS have clocks of their own, and ECS tells times less exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.deploy.scenarios.commands import World, begin_update, deploy, watch
from tests.deploy.scenarios.crashes import CAUSE, failing

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
    assert CAUSE in deploy(update).block


@pytest.mark.parametrize("behind", BEHIND[:2], ids=str)
def test_watch_finds_a_deployment_that_ecs_dates_before_the_update(
    update: World, behind: timedelta
) -> None:
    update.clock.sleep(3600)
    failing(update).play.on_update.insert(0, (0, late(update, behind)))
    begin_update(update, fails="BffService")
    assert CAUSE in watch(update).block
