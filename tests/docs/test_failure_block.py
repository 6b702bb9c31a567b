"""The failure block on the operator's page is the one that a failed update ends with."""

from __future__ import annotations

import pytest

from bidops_cfn.cli.terminal import show_error
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.world import World
from tests.docs.page import DOCS, blocks


def circuit_breaker(dev: Environment) -> World:
    """An update whose new tasks exit, until ECS gives up."""
    world = World(dev)
    world.standing()
    world.images = {"bff": ":1.4.2"}

    def crash() -> None:
        service = world.ecs.service("BffService")
        deployment = service.deployments[0]
        deployment["failedTasks"] = 1
        service.running = 4  # what changes is looked at
        task = world.ecs.stop_task(
            "BffService", deployment["id"], "Essential container in task exited"
        )
        world.ecs.logs[f"bff/bff/{task}"] = ["booting", "Error: DATABASE_URL is not set"]

    def trip() -> None:
        world.ecs.service("BffService").trip()
        world.ecs.service("BffService").tasks.clear()

    world.play.seconds = 40
    world.play.fails = "BffService"
    world.play.fails_because = "ECS Deployment Circuit Breaker was triggered"
    world.play.on_update = [(5, crash), (15, trip)]
    return world


def test_the_operators_page_shows_what_a_failed_update_ends_with(
    dev: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = circuit_breaker(dev).deploy()
    assert ended.error is not None
    show_error(ended.error)
    printed = " ".join(capsys.readouterr().err.split())
    (block,) = [one for one in blocks(DOCS / "operator.md") if one.text.startswith("Error:")]
    start, end = " ".join(block.text.split()).split("...")
    assert printed.startswith(start)
    assert printed.endswith(end)
