"""What a deployment starts from: the target, and the stack as it is in the account now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.stack import Stack
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import find_imports


@dataclass(frozen=True)
class DeploymentContext:
    """A target in its account: ``stack`` is None when there is none, ``deployed`` its template."""

    client: Client
    target: Target
    stack: Stack | None
    deployed: str | None

    @cached_property
    def exports(self) -> Mapping[str, str]:
        """Every export of the account in this region, by name; asked for once."""
        return {
            export["Name"]: export["Value"]
            for export in paginate(self.client, Call.LIST_EXPORTS, "Exports")
        }

    @cached_property
    def imported(self) -> Mapping[str, str]:
        """The value of every export that the template imports, where it exists."""
        return {
            name: self.exports[name]
            for name in find_imports(self.target.template)
            if name in self.exports
        }

    @cached_property
    def images(self) -> Mapping[str, str | None]:
        """The image that each service will have, by service name; None where none is named."""
        previous = self.stack.parameters if self.stack else {}
        return {
            service.name: self.target.images.get(service.name)
            or previous.get(logical_ids.image(service))
            for service in self.target.services
        }
