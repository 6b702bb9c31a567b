"""Each committed environment with its template, as policies are printed for it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.environment import Environment
from tests.permissions.places import place_of
from tests.settings_files import with_table


@pytest.fixture
def place(environment: Environment) -> Place:
    """Each committed environment in turn."""
    return place_of(environment)


@pytest.fixture
def dev_place(dev: Environment) -> Place:
    """The committed environment dev."""
    return place_of(dev)


@pytest.fixture
def bounded(dev: Environment) -> Place:
    """Dev with a permissions boundary and a service role."""
    ours = f"arn:aws:iam::{dev.account_id}"
    found = with_table(dev, "security", permissions_boundary_arn=f"{ours}:policy/boundary")
    return place_of(with_table(found, "deploy", role_arn=f"{ours}:role/service"))


@pytest.fixture
def template(dev: Environment) -> dict[str, Any]:
    """The committed template of dev, to change."""
    found: dict[str, Any] = json.loads(json.dumps(place_of(dev).template))
    return found
