"""Parameters: which of them can only have values that are known, and which can be anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.paths import Path

MOST_VALUES = 8  # more choices than this are as good as unknown


@dataclass(frozen=True)
class Parameter:
    """A parameter; ``values`` are all that it can have, empty when it can have any."""

    name: str
    type: str
    default: object
    values: tuple[object, ...]
    declared: Mapping[str, object]

    @property
    def default_value(self) -> object:
        """What a reference is by default: a list for types of lists; None where unknown."""
        written = symbols.text(self.default)
        if written is None or self.type.startswith("AWS::SSM::"):
            return None
        lists = self.type == "CommaDelimitedList" or self.type.startswith("List<")
        return [one.strip() for one in written.split(",")] if lists else written

    @property
    def path(self) -> Path:
        """Where the parameter stands."""
        return ("Parameters", self.name)


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
                declared,
            )
        )
    return tuple(found)
