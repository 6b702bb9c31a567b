"""``network.tsv``: what each service may send and receive, and where it stands, one fact per line.

Beside flows (``ingress``, ``egress``) a line says which subnet a service's tasks stand in, which
group they attach, whether they have a public address, and what the load balancer sends them. The
egress that EC2 adds to a group without inline egress is written out. A group that several things
attach has its flows once for each, and as a peer it is all of them; no requirement asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, logical_id
from bidops_cfn.facts.exposures import exposures, telling_variables
from bidops_cfn.facts.flows import Direction, Flow, PeerKind, SecurityGroup
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.tasks import ExposureKind
from bidops_cfn.printable import printable
from bidops_cfn.review.exposures import reason_of
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.writing import tsv
from bidops_cfn.settings.contract import Imports, Kind
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.flows import GROUPS, KNOWN, S3, ZONES, Zone, asked_by
from bidops_cfn.spec.reviewed import NONE
from bidops_cfn.spec.variables import ON_TRAFFIC

COLUMNS = ("service", "direction", "protocol", "port", "peer", "rule", "requirement")
VARIABLE = "variable"
PLACEMENT = {
    ExposureKind.ADDRESS: "address",
    ExposureKind.SUBNET: "subnet",
    ExposureKind.GROUP: "group",
    ExposureKind.ROUTE: "route",
    ExposureKind.TARGET: "target",
}


class FlowFact(NamedTuple):
    """A line of the table; ``path`` leads into the template."""

    service: str
    direction: str
    protocol: str
    port: str
    peer: str
    rule: str
    requirement: str
    path: Path

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``COLUMNS``."""
        return self[:7]

    @property
    def told(self) -> str:
        """What the service may send, receive or is, as one text: ``ingress tcp 3000 bff``."""
        return " ".join(cell for cell in self.cells[1:5] if cell != "-")


def network_tsv(subject: Subject) -> str:
    """Return the text of ``network.tsv``."""
    return tsv(COLUMNS, (fact.cells for fact in flow_facts(subject)))


@lru_cache(maxsize=SUBJECTS)
def flow_facts(subject: Subject) -> tuple[FlowFact, ...]:
    """Return every line of the table, each once, in order."""
    found = {
        fact._replace(path=()): fact._replace(path=reading.origin(fact.path))
        for reading in subject.readings
        for fact in (*_flows(subject, reading), *_placement(subject, reading))
    }
    return tuple(sorted(found.values(), key=lambda fact: fact.cells))


def _names(subject: Subject, reading: Reading, key: str, shown: str) -> tuple[str, ...]:
    """Return a group as people know it: all that attach it, and its own name.

    A group of this template has its own name only where nothing attaches it.
    """
    attached = reading.attachments.get(key, ())
    group = reading.groups.get(key)
    ours = group is not None and group.resource is not None
    own = subject.names.shown(shown).removeprefix("${").removesuffix("}")
    return attached if ours and attached else (own, *attached)


def _flows(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    for group in reading.groups.values():
        for flow in group.flows:
            peer = _peer(subject, reading, flow)
            for owner in _names(subject, reading, group.id, group.shown):
                yield FlowFact(
                    owner,
                    flow.direction,
                    "all" if flow.protocol == "-1" else flow.protocol,
                    flow.ports,
                    peer + (" (EC2 adds it: no inline egress)" if flow.implicit else ""),
                    logical_id(flow.path),
                    _reason(subject, reading, group, flow),
                    flow.path,
                )


def _reason(subject: Subject, reading: Reading, group: SecurityGroup, flow: Flow) -> str:
    """Return the requirement that asks for a flow between exactly these two, or NONE."""
    if flow.protocol != "tcp" or flow.first_port != flow.last_port or flow.implicit:
        return NONE
    peers: tuple[str, ...] = ()
    if flow.peer.kind is PeerKind.PREFIX_LIST:
        lists = {symbols.key(one) for one in subject.contract.prefix_lists}
        peers = (S3,) if flow.peer.value in lists else ()
    elif flow.peer.kind is PeerKind.GROUP:
        peers = _ends(subject, reading, flow.peer.value)
    found = (
        asked_by(owner, flow.direction, flow.first_port, peer)
        for owner in _ends(subject, reading, group.id)
        for peer in peers
    )
    return next((one for one in found if one != NONE), NONE)


def _ends(subject: Subject, reading: Reading, group: str) -> tuple[str, ...]:
    """Return what a group is in the reviewed list: its one service, or its keys in the contract.

    A group that more than one thing attaches is none of them, and one whose name is another's is
    not what settings take it for.
    """
    attached = reading.attachments.get(group, ())
    ours = reading.groups.get(group)
    if ours is not None and ours.resource is not None:
        return attached if len(attached) == 1 and attached[0] in reading.meant_services else ()
    contract = subject.contract
    keys = (
        member.value.key
        for member in Imports
        if member.value.kind is Kind.ID
        and group in contract.keys(member.value)
        and not contract.doubts(member.value)
    )
    return () if attached else tuple(keys)


def _peer(subject: Subject, reading: Reading, flow: Flow) -> str:
    if flow.peer.kind is PeerKind.GROUP:
        return " ".join(_names(subject, reading, flow.peer.value, flow.peer.shown))
    return subject.names.shown(flow.peer.shown)


def _placement(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    for fact in exposures(reading):
        word = PLACEMENT.get(fact.kind)
        if word:
            reason = reason_of(subject, reading, fact)
            shown, rule = subject.names.shown(fact.shown), logical_id(fact.path)
            yield FlowFact(fact.subject, word, "-", "-", shown, rule, reason, fact.path)
    for fact, told in telling_variables(reading, ON_TRAFFIC):
        shown, rule = subject.names.shown(told), logical_id(fact.path)
        yield FlowFact(fact.subject, VARIABLE, "-", "-", shown, rule, NONE, fact.path)


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
