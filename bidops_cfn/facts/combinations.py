"""Every template that one template can become, each of them without a condition.

A template with conditions, or with parameters that may only have listed values, is many templates
in one. A combination is one of them: every ``Fn::If`` is replaced by the branch taken, resources
and outputs whose condition fails are gone, ``AWS::NoValue`` is gone, and values are canonical.
What must never happen must happen in none, what must be there must be there in all of them.

    template --conditions x listed parameter values--> Combination, Combination, ...

``Combination.origin`` leads back from a path in a combination to the path in the template.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bidops_cfn.facts import symbols
from bidops_cfn.facts.conditions import Conditions, Mappings, looked_up, parameters
from bidops_cfn.facts.document import Document, Path, descend, inside, mapping, nodes

GONE = object()


class Chooser:
    """Takes one branch of every ``Fn::If`` and remembers where what is left came from."""

    def __init__(
        self, held: Mapping[str, bool], values: Mapping[str, object], mappings: Mappings
    ) -> None:
        self.held = held
        self.values = values
        self.mappings = mappings
        self.origins: dict[Path, Path] = {}
        self.chose = False  # whether anything depended on the combination since this was last reset

    def exists(self, declared: object) -> bool:
        """Tell whether a resource or output is there at all."""
        name = mapping(declared).get("Condition")
        return self.held.get(name, True) if isinstance(name, str) else True

    def choose(self, node: object, here: Path) -> object:
        """Return ``node``, which stands at ``here``, as it is in this combination."""
        chosen = self._choose(node, here, here)
        return {symbols.REF: symbols.NO_VALUE} if chosen is GONE else chosen

    def _choose(self, node: object, here: Path, origin: Path) -> object:
        node, origin = self._branch(node, origin)
        if here != origin:
            self.origins[here] = origin
        node = self._with_values(node)
        if node is GONE:
            return GONE
        if isinstance(node, dict):
            chosen = (
                (str(key), self._choose(item, (*here, str(key)), (*origin, str(key))))
                for key, item in node.items()
            )
            left_over = {key: item for key, item in chosen if item is not GONE}
            return looked_up(left_over, self.mappings)
        if isinstance(node, (list, tuple)):
            left: list[object] = []
            for index, item in enumerate(node):
                value = self._choose(item, (*here, len(left)), (*origin, index))
                if value is not GONE:
                    left.append(value)
            return left
        return node

    def _branch(self, node: object, origin: Path) -> tuple[object, Path]:
        while True:
            call = symbols.function(node)
            if call is None or call[0] != symbols.IF:
                return node, origin
            argument = call[1]
            if not isinstance(argument, (list, tuple)) or len(argument) != 3:
                return node, origin
            name = argument[0]
            if not isinstance(name, str) or name not in self.held:
                return node, origin
            self.chose = True
            taken = 1 if self.held[name] else 2
            node, origin = argument[taken], (*origin, symbols.IF, taken)

    def _with_values(self, node: object) -> object:
        """Return ``node`` with the listed parameters known: a reference, or a substitution."""
        name, argument = symbols.function(node) or ("", None)
        if name == symbols.REF:
            if argument == symbols.NO_VALUE:
                self.chose = True
                return GONE
            if isinstance(argument, str) and argument in self.values:
                self.chose = True
                return self.values[argument]
        if name == symbols.SUB and self.values:
            self.chose = True
            pattern, variables = argument, {}
            if isinstance(argument, (list, tuple)) and argument:
                pattern = argument[0]
                variables = dict(mapping(argument[1])) if len(argument) > 1 else {}
            return {symbols.SUB: [pattern, {**self.values, **variables}]}
        return node


MOST_COMBINATIONS = 64
MOST_LEVELS = 50
MOST_NODES = 200_000


@dataclass(frozen=True)
class Combination:
    """One template without conditions.

    ``chosen`` are the comparisons and listed parameters that make it this one, by what they are
    and not by the name of a condition, so that two templates can be compared case by case.
    """

    document: Document
    origins: Mapping[Path, Path] = field(default_factory=dict)
    chosen: Mapping[str, str] = field(default_factory=dict)

    def meets(self, other: Combination) -> bool:
        """Tell whether one deployment may be both: what both chose, they chose alike."""
        return all(other.chosen.get(name, value) == value for name, value in self.chosen.items())

    def origin(self, path: Path) -> Path:
        """Return where ``path`` of this combination stands in the template."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]] + path[length:]
        return path


