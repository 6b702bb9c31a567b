"""IAM roles with all that is attached to them, wherever it stands, and what that permits.

A role's permissions come from its inline ``Policies``, from ``AWS::IAM::RolePolicy``, ``Policy``
and ``ManagedPolicy`` resources that name it, and from ``ManagedPolicyArns``. A policy whose role
cannot be told counts for every role; a managed policy from outside has unknown content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Path, Resource, items, mapping
from bidops_cfn.facts.expansions import is_dynamic
from bidops_cfn.facts.statements import Statement, statements

ROLE = "AWS::IAM::Role"
MANAGED_POLICY = "AWS::IAM::ManagedPolicy"
# A policy resource, the property that names its roles, and whether that is a list.
POLICIES = {
    "AWS::IAM::Policy": "Roles",
    MANAGED_POLICY: "Roles",
    "AWS::IAM::RolePolicy": "RoleName",
}
# What CloudFormation calls a role that has no name: stack, logical id and random characters, the
# first two cut where all would be too long.
GENERATED = re.compile(r".+-(?P<logical_id>[A-Za-z0-9]+)-[A-Za-z0-9]{8,14}")


@dataclass(frozen=True, eq=False)
class Declared:
    """What a resource of the template declares, such as a role or a service."""

    resource: Resource

    @property
    def logical_id(self) -> str:
        """The resource's logical id."""
        return self.resource.logical_id


@dataclass(frozen=True, eq=False)
class Role(Declared):
    """A role: who may assume it, what it grants, and what is unknown about it.

    ``outside`` are the managed policies that are not in the template, each with its path.
    """

    trust: tuple[Statement, ...]
    statements: tuple[Statement, ...]
    outside: tuple[tuple[object, Path], ...]


def roles(document: Document) -> dict[str, Role]:
    """Return every role of the template by logical id."""
    return {resource.logical_id: _role(document, resource) for resource in document.of_type(ROLE)}


def role_of(document: Document, value: object) -> str | None:
    """Return the logical id of the role whose ARN or name ``value`` is; None if not of ours."""
    return id_of(document, value, ROLE)


def id_of(document: Document, value: object, kind: str) -> str | None:
    """Return the logical id of the resource of a type that ``value`` refers to; None for others."""
    resource = document.find(symbols.referenced(value), kind)
    return resource.logical_id if resource else None


def is_own_role(document: Document, value: object) -> bool:
    """Tell whether ``value``, of a policy's list, names a role of the template and no other."""
    if isinstance(value, str):
        return any(may_be_called(role, value) for role in document.of_type(ROLE))
    return role_of(document, value) is not None


def _role(document: Document, resource: Resource) -> Role:
    found = [*document.once(_inline, resource)]
    outside: list[tuple[object, Path]] = []
    managed: set[str] = set()
    for arn, path in resource.each("ManagedPolicyArns"):
        target = id_of(document, arn, MANAGED_POLICY)
        if target is None:
            outside.append((arn, path))
        else:
            managed.add(target)
    for one in document.of_type(*POLICIES):
        if one.logical_id in managed or names_role(document, one, resource):
            found += statements(one.get("PolicyDocument"), one.at("PolicyDocument"))
    return Role(resource, document.once(_trust, resource), tuple(found), tuple(outside))


def _inline(role: Resource) -> list[Statement]:
    return [
        statement
        for policy, path in role.each("Policies")
        for statement in statements(
            mapping(policy).get("PolicyDocument"), (*path, "PolicyDocument")
        )
    ]


def _trust(role: Resource) -> tuple[Statement, ...]:
    trusted = "AssumeRolePolicyDocument"
    return statements(role.get(trusted), role.at(trusted))


def names_role(document: Document, policy: Resource, role: Resource) -> bool:
    """Tell whether a policy is, or may be, attached to ``role`` by its own list of roles."""
    return any(
        one is None or one == role.logical_id
        for value in items(policy.get(POLICIES[policy.type]))
        for one in _role_names(document, value)
    )


def _role_names(document: Document, value: object) -> Iterator[str | None]:
    """Yield the roles that ``value`` may name: logical ids, None for one that cannot be told."""
    if isinstance(value, str):
        if is_dynamic(value):
            yield None
        yield from (r.logical_id for r in document.of_type(ROLE) if may_be_called(r, value))
        return
    known = [name for name in symbols.all_referenced(value) if document.find(name, ROLE)]
    yield from known
    if not known:
        yield None


def may_be_called(role: Resource, name: str) -> bool:
    """Tell whether ``name`` is the role's, or may be the one that CloudFormation makes up for it.

    A name that does not stand in the template can be written into it once the stack exists.
    """
    given = role.get("RoleName")
    if given is not None:
        own = symbols.text(given)
        return own is None or own == name
    generated = GENERATED.fullmatch(name)
    return generated is not None and role.logical_id.startswith(generated["logical_id"])
