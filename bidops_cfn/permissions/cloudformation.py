"""The policy of the role that CloudFormation acts with, for exactly a template's resource types."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.frozen import frozen
from bidops_cfn.permissions.handlers import list_actions
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Statement
from bidops_cfn.permissions.scopes import list_scopes
from bidops_cfn.permissions.scopes.omissions import OMISSIONS


@frozen
class Granted:
    """The statements, and ``open``: what a handler may call and no decision covers.

    ``open`` holds lines for a person; an action in it is not granted.
    """

    statements: tuple[Statement, ...]
    open: tuple[str, ...]


def grant(place: Place) -> Granted:
    """Return what CloudFormation needs for the template; raises ``UsageError``."""
    needed = {type_: list_actions(type_, place.environment.region) for type_ in sorted(place.types)}
    statements = []
    decided: set[tuple[str, str]] = set()
    for scope in list_scopes(place):
        pairs = {
            (type_, action)
            for type_ in scope.types
            for action in needed.get(type_, frozenset()) & scope.actions
        }
        decided |= pairs
        found = frozenset(action for _, action in pairs)
        if found:
            statements.append(Statement(scope.sid, found, scope.resources, scope.condition))
    statements += list_for_references(place)
    return Granted(tuple(statements), tuple(list_undecided(place, needed, decided)))


def list_for_references(place: Place) -> Iterator[Statement]:
    """Yield what ``Fn::GetStackOutput`` takes: describing the stack, or its role in its stead."""
    roles = {one.role_arn for one in place.stack_outputs if one.role_arn}
    if place.other_stacks:
        actions = frozenset({"cloudformation:DescribeStacks"})
        yield Statement("ReadOutputsOfOtherStacks", actions, place.other_stacks)
    if roles:
        yield Statement(
            "ReadOutputsOfOtherAccounts", frozenset({"sts:AssumeRole"}), tuple(sorted(roles))
        )


def list_undecided(
    place: Place, needed: dict[str, frozenset[str]], decided: set[tuple[str, str]]
) -> Iterator[str]:
    """Yield a line for each action that the template may need and that no decision covers."""
    for type_, found in needed.items():
        rest = {action for action in found if (type_, action) not in decided}
        for one in OMISSIONS:
            if one.type == type_:
                left = sorted(one.actions & rest)
                if left and one.only_for and place.has(type_, one.only_for):
                    yield f"{', '.join(left)}: {type_} has {one.only_for}"
                rest -= one.actions
        for action in sorted(rest):
            yield f"{action}: {type_} may need it, and nothing decides on what it is granted"
