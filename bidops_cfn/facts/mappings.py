"""Mappings: what ``Fn::FindInMap`` finds, which stands in the template.

A key that only a deployment knows leaves several values; a symbol with all of them takes its place,
so that another value in a mapping is another symbol.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping

Mappings = Mapping[str, object]


def resolved(value: object, mappings: Mappings) -> object:
    """Return ``value`` with every ``Fn::FindInMap`` inside replaced by what it finds."""
    if isinstance(value, dict):
        inner = {key: resolved(item, mappings) for key, item in value.items()}
        return found(inner, mappings)
    if isinstance(value, list):
        return [resolved(item, mappings) for item in value]
    return value


def found(value: object, mappings: Mappings) -> object:
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
