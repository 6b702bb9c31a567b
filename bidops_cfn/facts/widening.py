"""What a change of template widens or narrows, by set inclusion over requests and packets.

Two templates are compared case by case: for every way to answer all conditions and listed
parameter values, what the new one permits and the old one does not is *wider*, the reverse is
*narrower*::

    policies   grants    requests: principal, action, resource, conditions; denials count
    groups     reach     packets: direction, protocol, ports, peer
    listeners  reach     requests of the web: conditions, target, guard, priority
    the rest   standing  what runs, as whom, with what; boundaries and records restrict

Deleting all egress rules of a group is a widening, since EC2 then lets everything out. What changed
and is in none of these is neither: *cannot tell*. Where the whole has too many cases, resources
that are the same on both sides, and that nothing links to a changed one, are left out of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bidops_cfn.facts import attention, symbols
from bidops_cfn.facts.changes import TEMPLATE, Change, FactChange, FactKind
from bidops_cfn.facts.conditions import parameters
from bidops_cfn.facts.document import items, mapping, nodes
from bidops_cfn.facts.reading import Facts, read
from bidops_cfn.facts.roles import POLICIES, ROLE
from bidops_cfn.facts.sections import SECTIONS, Case, Section

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
    for value in nodes(properties):
        for step in NAMING:
            yield from (NAME + symbols.key(one) for one in items(mapping(value).get(step)))


__all__ = ["Change", "FactChange", "FactKind", "changes"]


FEW_CASES = 8
MOST_PAIRS = 128


def changes(old: Facts, new: Facts) -> tuple[FactChange, ...]:
    """Return every change between two templates: widened, not to be told, narrowed.

    Equal templates differ in nothing, however little could be read of them.
    """
    if old.template is not None and symbols.same(old.template, new.template):
        return ()
    sections = attention.unread_sections(mapping(old.template), mapping(new.template))
    old, new = _comparable(old, new)
    found = [*_cases(old, new), *_of_defaults(old, new), *_unread(old, new), *sections]
    once: dict[object, FactChange] = {}
    for one in found:
        once.setdefault((one.change, one.kind, one.subject, one.shown), one)
    order = (Change.WIDENED, Change.UNKNOWN, Change.NARROWED)
    return tuple(sorted(once.values(), key=lambda one: (order.index(one.change), one.kind)))


def _cases(old: Facts, new: Facts) -> Iterator[FactChange]:
    """Yield the changes of every case that both templates may be in at once.

    A case that the other template does not have, such as another listed value, is compared with
    all of that one's: it can only add, or take away.
    """
    for section in SECTIONS:
        before, after = _cases_of(old, section), _cases_of(new, section)
        for one, other in _pairs(before, after):
            yield from section.gained(Change.WIDENED, one, other)
            yield from section.gained(Change.NARROWED, other, one)
        for one, other in _strangers(after, before):
            yield from section.gained(Change.WIDENED, other, one)
        for one, other in _strangers(before, after):
            yield from section.gained(Change.NARROWED, other, one)
    for one, other in _pairs(_cases_of(old, _RESOURCES), _cases_of(new, _RESOURCES)):
        yield from attention.unread(one.reading.document, other.reading.document)


def _cases_of(facts: Facts, section: Section) -> list[Case]:
    """Return the cases of a template; those with the same content have the same number."""
    contents: list[object] = []
    found = []
    for reading in facts.readings:
        content = reading.document.once(section.content, reading)
        if content not in contents:
            contents.append(content)
        number = contents.index(content)
        found.append(Case(reading, number, contents[number]))
    return found


def _pairs(before: Sequence[Case], after: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield each two differing contents that the same deployment may have before and after."""
    seen: set[tuple[int, int]] = set()
    for one in before:
        for other in after:
            pair = (one.number, other.number)
            if pair not in seen and one.reading.combination.meets(other.reading.combination):
                seen.add(pair)
                if len(seen) > MOST_PAIRS:
                    return
                if one.content != other.content:
                    yield one, other


def _too_many(old: Facts, new: Facts) -> bool:
    """Tell whether the two have more cases in combination than are compared."""
    sides = [[reading.combination for reading in side.readings] for side in (old, new)]
    return sum(one.meets(other) for one in sides[0] for other in sides[1]) > MOST_PAIRS


def _strangers(these: Sequence[Case], others: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Yield the cases that meet none of ``others``, each with every one of them."""
    for one in these:
        if not any(one.reading.combination.meets(other.reading.combination) for other in others):
            yield from ((one, other) for other in others if one.content != other.content)


def _of_defaults(old: Facts, new: Facts) -> Iterator[FactChange]:
    """Yield what a parameter's other default widens or narrows, where it has another one."""
    before, after = _defaults(old.template), _defaults(new.template)
    names = [one for one in before.keys() & after.keys() if before[one] != after[one]]
    if names:
        sides = (
            read(facts.template, facts.specified, {name: defaults[name] for name in names})
            for facts, defaults in ((old, before), (new, after))
        )
        yield from _cases(*sides)


def _defaults(template: object) -> dict[str, object]:
    """Return the values that parameters have unless they are given others, by name."""
    return {
        one.name: one.default_value
        for one in parameters(mapping(template).get("Parameters"))
        if one.default_value is not None
    }


def _comparable(old: Facts, new: Facts) -> tuple[Facts, Facts]:
    """Return the part that differs of two templates which have many cases as a whole."""
    few = max(len(old.readings), len(new.readings)) <= FEW_CASES
    whole = few and not (old.excess or new.excess)
    if whole or old.template is None or new.template is None:
        return old, new
    parts = changed_parts(old.template, new.template)
    if parts is None:
        return old, new
    return read(parts[0], old.specified), read(parts[1], new.specified)


def _unread(old: Facts, new: Facts) -> Iterator[FactChange]:
    combined = "conditions that only one of the templates has make too many cases"
    reasons = (new.incomplete, old.incomplete, combined if _too_many(old, new) else "")
    for reason in dict.fromkeys(one for one in reasons if one):
        yield attention.untold(TEMPLATE, reason, ())


_RESOURCES = Section(lambda reading: reading.document.body.get("Resources"), lambda *_: iter(()))
