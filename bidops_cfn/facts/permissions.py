"""Permissions: one fact for each action that a role is allowed, with resource and condition.

``Deny`` statements are left out, so that the facts say at most too much. Wildcards are expanded;
a role with a policy from outside, or with a statement that cannot be read, may do anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roles import Role
from bidops_cfn.facts.statements import Condition, Statement


@dataclass(frozen=True)
class Permission:
    """One action on one resource; ``resource`` is canonical text, such as ``${Log.Arn}``."""

    role: str
    action: str
    resource: str
    conditions: tuple[Condition, ...]
    sid: str
    path: Path

    @property
    def access_level(self) -> str:
        """The catalogue's access level of the action."""
        return actions.access_level(self.action)


def permissions(role: Role) -> Iterator[Permission]:
    """Yield every permission of ``role``, in the order of its statements."""
    for statement in role.statements:
        if statement.allows:
            yield from _of(role, statement)
    for policy in role.outside:
        yield Permission(role.logical_id, "*", "*", (), symbols.show(policy.arn), policy.path)


def _of(role: Role, statement: Statement) -> Iterator[Permission]:
    resources = [symbols.show(resource) for resource in statement.resources]
    if statement.resources_excluded:
        resources = ["* but " + ", ".join(sorted(resources))]
    for action in sorted(statement.actions):
        for resource in resources:
            yield Permission(
                role.logical_id,
                action,
                resource,
                tuple(sorted(statement.conditions)),
                statement.sid,
                statement.path,
            )


def action_set(role: Role) -> frozenset[str]:
    """Return every action that ``role`` is allowed on anything; all of them when unknown."""
    if role.outside:
        return actions.every_action()
    allowed = (statement.actions for statement in role.statements if statement.allows)
    return frozenset[str]().union(*allowed)
