"""Reach compared as sets: packets that groups let through, requests that a load balancer sends on.

A rule of a group lets through a product of protocol, ports and addresses. The rules of a group add
up, so that 80 and 81-90 are 80-90, and two halves of a range are the whole.

A rule of a listener takes the requests that meet all of its conditions; the values of one are
alternatives. An earlier priority may take requests from other rules, a step that authenticates lets
fewer through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.facts import flows, symbols
from bidops_cfn.facts.changes import TEMPLATE
from bidops_cfn.facts.document import Path, Resource, descend, items, mapping
from bidops_cfn.facts.flows import Flow, Peer, PeerKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.restrictions import cases, implied
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.statements import Condition

CODES = 256  # of each ICMP type
Span = tuple[int, int]


def gained_flows(before: Sequence[Flow], after: Sequence[Flow]) -> Iterator[Flow]:
    """Yield the flows of ``after`` that let something through that ``before`` does not."""
    facts = {(flow.fact, flow.unread) for flow in before}
    for flow in after:
        if (flow.fact, flow.unread) not in facts and not _covered(flow, before):
            yield flow


def _covered(flow: Flow, before: Sequence[Flow]) -> bool:
    known = [one for one in before if _may_cover(one, flow)]
    if flow.unread:
        known = [one for one in known if one.unread == flow.unread or _whole(one)]
        return _peers_cover([one.peer for one in known], flow.peer)
    first, last = _span(flow)
    spans = [(one, _span(one) if one.protocol == flow.protocol else (first, last)) for one in known]
    starts = {first, *(low for _, (low, _) in spans), *(high + 1 for _, (_, high) in spans)}
    return all(
        _peers_cover([one.peer for one, (low, high) in spans if low <= start <= high], flow.peer)
        for start in starts
        if first <= start <= last
    )


def _may_cover(known: Flow, flow: Flow) -> bool:
    return known.direction is flow.direction and (
        known.unread == flow.unread if known.unread else known.protocol in ("-1", flow.protocol)
    )


def _whole(flow: Flow) -> bool:
    """Tell whether a flow is everything, whatever an unknown protocol and port may be."""
    return flow.protocol == "-1" and not flow.unread


def _span(flow: Flow) -> Span:
    """Return the ports of a flow, or types and codes as numbers of their own."""
    first, last = flow.first_port, flow.last_port
    if flow.protocol in flows.ICMP:
        if first == flows.ANY:
            return 0, flows.LAST_PORT
        if (first, last) != (0, flows.LAST_PORT):
            start = first * CODES
            return (start, start + CODES - 1) if last == flows.ANY else (start + last, start + last)
    return first, last


def _peers_cover(known: Sequence[Peer], peer: Peer) -> bool:
    if any((one.kind, one.value) == (peer.kind, peer.value) for one in known):
        return True
    ranges = flows.collapsed(flows.network(one.shown) for one in known if one.kind is PeerKind.CIDR)
    if peer.kind is PeerKind.CIDR:
        wanted = flows.network(peer.shown)
        if wanted is not None:
            return flows.covers(ranges, wanted)
    # A group is the private addresses of its members; what else a peer is may have any address.
    everywhere = flows.EVERYWHERE[:1] if peer.kind is PeerKind.GROUP else flows.EVERYWHERE
    return all(flows.covers(ranges, one) for one in everywhere)


LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
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
    names = reading.service_names
    for rule in reading.document.of_type(LISTENER_RULE):
        owners = [one for one in reading.services.values() if is_only_to(rule, one)]
        subject = names[owners[0].logical_id] if owners else TEMPLATE
        where = symbols.show(rule.get("ListenerArn"))
        yield from _routes(rule, subject, where, "Actions")
    for listener in reading.document.of_type(LISTENER):
        where = symbols.show({symbols.REF: listener.logical_id})
        yield from _routes(listener, TEMPLATE, where, "DefaultActions")


def gained_routes(before: Sequence[Route], after: Sequence[Route]) -> Iterator[tuple[Route, str]]:
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
        for group, weight in _targets(action):
            if symbols.text(weight) != "0":
                yield f"forward to {symbols.show(group)}"
    elif not kind.startswith("authenticate") and kind != "jwt-validation":
        inner = {name: item for name, item in action.items() if name not in ("Type", "Order")}
        yield f"{kind} {symbols.key(inner)}"


def _conditions(rule: Resource) -> frozenset[Condition]:
    return frozenset(
        condition for raw in items(rule.get("Conditions")) for condition in _condition(mapping(raw))
    )


def _condition(written: Mapping[str, object]) -> Iterator[Condition]:
    field = symbols.show(written.get("Field"))
    config, *more = [mapping(v) for name, v in written.items() if name.endswith("Config")] or [{}]
    values = [*items(written.get("Values")), *items(config.get("Values"))]
    if more or config.keys() - {"HttpHeaderName", "Values"}:
        yield "as written", field, _texts([dict(written)])
    elif any(symbols.text(one) in _EVERYTHING.get(field, ()) for one in values):
        return
    elif field == "http-header":
        name = symbols.show(config.get("HttpHeaderName")).lower()
        yield "stringlike", f"header {name}", _texts(values)
    elif field in _FIELDS and values:
        if field == "host-header":
            values = [one.lower() if isinstance(one, str) else one for one in values]
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


def route(properties: Mapping[str, object]) -> str:
    """Return the conditions and the listener of a rule, in one order however it is written."""
    conditions = [mapping(one) for one in items(properties.get("Conditions"))]
    parts = sorted(
        f"{symbols.show(one.get('Field'))} {_values(one)}".replace("-header", "")
        for one in conditions
    )
    where = symbols.show(properties.get("ListenerArn"))
    return f"{' and '.join(parts) or 'everything'} at {where}"


def _values(condition: Mapping[str, object]) -> str:
    found = [symbols.text(one) for one in items(condition.get("Values"))]
    for name, config in condition.items():
        if name.endswith("Config"):
            found += [symbols.text(one) for one in items(mapping(config).get("Values"))]
    return ", ".join(sorted(one or "unknown" for one in found)) or "unknown"


def is_only_to(rule: Resource, service: EcsService) -> bool:
    """Tell whether a rule forwards to target groups of ``service`` and does nothing else."""
    actions = items(rule.get("Actions"))
    targets = {symbols.referenced(group) for one in actions for group, _ in _targets(one)}
    forwards = all(symbols.text(descend(one, "Type")) == "forward" for one in actions)
    return bool(targets) and forwards and targets <= set(service.target_groups) - {None}


def _targets(action: object) -> Iterator[tuple[object, object]]:
    """Yield each target group of an action, and its weight."""
    direct = descend(action, "TargetGroupArn")
    groups = items(descend(action, "ForwardConfig", "TargetGroups"))
    if direct is not None or not groups:
        yield direct, None
    yield from ((descend(one, "TargetGroupArn"), descend(one, "Weight")) for one in groups)
