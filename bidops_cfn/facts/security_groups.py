"""Security groups of a template: what each lets through, and what attaches it.

A rule with a group as its peer lets through whatever attaches that group. A group that two services
attach, or a resource that is none of them, stands for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, mapping
from bidops_cfn.facts.flows import (
    GROUP,
    Direction,
    Flow,
    everything_out,
    flows_of_rule,
    group_by_name,
    group_symbol,
)

STANDALONE = {
    "AWS::EC2::SecurityGroupIngress": Direction.INGRESS,
    "AWS::EC2::SecurityGroupEgress": Direction.EGRESS,
}
INLINE = {
    "SecurityGroupIngress": Direction.INGRESS,
    "SecurityGroupEgress": Direction.EGRESS,
}


@dataclass(frozen=True)
class SecurityGroup:
    """A group, ours or another stack's, with the flows that this template gives it.

    ``id`` is the group's id as canonical JSON text; ``resource`` is None for another stack's.
    """

    id: str
    shown: str
    resource: Resource | None
    flows: tuple[Flow, ...]


def security_groups(document: Document) -> dict[str, SecurityGroup]:
    """Return every group that the template declares or adds rules to, by id."""
    flows: dict[str, list[Flow]] = {}
    shown: dict[str, str] = {}
    owned: dict[str, Resource] = {}
    for resource in document.of_type(GROUP):
        symbol = {symbols.GETATT: [resource.logical_id, "GroupId"]}
        owned[symbols.key(symbol)] = resource
        shown[symbols.key(symbol)] = symbols.show(symbol)
        flows[symbols.key(symbol)] = list(_inline(document, resource))
    for resource in document.of_type(*STANDALONE):
        symbol_of_group = group_symbol(document, resource.get("GroupId"))
        if symbol_of_group is None:
            symbol_of_group = group_by_name(document, resource.get("GroupName"))
        name = symbols.key(symbol_of_group)
        shown[name] = symbols.show(mapping(symbol_of_group).get("GroupName", symbol_of_group))
        direction = STANDALONE[resource.type]
        flows.setdefault(name, []).extend(
            flows_of_rule(document, resource.properties, direction, resource.path)
        )
    return {
        name: SecurityGroup(name, shown[name], owned.get(name), tuple(found))
        for name, found in flows.items()
    }


def _inline(document: Document, group: Resource) -> Iterator[Flow]:
    has_egress = False
    for name, direction in INLINE.items():
        for rule, path in group.each(name):
            yield from flows_of_rule(document, mapping(rule), direction, path)
            has_egress = has_egress or direction is Direction.EGRESS
    if not has_egress:
        yield from everything_out(group.path)


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


def _named(document: Document, resource: Resource, groups: Iterable[str]) -> set[str]:
    """Return the groups that stand anywhere in a resource, in any spelling."""
    written = document.once(symbols.key, resource.properties)
    referenced = document.once(symbols.all_referenced, resource.properties)
    owned = {symbols.key({symbols.GETATT: [one, "GroupId"]}) for one in referenced}
    return {group for group in groups if group in written or group in owned}
