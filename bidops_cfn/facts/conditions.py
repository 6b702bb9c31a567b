"""What a deployment decides about a template: parameters, mappings, and conditions over both.

``Fn::And``, ``Or``, ``Not`` and ``Condition`` are computed; each distinct ``Fn::Equals`` that its
literals do not decide is an atom, free to be true or false. What is malformed, undefined or
circular is an atom of its own. So every branch of every ``Fn::If`` is reached, and branches that
exclude each other never meet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping

Mappings = Mapping[str, object]


def resolved(value: object, mappings: Mappings) -> object:
    """Return ``value`` with every ``Fn::FindInMap`` inside replaced by what it finds."""
    if isinstance(value, dict):
        inner = {key: resolved(item, mappings) for key, item in value.items()}
        return looked_up(inner, mappings)
    if isinstance(value, list):
        return [resolved(item, mappings) for item in value]
    return value


def looked_up(value: object, mappings: Mappings) -> object:
    """Return what ``value`` finds when it is a ``Fn::FindInMap``, else ``value``."""
    name, argument = symbols.function(value) or ("", None)
    if name != symbols.FIND or not isinstance(argument, list) or len(argument) != 3:
        return value
    written = symbols.text(argument[0])
    first, second = symbols.text(argument[1]), symbols.text(argument[2])
    candidates = {
        symbols.key(one): one
        for outer, values in mapping(mappings.get(written or "")).items()
        if first in (None, outer)
        for inner, one in mapping(values).items()
        if second in (None, str(inner))
    }
    if not candidates:
        return value
    values = list(candidates.values())
    return values[0] if len(values) == 1 else {symbols.FIND: [*argument, values]}


def choices(value: object) -> Sequence[object]:
    """Return every value that a lookup in a mapping may find; ``value`` alone for all else."""
    name, argument = symbols.function(value) or ("", None)
    if name == symbols.FIND and isinstance(argument, list) and len(argument) == 4:
        return argument[3] if isinstance(argument[3], list) else (value,)
    return (value,)


MOST_VALUES = 8  # more choices than this are as good as unknown


@dataclass(frozen=True)
class Parameter:
    """A parameter; ``values`` are all that it can have, empty when it can have any."""

    name: str
    type: str
    default: object
    values: tuple[object, ...]

    @property
    def default_value(self) -> object:
        """What a reference is by default: a list for types of lists; None where unknown."""
        written = symbols.text(self.default)
        if written is None or self.type.startswith("AWS::SSM::"):
            return None
        lists = self.type == "CommaDelimitedList" or self.type.startswith("List<")
        return [one.strip() for one in written.split(",")] if lists else written


def parameters(section: object) -> tuple[Parameter, ...]:
    """Return the parameters that the ``Parameters`` section declares."""
    found = []
    for name, raw in mapping(section).items():
        declared = mapping(raw)
        kind = declared.get("Type")
        allowed = items(declared.get("AllowedValues"))
        finite = (
            kind in ("String", "Number")
            and len(allowed) <= MOST_VALUES
            and all(symbols.text(value) is not None for value in allowed)
        )
        found.append(
            Parameter(
                str(name),
                kind if isinstance(kind, str) else "",
                declared.get("Default"),
                tuple(allowed) if finite else (),
            )
        )
    return tuple(found)


Atom = str


@dataclass
class Conditions:
    """The ``Conditions`` section, decided once: ``truth`` says which atoms are true.

    ``values`` are the literal values that some parameters are given.
    """

    definitions: Mapping[str, object]
    values: Mapping[str, object]
    mappings: Mappings
    truth: Mapping[Atom, bool] = field(default_factory=dict)
    seen: set[Atom] = field(default_factory=set)
    decided: dict[str, bool] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)

    def atoms(self, names: Sequence[str]) -> frozenset[Atom]:
        """Return the atoms that decide the conditions ``names``."""
        self.held(names)
        return frozenset(self.seen)

    def held(self, names: Sequence[str]) -> dict[str, bool]:
        """Return which of ``names`` are met."""
        return {name: self._is_met(name) for name in names}

    def _is_met(self, name: str) -> bool:
        if name not in self.decided:
            if name not in self.definitions or name in self.open:
                return self._atom(f"condition {name}")
            self.open.add(name)
            self.decided[name] = self._expression(self.definitions[name])
            self.open.discard(name)
        return self.decided[name]

    def _expression(self, expression: object) -> bool:
        operator, argument = _operation(expression)
        if operator == "Condition" and isinstance(argument, str):
            return self._is_met(argument)
        if isinstance(argument, (list, tuple)) and argument:
            if operator == "Fn::Equals" and len(argument) == 2:
                return self._equals(argument)
            if operator in ("Fn::And", "Fn::Or", "Fn::Not"):
                each = [self._expression(part) for part in argument]
                return {"Fn::And": all(each), "Fn::Or": any(each)}.get(operator, not each[0])
        return self._atom(symbols.key(symbols.canonical(expression)))

    def _equals(self, sides: Sequence[object]) -> bool:
        one, other = (self._known(symbols.canonical(side)) for side in sides)
        if symbols.same(one, other):
            return True
        if symbols.is_literal(one) and symbols.is_literal(other):
            return False
        return self._atom(" = ".join(sorted((symbols.key(one), symbols.key(other)))))

    def _known(self, side: object) -> object:
        """Return a canonical value with parameters that are given and mappings looked up."""
        known = symbols.with_known(side, self.values)
        return symbols.canonical(resolved(known, self.mappings))

    def _atom(self, atom: Atom) -> bool:
        self.seen.add(atom)
        return self.truth.get(atom, False)


def _operation(expression: object) -> tuple[str, object]:
    if isinstance(expression, dict) and len(expression) == 1:
        ((operator, argument),) = expression.items()
        return str(operator), argument
    return "", None
