"""Routes compared as sets: which requests a load balancer sends where, and under what guard.

A rule takes the requests that meet all of its conditions; the values of one are alternatives. An
earlier priority may take requests from other rules, a step that authenticates lets fewer through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, descend, items, mapping
from bidops_cfn.facts.exposures import TEMPLATE, service_names
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.placement import LISTENER_RULE, is_only_to, route
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.restrictions import cases, implied
from bidops_cfn.facts.statements import Condition

LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
LAST = 50_000  # the highest priority; the default comes after it
_FIELDS = {
    "host-header": "stringlike",
    "path-pattern": "stringlike",
    "http-request-method": "stringequals",
    "source-ip": "ipaddress",
}
_EVERYTHING = {"host-header": ("*",), "path-pattern": ("*", "/*")}


@dataclass(frozen=True)
class Route:
    """Requests at a listener that are sent to one place."""

    subject: str
    listener: str
    to: str
    conditions: frozenset[Condition]
    guards: frozenset[str]
    priority: object
    shown: str
    path: Path

    def covers(self, other: Route, conditions: frozenset[Condition]) -> bool:
        """Tell whether this route takes what ``other`` takes in one case of its conditions."""
        return (
            (self.listener, self.to) == (other.listener, other.to)
            and implied(conditions, self.conditions)
            and self.guards <= other.guards
            and _no_later(self.priority, other.priority)
        )


def routes(reading: Reading) -> Iterator[Route]:
    """Yield every route of one combination of conditions."""
    names = service_names(reading)
    for rule in reading.document.of_type(LISTENER_RULE):
        owners = [one for one in reading.services.values() if is_only_to(rule, one)]
        subject = names[owners[0].logical_id] if owners else TEMPLATE
        where = symbols.show(rule.get("ListenerArn"))
        yield from _routes(rule, subject, where, "Actions")
    for listener in reading.document.of_type(LISTENER):
        where = symbols.show({symbols.REF: listener.logical_id})
        yield from _routes(listener, TEMPLATE, where, "DefaultActions")


def gained(before: Sequence[Route], after: Sequence[Route]) -> Iterator[tuple[Route, str]]:
    """Yield the routes of ``after`` that take more than those of ``before``, and as text."""
    for one in after:
        missing = [
            case
            for case in cases(one.conditions)
            if not any(known.covers(one, case) for known in before)
        ]
        if missing:
            alike = (known for known in before if known.conditions == one.conditions)
            only_order = any(
                (known.listener, known.to, known.guards) == (one.listener, one.to, one.guards)
                for known in alike
            )
            order = f" at priority {symbols.show(one.priority)}" if only_order else ""
            yield one, f"{one.shown}{order}"


def _routes(resource: Resource, subject: str, listener: str, step: str) -> Iterator[Route]:
    actions = [mapping(one) for one in items(resource.get(step))]
    kinds = [symbols.show(one.get("Type")) for one in actions]
    guards = frozenset(
        symbols.key(one)
        for one, kind in zip(actions, kinds, strict=True)
        if kind.startswith("authenticate") or kind == "jwt-validation"
    )
    foreign = ": " + (", ".join(kinds) or "nothing") if subject == TEMPLATE else ""
    shown = f"{route(resource.properties)}{foreign}" if step == "Actions" else ""
    for action in actions:
        for to in _places(action):
            yield Route(
                subject,
                listener,
                to,
                _conditions(resource),
                guards,
                resource.get("Priority") if step == "Actions" else LAST + 1,
                shown or f"everything else at {listener}: {to}",
                resource.path,
            )


def _places(action: Mapping[str, object]) -> Iterator[str]:
    kind = symbols.show(action.get("Type"))
    if kind == "forward":
        groups = [mapping(one) for one in items(descend(action, "ForwardConfig", "TargetGroups"))]
        direct = action.get("TargetGroupArn")
        if direct is not None or not groups:
            yield f"forward to {symbols.show(direct)}"
        for group in groups:
            if symbols.text(group.get("Weight")) != "0":
                yield f"forward to {symbols.show(group.get('TargetGroupArn'))}"
    elif not kind.startswith("authenticate") and kind != "jwt-validation":
        inner = {name: item for name, item in action.items() if name not in ("Type", "Order")}
        yield f"{kind} {symbols.key(inner)}"


def _conditions(rule: Resource) -> frozenset[Condition]:
    return frozenset(
        condition for raw in items(rule.get("Conditions")) for condition in _condition(mapping(raw))
    )


def _condition(written: Mapping[str, object]) -> Iterator[Condition]:
    field = symbols.show(written.get("Field"))
    config: Mapping[str, object] = next(
        (mapping(value) for name, value in written.items() if name.endswith("Config")), {}
    )
    values = [*items(written.get("Values")), *items(config.get("Values"))]
    if any(symbols.text(one) in _EVERYTHING.get(field, ()) for one in values):
        return
    if field == "host-header":
        values = [one.lower() if isinstance(one, str) else one for one in values]
    if field == "http-header":
        name = symbols.show(config.get("HttpHeaderName")).lower()
        yield "stringlike", f"header {name}", _texts(values)
    elif field in _FIELDS and values:
        yield _FIELDS[field], field, _texts(values)
    else:
        # Regular expressions, pairs of a query and what is new: alternatives that are compared
        # as they are written.
        yield "as written", field, _texts(values or [dict(written)])


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(sorted(symbols.key(one) for one in values))


def _no_later(one: object, other: object) -> bool:
    """Tell whether a rule of priority ``one`` comes no later than one of ``other``."""
    if symbols.same(one, other):
        return True
    first, second = symbols.text(one), symbols.text(other)
    known = first and second and symbols.is_number(first) and symbols.is_number(second)
    return bool(known) and int(first or "") <= int(second or "")
