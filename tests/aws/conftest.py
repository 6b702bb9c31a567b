"""Credentials for the tests that are marked ``aws``: without any they are skipped, and say so."""

from __future__ import annotations

import boto3
import pytest

from bidops_cfn.permissions.place import Place
from bidops_cfn.settings.environment import Environment
from tests.permissions.places import place_of


def has_credentials() -> bool:
    """Tell whether the shell, a profile or the machine has credentials for AWS."""
    return boto3.Session().get_credentials() is not None


@pytest.fixture(autouse=True)
def credentials(request: pytest.FixtureRequest) -> None:
    """Skip a test that is marked ``aws`` where there are no credentials."""
    if request.node.get_closest_marker("aws") and not has_credentials():
        pytest.skip("no AWS credentials: sign in, then make aws-acceptance")


@pytest.fixture
def place(dev: Environment) -> Place:
    """The committed environment dev, with its template."""
    return place_of(dev)
