"""Every template that one template can become, each of them without a condition.

A template with conditions, or with parameters that may only have listed values, is many templates
in one. A world is one of them: every ``Fn::If`` is replaced by the branch taken, resources and
outputs whose condition fails are gone, ``AWS::NoValue`` is gone, and values are canonical. What
must never happen must happen in no world, what must be there must be there in all of them.

    template --conditions x listed parameter values--> World, World, ...

``World.origin`` leads back from a path in a world to the path in the template.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bidops_cfn.facts import symbols
from bidops_cfn.facts.branches import Chooser
from bidops_cfn.facts.conditions import Conditions
from bidops_cfn.facts.document import Document, descend, mapping
from bidops_cfn.facts.parameters import parameters
from bidops_cfn.facts.paths import Path

MOST_WORLDS = 64
MOST_LEVELS = 50
MOST_NODES = 200_000


@dataclass(frozen=True)
class World:
    """One template without conditions, under an assumption such as ``{"IsProd": "true"}``."""

    document: Document
    assumption: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[Path, Path] = field(default_factory=dict)

    def origin(self, path: Path) -> Path:
        """Return where ``path`` of this world stands in the template."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]] + path[length:]
        return path


@dataclass(frozen=True)
class Worlds:
    """The worlds of a template; ``incomplete`` says why they are not all there, if so."""

    all: tuple[World, ...]
    incomplete: str = ""


def worlds(template: object) -> Worlds:
    """Return every world of ``template``, which may be anything; never raises.

    A template that is no mapping, nests or branches beyond measure has no world that could be
    trusted, and ``incomplete`` tells why.
    """
    if not isinstance(template, dict):
        return Worlds((), "the template is not an object")
    excess = _excess(template)
    if excess:
        return Worlds((), excess)
    declared = parameters(template.get("Parameters"))
    used = _used(template)
    listed = [p for p in declared if p.values and p.name in used.parameters]
    found: list[World] = []
    constant: dict[Path, object] = {}
    for choice in itertools.islice(itertools.product(*(p.values for p in listed)), MOST_WORLDS + 1):
        values = dict(zip((p.name for p in listed), choice, strict=True))
        conditions = Conditions(mapping(template.get("Conditions")), values)
        names = sorted(used.conditions)
        atoms = sorted(conditions.atoms(names))
        if len(atoms) > MOST_WORLDS or len(found) + 2 ** len(atoms) > MOST_WORLDS:
            return Worlds(
                tuple(found), f"conditions and listed values make more than {MOST_WORLDS} cases"
            )
        for truth in itertools.product((True, False), repeat=len(atoms)):
            given = dict(zip(atoms, truth, strict=True))
            held = conditions.held(names, given)
            found.append(_world(template, held, values, constant))
    return Worlds(tuple(found))


@dataclass(frozen=True)
class _Used:
    """What a value refers to, by name."""

    conditions: frozenset[str]
    parameters: frozenset[str]


def _nodes(value: object) -> Iterator[tuple[int, object]]:
    """Yield every node with its depth, without recursion: the input may be hostile."""
    stack: list[tuple[int, object]] = [(0, value)]
    while stack:
        depth, node = stack.pop()
        yield depth, node
        if isinstance(node, dict):
            stack.extend((depth + 1, item) for item in node.values())
        elif isinstance(node, (list, tuple)):
            stack.extend((depth + 1, item) for item in node)


def _excess(template: object) -> str:
    for count, (depth, _) in enumerate(_nodes(template)):
        if depth > MOST_LEVELS:
            return f"the template nests deeper than {MOST_LEVELS} levels"
        if count > MOST_NODES:
            return f"the template has more than {MOST_NODES} values"
    return ""


def _used(template: Mapping[str, object]) -> _Used:
    conditions: set[str] = set()
    for section in ("Resources", "Outputs"):
        for declared in mapping(template.get(section)).values():
            name = mapping(declared).get("Condition")
            if isinstance(name, str):
                conditions.add(str(name))
    names: set[str] = set()
    for _, node in _nodes(template):
        call = symbols.function(node)
        if call is None:
            continue
        function, argument = call
        if function == symbols.REF and isinstance(argument, str):
            names.add(argument)
        elif function == symbols.SUB:
            names |= symbols.all_referenced(symbols.canonical(node))
        elif function == symbols.IF and isinstance(descend(argument, 0), str):
            conditions.add(str(descend(argument, 0)))
    return _Used(frozenset(conditions), frozenset(names))


def _world(
    template: Mapping[str, object],
    held: Mapping[str, bool],
    values: Mapping[str, object],
    constant: dict[Path, object],
) -> World:
    """Return one world; ``constant`` keeps what is the same in all of them."""
    chooser = Chooser(held, values)

    def chosen(item: object, here: Path) -> object:
        if here in constant:
            return constant[here]
        result = symbols.canonical(chooser.choose(item, here))
        if not chooser.chose:
            constant[here] = result
        chooser.chose = False
        return result

    body: dict[str, object] = {}
    for section, content in template.items():
        here: Path = (str(section),)
        if section in ("Resources", "Outputs") and isinstance(content, dict):
            body[str(section)] = {
                str(name): chosen(item, (*here, str(name)))
                for name, item in content.items()
                if chooser.exists(item)
            }
        elif section in ("Parameters", "Conditions", "Metadata"):
            body[str(section)] = content
        else:
            body[str(section)] = chosen(content, here)
    assumption = {name: "true" if truth else "false" for name, truth in held.items()}
    assumption |= {name: str(symbols.text(value)) for name, value in values.items()}
    return World(Document(body), assumption, chooser.origins)
