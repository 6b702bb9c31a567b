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
# Flows that there must be, each with the usual id of the standalone rule that lets it through.
Expected = dict[Fact, str]


def own_group(world: World, service: Service) -> object:
    """Return the id of the service's group as a symbol."""
    return {symbols.GETATT: [world.id(service, Part.GROUP), "GroupId"]}


def of_service(world: World, service: Service) -> Expected:
    """Return every flow of the service's own group (FR-025 to FR-029)."""
    endpoints = world.contract.one(Imports.ENDPOINT_SECURITY_GROUP.value)
    database = world.contract.one(Imports.DATABASE_SECURITY_GROUP.value)
    prefix_list = world.settings.s3_prefix_list_id
    facts = {
        _fact(Direction.EGRESS, HTTPS_PORT, endpoints): "",
        _fact(Direction.EGRESS, HTTPS_PORT, prefix_list, PeerKind.PREFIX_LIST): "",
        _fact(Direction.EGRESS, DATABASE_PORT, database): "",
    }
    if service.public:
        balancer = world.contract.one(Imports.ALB_SECURITY_GROUP.value)
        facts[_fact(Direction.INGRESS, service.port, balancer)] = ""
    for caller in world.callers(service):
        fact = _fact(Direction.INGRESS, service.port, own_group(world, caller))
        facts[fact] = f"{service.title}From{caller.title}Ingress"
    for callee in world.callees(service):
        fact = _fact(Direction.EGRESS, callee.port, own_group(world, callee))
        facts[fact] = f"{service.title}To{callee.title}Egress"
    return facts


def of_others(world: World) -> dict[str, Expected]:
    """Return every flow that this stack adds to other stacks' groups, by the group's id."""
    wanted = world.settings.peer_rules
    found: dict[str, Expected] = {}

    def add(group: Imports, fact: Fact, usual_id: str) -> None:
        name = symbols.key(world.contract.one(group.value))
        found.setdefault(name, {})[fact] = usual_id

    for service in world.services:
        own = own_group(world, service)
        title = service.title
        if wanted.endpoints:
            fact = _fact(Direction.INGRESS, HTTPS_PORT, own)
            add(Imports.ENDPOINT_SECURITY_GROUP, fact, f"EndpointsFrom{title}Ingress")
        if wanted.database:
            fact = _fact(Direction.INGRESS, DATABASE_PORT, own)
            add(Imports.DATABASE_SECURITY_GROUP, fact, f"DatabaseFrom{title}Ingress")
        if wanted.load_balancer and service.public:
            fact = _fact(Direction.EGRESS, service.port, own)
            add(Imports.ALB_SECURITY_GROUP, fact, f"LoadBalancerTo{title}Egress")
    return found


def compared(flows: Iterable[Flow], expected: Expected, path: Path) -> Iterator[Mismatch]:
    """Yield flows that are not expected, that are there twice, and that are missing."""
    seen: Counter[Fact] = Counter()
    for flow in flows:
        seen[flow.fact] += 1
        if flow.fact not in expected and not flow.implicit:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)}, which nobody asked for")
        elif seen[flow.fact] > 1:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)} a second time")
    for fact in sorted(expected.keys() - seen.keys()):
        usual_id = expected[fact]
        usually = f", usually by {usual_id}" if usual_id else ""
        yield Mismatch(path, f"does not let through {shown(fact)}{usually}", about=usual_id)


def shown(fact: Fact) -> str:
    """Return a flow as a person reads it."""
    direction, protocol, first, last, kind, peer = fact
    ports = str(first) if first == last else f"{first}-{last}"
    way = "to" if direction == Direction.EGRESS else "from"
    return f"{protocol} {ports} {way} {kind} {symbols.show(json.loads(peer))}"


def _fact(direction: Direction, port: int, peer: object, kind: PeerKind = PeerKind.GROUP) -> Fact:
    return (direction, "tcp", port, port, kind, symbols.key(peer))
