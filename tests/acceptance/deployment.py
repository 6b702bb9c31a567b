"""A deployed environment: its account, its resources, what the other stacks export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bidops_cfn.settings.environment import Environment
from tests.sandbox.account import Account


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
