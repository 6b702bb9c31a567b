"""New tasks that die while the old ones run on: what the scenarios of evidence have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.deploy.scripted.world import World

PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found"
CAUSE = "Error: DATABASE_URL is not set"
NO_PULL: dict[str, Any] = {
    "stopCode": "TaskFailedToStart",
    "containers": [{"name": "bff", "reason": PULL}],
}


def bad_image(world: World) -> Callable[[], None]:
    return lambda: world.ecs.crash("BffService", PULL, **NO_PULL)


def crashing(world: World, cause: str = CAUSE) -> Callable[[], None]:
    reason = "Essential container in task exited"
    return lambda: world.ecs.crash("BffService", reason, log=["booting", cause])


def failing(world: World, at: float = 20, seconds: float = 120) -> World:
    """An update whose new tasks crash from ``at`` on, every ten seconds, until it fails."""
    world.play.seconds = seconds
    world.play.fails = "BffService"
    end = int(seconds / 2)
    world.play.on_update = [(at + more, crashing(world)) for more in range(0, end - int(at), 10)]
    return world
