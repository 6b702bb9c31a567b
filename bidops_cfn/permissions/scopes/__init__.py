"""On what each action of CloudFormation's handlers is granted, and which are not granted at all.

A file for each kind of resource; ADR 0015 says how the decisions are made. An action that only
touches resources of this stack is granted on their names, or on the tag that CloudFormation puts on
them, which no caller of AWS can write. Where IAM knows nothing narrower than everything, the region
bounds it. What reaches beyond this stack and serves no property of its template is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.scopes.containers import scope_containers
from bidops_cfn.permissions.scopes.everywhere import scope_everywhere
from bidops_cfn.permissions.scopes.network import (
    scope_discovery,
    scope_load_balancing,
    scope_security_groups,
)
from bidops_cfn.permissions.scopes.roles import scope_roles
from bidops_cfn.permissions.scopes.scaling import scope_scaling
from bidops_cfn.permissions.scopes.scope import Scope


def list_scopes(place: Place) -> Iterator[Scope]:
    """Yield every scope, in the order of the policy."""
    yield from scope_roles(place)
    yield from scope_containers(place)
    yield from scope_scaling(place)
    yield from scope_security_groups(place)
    yield from scope_load_balancing(place)
    yield from scope_discovery(place)
    yield from scope_everywhere(place)
