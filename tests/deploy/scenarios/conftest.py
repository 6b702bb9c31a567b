"""A scripted AWS over HTTP, for the scenarios that run the real process."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bidops_cfn.model import Environment
from tests.deploy.scenarios.commands import World
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import ScriptedServer, served
from tests.deploy.scripted.process import COMMAND, LIMIT_SECONDS


@pytest.fixture
def server(dev: Environment) -> Iterator[ScriptedServer]:
    with served(World(dev, clock=RealClock())) as running:
        running.world.play.seconds = 3
        yield running


@pytest.fixture(scope="session")
def judged(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the committed templates are judged already."""
    cache = tmp_path_factory.mktemp("cache")
    subprocess.run(
        [*COMMAND, "--project", str(committed), "check", "--env", "dev"],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    return cache


@pytest.fixture
def warm(judged: Path, project: Path) -> None:
    """Let no process judge the template once more."""
    shutil.copytree(judged, project / ".cache")
