"""One way through the branches of a template: each ``Fn::If`` replaced by what it comes to."""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts import mappings, symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.paths import Path

GONE = object()


class Chooser:
    """Takes one branch of every ``Fn::If`` and remembers where what is left came from."""

    def __init__(
        self, held: Mapping[str, bool], values: Mapping[str, object], mappings: mappings.Mappings
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

    def choose(self, node: object, here: Path, origin: Path | None = None) -> object:
        """Return ``node`` as it is in this combination, at ``here``, written at ``origin``."""
        chosen = self._choose(node, here, here if origin is None else origin)
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
            return mappings.found(left_over, self.mappings)
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
