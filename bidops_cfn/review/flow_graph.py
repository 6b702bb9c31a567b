"""The flow graph: who may open a connection to whom, drawn from the facts alone.

A node is a service, a group of another stack, an address range or a prefix list, in one of four
zones. An edge goes from the one that opens the connection to the one that accepts it; it has a rule
on one side or on both. The way from the internet to the load balancer belongs to NetworkStack: it
is drawn as a promise, never as a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts.flows import Direction
from bidops_cfn.printable import printable
from bidops_cfn.review.flow_facts import FlowFact, flow_facts
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.flows import GROUPS, KNOWN, ZONES, Zone
from bidops_cfn.spec.reviewed import NONE


@dataclass(frozen=True)
class Node:
    """A node: ``id`` is a word, ``title`` and ``detail`` are what people read."""

    id: str
    title: str
    detail: str
    zone: Zone


@dataclass(frozen=True)
class Edge:
    """Connections from ``source`` to ``target``; ``rules`` are logical ids, both sides' together.

    ``promised`` is set for what another stack promises; ``asked`` is False where no requirement
    asks for the flow.
    """

    source: str
    target: str
    label: str
    rules: tuple[str, ...]
    requirements: tuple[str, ...]
    promised: bool = False

    @property
    def asked(self) -> bool:
        """Whether every rule of the edge has a requirement that asks for it."""
        return NONE not in self.requirements


@dataclass(frozen=True)
class Graph:
    """Nodes and edges, both in a fixed order."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


INTERNET = Node("internet", "Internet", "", Zone.INTERNET)
WORLD = frozenset({"0.0.0.0/0", "::/0"})
_MEANING = re.compile(r"""["'`#;<>&%\\{}\[\]|$]""")


def flow_graph(subject: Subject) -> Graph:
    """Return the graph of a template's flows."""
    nodes: dict[str, Node] = {}
    edges: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for service in subject.specified:
        if any(reading.service(service.name) for reading in subject.readings):
            nodes[service.name] = _service(service)
    for fact in flow_facts(subject):
        if fact.direction in (Direction.INGRESS, Direction.EGRESS):
            for name in (fact.service, fact.peer):
                nodes.setdefault(name, _node(subject, name))
            rules, asked = edges.setdefault(_between(nodes, fact), (set(), set()))
            rules.add(fact.rule)
            asked.update(fact.requirement.split())
    found = [
        Edge(*key, tuple(sorted(rules)), tuple(sorted(asked)))
        for key, (rules, asked) in edges.items()
    ]
    public = Imports.ALB_SECURITY_GROUP.value.key
    balancer = next((one for name, one in nodes.items() if name.partition(" ")[0] == public), None)
    if balancer is not None:
        nodes.setdefault("0.0.0.0/0", INTERNET)
        found.append(Edge(INTERNET.id, balancer.id, "80, 443", (), (), promised=True))
    zones = list(Zone)
    unique = {node.id: node for node in nodes.values()}
    inwards = sorted(unique.values(), key=lambda node: (zones.index(node.zone), node.id))
    order = [node.id for node in inwards]
    found.sort(key=lambda one: (order.index(one.source), order.index(one.target), one.label))
    return Graph(tuple(inwards), tuple(found))


def _service(service: Service) -> Node:
    short = len(service.name) <= 3  # an abbreviation, such as BFF
    title = service.name.upper() if short else service.title
    zone = ZONES.get(service.subnets, Zone.OTHER)
    return Node(_word(service.name), title, f"port {service.port}", zone)


def _node(subject: Subject, name: str) -> Node:
    if name.partition(" ")[0] in WORLD:
        return INTERNET
    key, _, source = name.partition(" (")
    if key in KNOWN:
        title, detail, zone = KNOWN[key]
        source = source.removesuffix(")")
        several = len(subject.environment.references(GROUPS[key].value)) > 1
        word = _word(key.partition(".")[2]) + (f"_{_word(source)}" if several else "")
        return Node(word, title, source or detail, zone)
    if name == subject.environment.network.s3_prefix_list_id:
        return Node("s3", "S3", f"prefix list {name}", Zone.DATA)
    return Node(f"other_{_word(name)}", name, "", Zone.OTHER)


def _word(name: str) -> str:
    """Return a word for a name, and for every name another one."""
    return "".join(one if one.isascii() and one.isalnum() else f"_{ord(one):x}_" for one in name)


def _between(nodes: Mapping[str, Node], fact: FlowFact) -> tuple[str, str, str]:
    """Return what opens a connection, what accepts it, and the label: ports of TCP, or more."""
    ends = (nodes[fact.service].id, nodes[fact.peer].id)
    source, target = ends if fact.direction == Direction.EGRESS else ends[::-1]
    label = fact.port if fact.protocol == "tcp" else f"{fact.protocol} {fact.port}"
    return source, target, "everything" if label == "all all" else label


def lines(graph: Graph) -> Iterator[str]:
    """Yield the graph as a Mermaid flow chart, line by line."""
    yield "flowchart LR"
    for zone in Zone:
        inside = [node for node in graph.nodes if node.zone is zone]
        if inside:
            yield f'  subgraph {zone.name}["{zone}"]'
            for node in inside:
                text = "<br/>".join(_label(one) for one in (node.title, node.detail) if one)
                yield f'    {node.id}["{text}"]'
            yield "  end"
    for edge in graph.edges:
        arrow = "-.->" if edge.promised else "-->" if edge.asked else "==>"
        yield f'  {edge.source} {arrow}|"{_label(edge.label)}"| {edge.target}'


def _label(text: str) -> str:
    """Return ``text`` for a quoted label: what could end it, or mean something, as its number."""
    return _MEANING.sub(lambda match: f"#{ord(match.group())};", printable(text))
