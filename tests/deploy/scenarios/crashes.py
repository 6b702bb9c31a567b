"""New tasks that die while the old ones run on: what the scenarios of evidence have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.deploy.happenings import Change
from tests.deploy.scripted.world import World

CAUSE = "Error: DATABASE_URL is not set"


def crash(
    reason: str = "Essential container in task exited",
    *,
    name: str = "BffService",
    log: Sequence[str] = ("booting", CAUSE),
    **more: Any,
) -> Change:
    """Let a task of the service's newest deployment die."""
    return lambda world: world.ecs.crash(name, reason, log=log, **more)


def failing(world: World, at: float = 20, seconds: float = 120) -> World:
    """An update whose new tasks crash from ``at`` on, every ten seconds, until it fails."""

    def die() -> None:
        crash()(world)

    world.play.seconds = seconds
    world.play.fails = "BffService"
    world.play.on_update = [(at + more, die) for more in range(0, int(seconds / 2) - int(at), 10)]
    return world