@dataclass(frozen=True)
class Combinations:
    """The combinations of a template; ``incomplete`` says why they are not all there, if so.

    ``template`` is the template in canonical form; None where it is beyond measure.
    """

    template: object
    all: tuple[Combination, ...]
    incomplete: str = ""


def combinations(template: object, given: Mapping[str, object] | None = None) -> Combinations:
    """Return every combination of ``template``, which may be anything; never raises.

    ``given`` are values of parameters, by name. A template that is no mapping, nests or branches
    beyond measure has no combination that could be trusted, and ``incomplete`` tells why.
    """
    if not isinstance(template, dict):
        return Combinations(None, (), "the template is not an object")
    excess = _excess(template)
    if excess:
        return Combinations(None, (), excess)
    declared = parameters(template.get("Parameters"))
    names, referenced = _used(template)
    given = given or {}
    listed = [p for p in declared if p.values and p.name in referenced and p.name not in given]
    whole = symbols.canonical(template)
    mappings = mapping(mapping(whole).get("Mappings"))
    found: list[Combination] = []
    constant: dict[Path, object] = {}
    memory: dict[object, tuple[object, Any]] = {}
    for choice in itertools.islice(
        itertools.product(*(p.values for p in listed)), MOST_COMBINATIONS + 1
    ):
        chosen = dict(zip((p.name for p in listed), choice, strict=True))
        values = {**given, **chosen}
        definitions = mapping(template.get("Conditions"))
        atoms = sorted(Conditions(definitions, values, mappings).atoms(names))
        if len(atoms) > MOST_COMBINATIONS or len(found) + 2 ** len(atoms) > MOST_COMBINATIONS:
            return Combinations(
                whole,
                tuple(found),
                f"conditions and listed values make more than {MOST_COMBINATIONS} cases",
            )
        for truth in itertools.product((True, False), repeat=len(atoms)):
            decided = dict(zip(atoms, truth, strict=True))
            held = Conditions(definitions, values, mappings, decided).held(names)
            chooser = Chooser(held, values, mappings)
            made = {name: "true" if held else "false" for name, held in decided.items()}
            made |= {name: str(symbols.text(value)) for name, value in chosen.items()}
            found.append(_combination(template, chooser, made, constant, memory))
    return Combinations(whole, tuple(found))


def _excess(template: object) -> str:
    count, waiting = 0, [(0, template)]
    while waiting:
        depth, node = waiting.pop()
        if depth > MOST_LEVELS:
            return f"the template nests deeper than {MOST_LEVELS} levels"
        if count > MOST_NODES:
            return f"the template has more than {MOST_NODES} values"
        count += 1
        waiting.extend((depth + 1, item) for item in inside(node))
    return ""


def _used(template: Mapping[str, object]) -> tuple[list[str], set[str]]:
    """Return the conditions and the parameters that a template uses, by name."""
    conditions: set[str] = set()
    for section in ("Resources", "Outputs"):
        for declared in mapping(template.get(section)).values():
            name = mapping(declared).get("Condition")
            if isinstance(name, str):
                conditions.add(str(name))
    names: set[str] = set()
    for node in nodes(template):
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
    return sorted(conditions), names


def _combination(
    template: Mapping[str, object],
    chooser: Chooser,
    made: Mapping[str, str],
    constant: dict[Path, object],
    memory: dict[object, tuple[object, Any]],
) -> Combination:
    """Return one combination; ``constant`` and ``memory`` keep what is the same in all of them."""

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
    return Combination(Document(body, memory), chooser.origins, made)
