"""Each committed environment with its template, as policies are printed for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.environment import Environment
from tests.permissions.places import place_of


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
    account = dev.account_id
    return place_of(
        replace(
            dev,
            security=replace(
                dev.security, permissions_boundary_arn=f"arn:aws:iam::{account}:policy/boundary"
            ),
            deploy=replace(dev.deploy, role_arn=f"arn:aws:iam::{account}:role/service"),
        )
    )


@pytest.fixture
def template(dev: Environment) -> dict[str, Any]:
    """The committed template of dev, to change."""
    found: dict[str, Any] = json.loads(json.dumps(place_of(dev).template))
    return found
