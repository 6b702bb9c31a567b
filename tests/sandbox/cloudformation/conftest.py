"""A world of boxes, and CloudFormation over it."""

from __future__ import annotations

import pytest

from tests.sandbox.cloudformation.boxes import Api, World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)
