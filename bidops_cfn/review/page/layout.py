"""Where the nodes of the flow graph stand: ranks from the internet inwards, two ways round.

Wide, ranks are columns; narrow, they are rows. The private tiers share a rank::

    Internet | Public | PrivateApp    | AWS services and data
             |        | PrivateAgent  | Elsewhere
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.review.flow_graph import Edge, Graph, Node, Zone

RANKS: tuple[tuple[Zone, ...], ...] = (
    (Zone.INTERNET,),
    (Zone.PUBLIC,),
    (Zone.APP, Zone.AGENT),
    (Zone.DATA, Zone.OTHER),
)


@dataclass(frozen=True)
class Box:
    """A rectangle, by its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Measure:
    """Sizes of a layout, in pixels; ``wide`` when ranks are columns."""

    wide: bool
    node_width: float
    node_height: float
    rank_gap: float
    lane_gap: float
    zone_gap: float
    padding: float = 12
    title: float = 26


WIDE = Measure(True, 172, 62, 150, 30, 60)
NARROW = Measure(False, 104, 64, 92, 8, 44, padding=8)


@dataclass(frozen=True)
class Layout:
    """Boxes of nodes by id and of zones, curves of edges, and the size of the whole."""

    nodes: Mapping[str, Box]
    zones: Mapping[Zone, Box]
    curves: Mapping[Edge, tuple[tuple[float, float], ...]]
    width: float
    height: float


def layout(graph: Graph, measure: Measure) -> Layout:
    """Return the layout of ``graph``."""
    nodes: dict[str, Box] = {}
    zones: dict[Zone, Box] = {}
    ranks = [_groups(graph, rank) for rank in RANKS]
    lanes = [_extent(groups, measure) for groups in ranks]
    longest = max(lanes, default=0)
    along = _along(measure)
    position = measure.padding
    for groups, extent in zip(ranks, lanes, strict=True):
        if not groups:
            continue
        across = measure.padding + (longest - extent) / 2
        for zone, members in groups:
            zones[zone], placed = _zone(members, position, across, measure)
            nodes |= placed
            across += _zone_extent(members, measure) + measure.zone_gap
        position += along + measure.rank_gap
    length = position - measure.rank_gap + measure.padding
    breadth = longest + 2 * measure.padding
    size = (length, breadth) if measure.wide else (breadth, length)
    return Layout(nodes, zones, _curves(graph, nodes, measure), *size)


def _groups(graph: Graph, rank: Sequence[Zone]) -> list[tuple[Zone, list[Node]]]:
    found = [(zone, [node for node in graph.nodes if node.zone is zone]) for zone in rank]
    return [(zone, members) for zone, members in found if members]


def _along(measure: Measure) -> float:
    """Return how long a zone is in the direction of the ranks."""
    node = measure.node_width if measure.wide else measure.node_height + measure.title
    return node + 2 * measure.padding


def _zone_extent(members: Sequence[Node], measure: Measure) -> float:
    """Return how long a zone is across the ranks."""
    node = measure.node_height if measure.wide else measure.node_width
    title = measure.title if measure.wide else 0
    return len(members) * node + (len(members) - 1) * measure.lane_gap + 2 * measure.padding + title


def _extent(groups: Sequence[tuple[Zone, Sequence[Node]]], measure: Measure) -> float:
    whole = sum(_zone_extent(members, measure) for _, members in groups)
    return whole + max(len(groups) - 1, 0) * measure.zone_gap


def _zone(
    members: Sequence[Node], position: float, across: float, measure: Measure
) -> tuple[Box, dict[str, Box]]:
    extent, along = _zone_extent(members, measure), _along(measure)
    corner = (position, across) if measure.wide else (across, position)
    size = (along, extent) if measure.wide else (extent, along)
    placed = {}
    for index, node in enumerate(members):
        step = index * (
            (measure.node_height if measure.wide else measure.node_width) + measure.lane_gap
        )
        x = corner[0] + measure.padding + (0 if measure.wide else step)
        y = corner[1] + measure.title + measure.padding + (step if measure.wide else 0)
        placed[node.id] = Box(x, y, measure.node_width, measure.node_height)
    return Box(*corner, *size), placed


def _curves(
    graph: Graph, nodes: Mapping[str, Box], measure: Measure
) -> dict[Edge, tuple[tuple[float, float], ...]]:
    """Return four points of a Bezier curve per edge, spread along the sides that it leaves."""
    found = {}
    leaving: dict[str, list[Edge]] = {}
    arriving: dict[str, list[Edge]] = {}
    for edge in graph.edges:
        leaving.setdefault(edge.source, []).append(edge)
        arriving.setdefault(edge.target, []).append(edge)
    for edge in graph.edges:
        source, target = nodes[edge.source], nodes[edge.target]
        mates = [one for one in leaving[edge.source] if not _beside(nodes, one, measure)]
        others = [one for one in arriving[edge.target] if not _beside(nodes, one, measure)]
        if _beside(nodes, edge, measure):
            found[edge] = _beside_curve(source, target, measure)
        else:
            start = _share(mates, edge, nodes, measure, end=False)
            stop = _share(others, edge, nodes, measure, end=True)
            found[edge] = _curve(source, target, start, stop, measure)
    return found


def _beside(nodes: Mapping[str, Box], edge: Edge, measure: Measure) -> bool:
    """Tell whether both ends stand in one rank."""
    one, other = nodes[edge.source], nodes[edge.target]
    return one.x == other.x if measure.wide else one.y == other.y


def _share(
    mates: Sequence[Edge], edge: Edge, nodes: Mapping[str, Box], measure: Measure, *, end: bool
) -> float:
    """Return which part of a side an edge gets, from 0 to 1, in the order of the other ends."""

    def place(one: Edge) -> float:
        box = nodes[one.source if end else one.target]
        return box.y if measure.wide else box.x

    ordered = sorted(mates, key=lambda one: (place(one), one.label))
    return (ordered.index(edge) + 1) / (len(ordered) + 1)


def _curve(
    source: Box, target: Box, start: float, stop: float, measure: Measure
) -> tuple[tuple[float, float], ...]:
    if measure.wide:
        forward = target.x > source.x
        x1 = source.x + (source.width if forward else 0)
        x2 = target.x + (0 if forward else target.width)
        y1, y2 = source.y + source.height * start, target.y + target.height * stop
        bend = (x2 - x1) / 2
        return (x1, y1), (x1 + bend, y1), (x2 - bend, y2), (x2, y2)
    forward = target.y > source.y
    y1 = source.y + (source.height if forward else 0)
    y2 = target.y + (0 if forward else target.height)
    x1, x2 = source.x + source.width * start, target.x + target.width * stop
    bend = (y2 - y1) / 2
    return (x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2)


def _beside_curve(source: Box, target: Box, measure: Measure) -> tuple[tuple[float, float], ...]:
    """Return a straight line between two boxes of one rank."""
    (sx, sy), (tx, ty) = source.middle, target.middle
    if measure.wide:
        down = ty > sy
        one = (sx, source.y + (source.height if down else 0))
        other = (tx, target.y + (0 if down else target.height))
    else:
        right = tx > sx
        one = (source.x + (source.width if right else 0), sy)
        other = (target.x + (0 if right else target.width), ty)
    return one, one, other, other
