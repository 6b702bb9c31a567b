"""A scripted world for every test of the deployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from bidops_cfn.deploy import client
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import ScriptedServer, served
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE


@pytest.fixture
def world(dev: Environment) -> World:
    """The environment dev in an account where everything is as it should be, without a stack."""
    return World(dev)


@pytest.fixture
def update(world: World) -> World:
    """A stack to be updated with a new image, over fifteen seconds."""
    world.standing()
    world.images = {"bff": ":1.4.2"}
    return world


@pytest.fixture
def first(world: World) -> World:
    """A stack to be created, with an image for each service."""
    world.images = dict(EVERY_IMAGE)
    return world


@pytest.fixture
def server(dev: Environment) -> Iterator[ScriptedServer]:
    """The scripted AWS over HTTP; an operation takes three seconds."""
    with served(World(dev, clock=RealClock())) as running:
        running.world.play.seconds = 3
        yield running


class Inline:
    """A thread that has ended by the time it was started."""

    def __init__(self, target: Callable[..., None], args: tuple[object, ...], daemon: bool) -> None:
        self.start = partial(target, *args)


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted AWS answers at once, and twenty threads cost more than a whole deployment."""
    monkeypatch.setattr(client, "Thread", Inline)
