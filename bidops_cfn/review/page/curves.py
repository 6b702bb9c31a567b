"""How the edges of the flow graph run: across the ranks, straight inside one, or around a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bidops_cfn.review.flow_graph import Edge, Graph
from bidops_cfn.review.page.measure import Box, Measure

ROOM, FAR = 40, 130  # a straight line between two boxes of a rank fits a label and nothing else
ARC, ARC_STEP = 56, 26
BESIDE = 0.92  # of a box's width

Curve = tuple[tuple[float, float], ...]


def curves(graph: Graph, nodes: Mapping[str, Box], measure: Measure) -> dict[Edge, Curve]:
    """Return four points of a Bezier curve per edge, spread along the sides that it leaves."""
    found: dict[Edge, Curve] = {}
    within = [edge for edge in graph.edges if _beside(nodes, edge, measure)]
    across = [edge for edge in graph.edges if edge not in within]
    arcs = 0
    for edge in within:
        source, target = nodes[edge.source], nodes[edge.target]
        returned = any((one.source, one.target) == (edge.target, edge.source) for one in within)
        if not returned and _gap(source, target, measure) in range(ROOM, FAR):
            found[edge] = _beside_curve(source, target, measure)
        else:
            found[edge] = _arc(source, target, ARC + ARC_STEP * arcs, measure)
            arcs += 1
    for edge in across:
        mates = [one for one in across if one.source == edge.source]
        others = [one for one in across if one.target == edge.target]
        start = _share(mates, edge, nodes, measure, end=False)
        stop = _share(others, edge, nodes, measure, end=True)
        found[edge] = _curve(nodes[edge.source], nodes[edge.target], start, stop, measure)
    return found


def _gap(source: Box, target: Box, measure: Measure) -> int:
    """Return the pixels between two boxes of one rank."""
    first, second = sorted((source, target), key=lambda box: box.y if measure.wide else box.x)
    if measure.wide:
        return int(second.y - first.y - first.height)
    return int(second.x - first.x - first.width)


def _arc(source: Box, target: Box, away: float, measure: Measure) -> Curve:
    """Return a curve around what stands between two boxes of one rank, on the outer side."""
    (sx, sy), (tx, ty) = source.middle, target.middle
    if measure.wide:
        x = source.x
        return (x, sy), (x - away, sy), (x - away, ty), (x, ty)
    y = source.y
    return (sx, y), (sx, y - away), (tx, y - away), (tx, y)


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


def _curve(source: Box, target: Box, start: float, stop: float, measure: Measure) -> Curve:
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


def _beside_curve(source: Box, target: Box, measure: Measure) -> Curve:
    """Return a straight line between two boxes of one rank, right of the title of their zone."""
    (sx, sy), (tx, ty) = source.middle, target.middle
    if measure.wide:
        sx, tx = (box.x + box.width * BESIDE for box in (source, target))
        down = ty > sy
        one = (sx, source.y + (source.height if down else 0))
        other = (tx, target.y + (0 if down else target.height))
    else:
        right = tx > sx
        one = (source.x + (source.width if right else 0), sy)
        other = (target.x + (0 if right else target.width), ty)
    return one, one, other, other
