"""The part of two templates that a change can reach, where the whole has too many cases.

Resources that are the same on both sides, and that nothing links to a changed one, permit the same
on both: their conditions need not be answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.roles import POLICIES, ROLE

# They decide what the text of a resource means.
MEANING = ("Conditions", "Mappings", "Parameters")
NAME = "name "
NAMING = ("GroupName", "Groups", "RoleName", "Roles", "SourceSecurityGroupName", "Users")

Template = Mapping[str, object]


def changed_parts(old: object, new: object) -> tuple[Template, Template] | None:
    """Return two canonical templates with the resources that a change can reach, and no others.

    None where the change is in what decides about all of them.
    """
    before, after = mapping(old), mapping(new)
    if any(not symbols.same(before.get(name), after.get(name)) for name in MEANING):
        return None
    kept = _reached(mapping(before.get("Resources")), mapping(after.get("Resources")))
    one, other = (
        {
            **{name: content for name, content in side.items() if name != "Outputs"},
            "Resources": {
                name: content
                for name, content in mapping(side.get("Resources")).items()
                if name in kept
            },
        }
        for side in (before, after)
    )
    return one, other


def _reached(before: Template, after: Template) -> set[str]:
    names = {*before, *after}
    by_link: dict[str, set[str]] = {name: {name} for name in names}
    links: dict[str, set[str]] = {}
    for name in names:
        found = {*_links(mapping(before.get(name))), *_links(mapping(after.get(name)))}
        links[name] = {one for one in found if one in names or one.startswith(NAME)}
        for link in links[name]:
            by_link.setdefault(link, set()).add(name)
    waiting = [name for name in names if not symbols.same(before.get(name), after.get(name))]
    kept = set(waiting)
    while waiting:
        name = waiting.pop()
        reached = set[str]().union(*(by_link[link] for link in (name, *links[name]))) - kept
        kept |= reached
        waiting += reached
    return kept


def _links(resource: Template) -> Iterator[str]:
    """Yield what a resource refers to, and the names by which others may mean it."""
    kind = symbols.text(resource.get("Type")) or ""
    properties = mapping(resource.get("Properties"))
    yield from symbols.all_referenced(properties)
    if kind == ROLE or kind in POLICIES:
        yield NAME + ROLE  # a policy whose role cannot be told counts for every role
    waiting: list[object] = [properties]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            for step in NAMING:
                yield from (NAME + symbols.key(one) for one in items(value.get(step)))
        elif isinstance(value, list):
            waiting.extend(value)
