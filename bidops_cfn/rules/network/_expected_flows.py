"""What the specification lets through, group by group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roster import Part
from bidops_cfn.model import DATABASE_PORT, HTTPS_PORT, Service
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import Mismatch

Fact = tuple[str, str, int, int, str, str]


def own_group(world: World, service: Service) -> object:
    """Return the id of the service's group as a symbol."""
    return {symbols.GETATT: [world.id(service, Part.GROUP), "GroupId"]}


def of_service(world: World, service: Service) -> set[Fact]:
    """Return every flow of the service's own group (FR-025 to FR-029)."""
    endpoints = world.contract.one(Imports.ENDPOINT_SECURITY_GROUP.value)
    database = world.contract.one(Imports.DATABASE_SECURITY_GROUP.value)
    facts = {
        _fact(Direction.EGRESS, HTTPS_PORT, endpoints),
        _fact(Direction.EGRESS, HTTPS_PORT, world.settings.s3_prefix_list_id, PeerKind.PREFIX_LIST),
        _fact(Direction.EGRESS, DATABASE_PORT, database),
    }
    if service.public:
        balancer = world.contract.one(Imports.ALB_SECURITY_GROUP.value)
        facts.add(_fact(Direction.INGRESS, service.port, balancer))
    for caller in world.callers(service):
        facts.add(_fact(Direction.INGRESS, service.port, own_group(world, caller)))
    for callee in world.callees(service):
        facts.add(_fact(Direction.EGRESS, callee.port, own_group(world, callee)))
    return facts


def of_others(world: World) -> dict[str, set[Fact]]:
    """Return every flow that this stack adds to other stacks' groups, by the group's id."""
    wanted = world.settings.peer_rules
    found: dict[str, set[Fact]] = {}

    def add(group: Imports, fact: Fact) -> None:
        found.setdefault(symbols.key(world.contract.one(group.value)), set()).add(fact)

    for service in world.services:
        own = own_group(world, service)
        if wanted.endpoints:
            add(Imports.ENDPOINT_SECURITY_GROUP, _fact(Direction.INGRESS, HTTPS_PORT, own))
        if wanted.database:
            add(Imports.DATABASE_SECURITY_GROUP, _fact(Direction.INGRESS, DATABASE_PORT, own))
        if wanted.load_balancer and service.public:
            add(Imports.ALB_SECURITY_GROUP, _fact(Direction.EGRESS, service.port, own))
    return found


def compared(flows: Iterable[Flow], expected: set[Fact], path: Path) -> Iterator[Mismatch]:
    """Yield flows that are not expected, that are there twice, and that are missing."""
    seen: Counter[Fact] = Counter()
    for flow in flows:
        seen[flow.fact] += 1
        if flow.fact not in expected and not flow.implicit:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)}, which nobody asked for")
        elif seen[flow.fact] > 1:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)} a second time")
    for fact in sorted(expected - seen.keys()):
        yield Mismatch(path, f"does not let through {shown(fact)}")


def shown(fact: Fact) -> str:
    """Return a flow as a person reads it."""
    direction, protocol, first, last, kind, peer = fact
    ports = str(first) if first == last else f"{first}-{last}"
    way = "to" if direction == Direction.EGRESS else "from"
    return f"{protocol} {ports} {way} {kind} {symbols.show(json.loads(peer))}"


def _fact(direction: Direction, port: int, peer: object, kind: PeerKind = PeerKind.GROUP) -> Fact:
    return (direction, "tcp", port, port, kind, symbols.key(peer))
