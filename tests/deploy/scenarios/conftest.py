"""A scripted AWS over HTTP, for the scenarios that run the real process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import ScriptedServer, served
from tests.deploy.scripted.world import World


@pytest.fixture
def server(dev: Environment) -> Iterator[ScriptedServer]:
    with served(World(dev, clock=RealClock())) as running:
        running.world.play.seconds = 3
        yield running
