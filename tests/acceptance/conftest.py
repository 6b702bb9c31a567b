"""Every environment, deployed once into a sandbox, for the AWS APIs to be asked about.

A process holds one sandbox at a time and other tests want theirs, so a module is its life.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.acceptance.deployment import Deployment
from tests.conftest import NAMES
from tests.sandbox.account import IMAGES, account


@pytest.fixture(scope="module")
def sandbox(environments: dict[str, Environment]) -> Iterator[Sandbox]:
    with Sandbox(list(environments.values())) as running:
        yield running


@pytest.fixture(scope="module", params=NAMES)
def deployment(
    request: pytest.FixtureRequest, sandbox: Sandbox, environments: dict[str, Environment]
) -> Iterator[Deployment]:
    """Each environment in turn, deployed."""
    environment = environments[request.param]
    with account(sandbox, environment) as held:
        held.deploy(environment.stack_name, template.render(environment), IMAGES, "CREATE")
        stack = held.stack(environment.stack_name)
        assert stack["StackStatus"] == "CREATE_COMPLETE", stack.get("StackStatusReason")
        ids = held.resources(environment.stack_name)
        yield Deployment(held, environment, ids, held.exports())
