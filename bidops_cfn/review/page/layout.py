"""Where the nodes of the flow graph stand: ranks from the internet inwards, two ways round.

Wide, ranks are columns; narrow, they are rows. The private tiers share a rank::

    Internet | Public | PrivateApp    | AWS services and data
             |        | PrivateAgent  | Elsewhere
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bidops_cfn.review.flow_graph import Edge, Graph, Node, Zone
from bidops_cfn.review.page.curves import Curve, curves
from bidops_cfn.review.page.measure import Box, Measure

RANKS: tuple[tuple[Zone, ...], ...] = (
    (Zone.INTERNET,),
    (Zone.PUBLIC,),
    (Zone.APP, Zone.AGENT),
    (Zone.DATA, Zone.OTHER),
)


@dataclass(frozen=True)
class Layout:
    """Boxes of nodes by id and of zones, curves of edges, and the size of the whole."""

    nodes: Mapping[str, Box]
    zones: Mapping[Zone, Box]
    curves: Mapping[Edge, Curve]
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
    return Layout(nodes, zones, curves(graph, nodes, measure), *size)


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
