"""What two environments of one account and region cannot both have, where they share other stacks.

Names of one environment differ from another's by the environment's name, unless settings say
otherwise; a network that both refer to has one listener and one name space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.problem import Problem, quoted


def find_collisions(one: Environment, others: Sequence[Environment]) -> Iterator[Problem]:
    """Yield what ``one`` has and another environment of its account and region has too."""
    for other in others:
        if (one.account_id, one.region) != (other.account_id, other.region):
            continue
        where = f"which {other.name} has too, in {one.account_id} and {one.region}"
        if one.stack_name == other.stack_name:
            yield Problem("stack_name", f"{quoted(one.stack_name)}, {where}", "another name")
        if shares(one, other, Imports.VPC_ID) and one.namespace == other.namespace:
            found = f"{quoted(one.namespace)}, {where}, in the same VPC"
            yield Problem("discovery.namespace", found, "another name")
        if shares(one, other, Imports.HTTPS_LISTENER_ARN):
            yield from _priorities(one, other, where)


def shares(one: Environment, other: Environment, value: Imports) -> bool:
    """Tell whether both environments refer to the same thing for ``value``."""
    return one.references(value.value) == other.references(value.value)


def _priorities(one: Environment, other: Environment, where: str) -> Iterator[Problem]:
    theirs = {
        settings.listener.priority for settings in other.services.values() if settings.listener
    }
    for name, settings in one.services.items():
        if settings.listener and settings.listener.priority in theirs:
            found = f"{settings.listener.priority}, {where}, on the same listener"
            yield Problem(f"services.{name}.listener.priority", found, "another priority")
