"""Every environment, deployed once into a sandbox, for the AWS APIs to be asked about.

A process holds one sandbox at a time and other tests want theirs, so a module is its life.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.server import Sandbox
from tests.conftest import NAMES
from tests.sandbox.account import IMAGES, Account, account


@dataclass(frozen=True)
class Deployment:
    """The compute stack of ``environment``, deployed in its ``account``."""

    account: Account
    environment: Environment
    ids: dict[str, str]
    exports: dict[str, str]

    def imported(self, stack: str, output: str) -> str:
        """Return what another stack exports for this environment."""
        return self.exports[f"bidopsai-{self.environment.name}-{stack}-{output}"]

    def container(self, title: str) -> dict[str, Any]:
        """Return the one container of the tasks of ``Bff`` or ``AgentCore``."""
        service = self.account.service(self.ids["Cluster"], self.ids[f"{title}Service"])
        return self.account.container(service["taskDefinition"])


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
