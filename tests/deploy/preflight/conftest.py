"""A scripted account of two services: their number is beside the point of a check."""

from __future__ import annotations

import pytest

from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.world import World, of_pair


@pytest.fixture
def world(dev: Environment) -> World:
    """The environment dev in an account where everything is as it should be, without a stack."""
    return of_pair(dev)
