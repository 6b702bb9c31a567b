"""Who attaches each security group: the services of the specification, and every outsider.

A rule with a group as its peer lets through whatever attaches that group. A group that two services
attach, or a resource that is none of them, stands for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource
from bidops_cfn.facts.flows import GROUP, group_symbol
from bidops_cfn.facts.security_groups import STANDALONE

# They name groups as peers, and attach none.
RULES = frozenset({GROUP, *STANDALONE})


def attachments(
    document: Document, groups: Mapping[str, object], names: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return what attaches each of ``groups``, by the group's id; nothing for one that none does.

    ``names`` are the names of the services that are meant, by logical id; everything else goes by
    its logical id.
    """
    found: dict[str, list[str]] = {}
    for resource in document.resources.values():
        if resource.type not in RULES:
            for group in _named(document, resource, groups):
                found.setdefault(group, []).append(
                    names.get(resource.logical_id, resource.logical_id)
                )
    return {group: tuple(sorted(who)) for group, who in found.items()}


def _named(document: Document, resource: Resource, groups: Mapping[str, object]) -> set[str]:
    """Return the groups that stand anywhere in a resource, in any spelling."""
    found: set[str] = set()
    waiting: list[object] = [resource.properties]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str) or symbols.function(value) is not None:
            key = symbols.key(group_symbol(document, value))
            if key in groups:
                found.add(key)
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
    referenced = symbols.all_referenced(resource.properties)
    owned = {symbols.key({symbols.GETATT: [one, "GroupId"]}) for one in referenced}
    return found | (owned & groups.keys())
