"""Policy statements: what stands in a policy document, read so that nothing is overlooked.

Element names are matched in any letter case, a single statement or value counts as a list of one.
What cannot be read is taken at its worst: an effect that is not ``Deny`` allows, an unreadable
action is ``*``, an unreadable resource is ``*``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.document import Path, Resource, items, mapping, steps_in

Condition = tuple[str, str, tuple[str, ...]]  # operator, key, values
EVERYONE = "every principal"


@dataclass(frozen=True)
class Statement:
    """One statement; ``conditions`` hold operator and key in lower case, values as JSON text.

    ``principals`` are all where ``spared`` names who is left out (``NotPrincipal``).
    ``unread`` is the JSON text of a statement that cannot be read, empty otherwise.
    """

    path: Path
    effect: str
    sid: str
    patterns: tuple[str, ...]
    patterns_excluded: bool
    resources: tuple[object, ...]
    resources_excluded: bool
    conditions: frozenset[Condition]
    principals: tuple[tuple[str, object], ...]
    unread: str = ""
    spared: tuple[tuple[str, object], ...] = ()

    @property
    def readable(self) -> bool:
        """Whether effect and actions are known."""
        return not self.unread

    @property
    def allows(self) -> bool:
        """Whether the statement grants anything."""
        return self.effect != "Deny"

    @cached_property
    def actions(self) -> frozenset[str]:
        """Every action that the statement is about, by the catalogue."""
        named = frozenset[str]().union(*(actions.expand(pattern) for pattern in self.patterns))
        return actions.every_action() - named if self.patterns_excluded else named


def statements(policy: object, path: Path) -> tuple[Statement, ...]:
    """Return the statements of the policy document that stands at ``path``."""
    document = _lower(policy)
    if document is None:
        return (_unreadable(path, policy),)
    raw = document.get("statement")
    if isinstance(raw, (list, tuple)):
        return tuple(_statement(one, (*path, "Statement", i)) for i, one in enumerate(raw))
    return (_statement(raw, (*path, "Statement")),)


def _statement(raw: object, path: Path) -> Statement:
    elements = _lower(raw)
    if elements is None:
        return _unreadable(path, raw)
    patterns, some_patterns = _strings(elements.get("action", elements.get("notaction")))
    resources = tuple(items(elements.get("resource", elements.get("notresource"))))
    effect = elements.get("effect")
    sid = elements.get("sid")
    return Statement(
        path=path,
        effect="Deny" if effect == "Deny" else "Allow",
        sid=sid if isinstance(sid, str) else "",
        # An unknown pattern is everything, in NotAction it excludes nothing.
        patterns=patterns if some_patterns or "action" not in elements else ("*",),
        patterns_excluded="action" not in elements and "notaction" in elements,
        resources=resources or ("*",),
        resources_excluded="resource" not in elements and "notresource" in elements,
        conditions=_conditions(elements.get("condition")),
        principals=_principals(elements),
        unread="" if some_patterns and effect in ("Allow", "Deny") else symbols.key(raw),
        spared=_named(elements.get("notprincipal")),
    )


def _unreadable(path: Path, raw: object) -> Statement:
    worst = _statement({"Effect": "Allow", "Action": "*", "Principal": "*"}, path)
    return replace(worst, unread=symbols.key(raw))


def _lower(raw: object) -> Mapping[str, object] | None:
    if not isinstance(raw, dict) or symbols.function(raw) is not None:
        return None
    return {str(name).lower(): value for name, value in raw.items()}


def _strings(value: object) -> tuple[tuple[str, ...], bool]:
    values = items(value)
    literal = tuple(one for one in values if isinstance(one, str))
    return literal, bool(values) and len(literal) == len(values)


def _conditions(value: object) -> frozenset[Condition]:
    found = set()
    for operator, keys in mapping(value).items():
        for name, wanted in mapping(keys).items():
            values = tuple(sorted(symbols.key(one) for one in items(wanted)))
            found.add((_folded(operator), _folded(name), values))
        if not isinstance(keys, dict):
            found.add((_folded(operator), "?", (symbols.key(keys),)))
    if value is not None and not isinstance(value, dict):
        found.add(("?", "?", (symbols.key(value),)))
    return frozenset(found)


def _folded(name: str) -> str:
    """Return ``name`` in lower case; a letter that only folds to a Latin one stays what it is."""
    return name.lower() if name.isascii() else name


def _principals(elements: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    """Return who is named, as (kind, who); NotPrincipal names all."""
    if "notprincipal" in elements:
        return (("*", "*"),)
    return _named(elements.get("principal"))


def _named(raw: object) -> tuple[tuple[str, object], ...]:
    if isinstance(raw, dict) and symbols.function(raw) is None:
        return tuple((str(kind), who) for kind, names in raw.items() for who in items(names))
    return tuple(("*", who) for who in items(raw))


def show_principal(kind: str, who: object) -> str:
    """Return one of the principals of a statement as people read it."""
    return EVERYONE if kind == who == "*" else f"{kind} {symbols.show(who)}"


def policies_in(resource: Resource) -> Iterator[tuple[Statement, ...]]:
    """Yield every policy document among a resource's properties, as data or as JSON text.

    Properties that name a principal themselves are a statement in another spelling.
    """
    if "Principal" in resource.properties and policy_document(resource.properties) is None:
        action, who = resource.get("Action"), resource.get("Principal")
        spelled = {"Effect": "Allow", "Action": action or "*", "Principal": who}
        yield (_statement(spelled, resource.path),)
    waiting: list[tuple[Path, object]] = [(resource.at(), resource.properties)]
    while waiting:
        path, value = waiting.pop()
        document = policy_document(value)
        if document is not None:
            yield statements(document, path)
        else:
            waiting += steps_in(value, path)


def policy_document(value: object) -> Mapping[str, object] | None:
    """Return the policy document that ``value`` is, as data or as JSON text; None for others."""
    if not isinstance(value, (dict, str)):
        return None
    parts = symbols.parts_of(value)
    written = symbols.show(value) if isinstance(parts[0], str) else ""
    if written.lstrip().startswith("{") and "tatement" in written.lower():
        try:
            found = json.loads(written)
            value = symbols.canonical(found if parts == (value,) else _substituted(found))
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict) and any(str(name).lower() == "statement" for name in value):
        return value
    return None


def _substituted(value: object) -> object:
    """Return what JSON text holds, with the symbols that stood in it when it was put together."""
    if isinstance(value, dict):
        return {name: _substituted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_substituted(item) for item in value]
    return {symbols.SUB: value} if isinstance(value, str) and "${" in value else value
