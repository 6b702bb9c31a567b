"""The flow graph as one drawing for every window: boxes below each other, arrows beside them.

::

    zone  [ Internet      ]-----------+      a lane each: edges that do not overlap share one
    zone  [ Load balancer ]<-80, 443--+-+
    zone  [ BFF           ]<-3000-------+    a label stands where its arrow enters

Lines are horizontal or vertical. Only horizontal ones, each at a height of its own, run where the
labels stand, and all lines run right of the boxes: no arrow can cross a label, a box or a title.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.review.flows import Edge, Graph, Node
from bidops_cfn.review.page.rendered import Child, Markup, element
from bidops_cfn.spec.flows import Zone

LEFT, BOX, PADDING, TITLE, GAP = 4, 168, 8, 24, 10
ROW, LOWEST, LANE, LANES, LETTER = 20, 42, 13, 150, 7
MOST_LETTERS = 25
LEGEND = {
    "asked": "a requirement asks for it",
    "promised": "another stack promises it",
    "unasked": "no requirement asks for it",
}


@dataclass(frozen=True)
class Layout:
    """Top and height of nodes by id and of zones; where each edge leaves and enters; its lane.

    ``labels`` is how wide the column of the labels is.
    """

    nodes: Mapping[str, tuple[float, float]]
    zones: Mapping[Zone, tuple[float, float]]
    ends: Mapping[tuple[Edge, bool], float]
    lanes: Mapping[Edge, int]
    height: float
    labels: float

    def lane(self, number: int) -> float:
        """Return where a lane runs; many lanes stand closer."""
        step = min(LANE, LANES / (max(self.lanes.values(), default=0) + 1))
        return LEFT + BOX + 3 * PADDING + self.labels + step * number


def layout(graph: Graph) -> Layout:
    """Return where everything stands, from the outside in."""
    nodes: dict[str, tuple[float, float]] = {}
    zones: dict[Zone, tuple[float, float]] = {}
    y: float = LEFT
    for zone in Zone:
        members = [node for node in graph.nodes if node.zone is zone]
        top, y = y, y + TITLE
        for node in members:
            ends = [end for edge in graph.edges for end in (edge.source, edge.target)]
            height = max(LOWEST, ROW * ends.count(node.id) + PADDING)
            nodes[node.id] = (y, height)
            y += height + PADDING
        zones |= {zone: (top, y - top)} if members else {}
        y = y + GAP if members else top
    heights = _ends(graph, nodes)
    longest = max((len(edge.label) for edge in graph.edges), default=0)
    labels = LETTER * longest + 14
    return Layout(nodes, zones, heights, _lanes(graph, heights), y, labels)


def _ends(graph: Graph, nodes: Mapping[str, tuple[float, float]]) -> dict[tuple[Edge, bool], float]:
    """Return the height of each end of each edge (the second part tells whether it is the target).

    What goes up leaves above what goes down, and the outer lane outside, so that few lines cross.
    """
    found: dict[tuple[Edge, bool], float] = {}
    for name, (top, height) in nodes.items():

        def order(end: tuple[Edge, bool], top: float = top) -> tuple[bool, float]:
            away = nodes[end[0].source if end[1] else end[0].target][0] - top
            return away > 0, -away

        mine = [(edge, False) for edge in graph.edges if edge.source == name]
        mine += [(edge, True) for edge in graph.edges if edge.target == name]
        first = top + height / 2 - ROW * (len(mine) - 1) / 2
        for place, end in enumerate(sorted(mine, key=order)):
            found[end] = first + ROW * place
    return found


def _lanes(graph: Graph, ends: Mapping[tuple[Edge, bool], float]) -> dict[Edge, int]:
    """Return the lane of each edge: the shortest are inside, none overlaps another in its lane."""
    spans = {edge: sorted((ends[edge, False], ends[edge, True])) for edge in graph.edges}
    found: dict[Edge, int] = {}
    for edge in sorted(graph.edges, key=lambda one: spans[one][1] - spans[one][0]):
        low, high = spans[edge]
        taken = {
            lane for one, lane in found.items() if spans[one][0] <= high and low <= spans[one][1]
        }
        found[edge] = next(lane for lane in range(len(found) + 1) if lane not in taken)
    return found


def drawing(graph: Graph, environment: str) -> Markup:
    """Return the graph as SVG; its arrows lead to the rows ``F1``, ``F2``, ... of the page."""
    placed = layout(graph)
    width = max(placed.lane(max(placed.lanes.values(), default=0)) + LANE, 240)
    height = placed.height + ROW * len(LEGEND) + GAP
    marker = f"arrow-{environment}"
    head = element("path", d="M0 0 L8 4 L0 8 z", class_="arrow")
    shape = {"viewBox": "0 0 8 8", "refX": 8, "refY": 4, "orient": "auto"}
    size = {"markerUnits": "userSpaceOnUse", "markerWidth": 10, "markerHeight": 10}
    edges = (_edge(edge, number, environment, placed) for number, edge in enumerate(graph.edges, 1))
    return element(
        "svg",
        element("title", f"Flows of {environment}"),
        element("defs", element("marker", head, id=marker, **shape, **size)),
        map(_zone, placed.zones.items()),
        edges,
        (_node(node, *placed.nodes[node.id]) for node in graph.nodes),
        _legend(placed.height, marker),
        class_="graph",
        viewBox=f"0 0 {width:g} {height:g}",
        width=f"{width:g}",
        height=f"{height:g}",
        role="group",
        aria_label=f"Flow graph of {environment}: each arrow leads to its rules",
    )


def _zone(item: tuple[Zone, tuple[float, float]]) -> Markup:
    zone, (top, height) = item
    box = element("rect", x=LEFT, y=top, width=BOX + 2 * PADDING, height=height, rx=8)
    title = element("text", zone, x=LEFT + PADDING, y=top + 16, class_="place")
    return element("g", box, title, class_=f"zone {zone.name.lower()}")


def _node(node: Node, top: float, height: float) -> Markup:
    x, middle = LEFT + PADDING, top + height / 2
    lines = [(node.title, "title")] + [(node.detail, "detail")] * bool(node.detail)
    texts = (
        element(
            "text",
            _short(text),
            x=x + 10,
            y=middle + 4 + 8 * (2 * place - len(lines) + 1),
            class_=kind,
        )
        for place, (text, kind) in enumerate(lines)
    )
    box = element("rect", x=x, y=top, width=BOX, height=height, rx=6)
    return element("g", element("title", f"{node.title} {node.detail}"), box, texts, class_="node")


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def _edge(edge: Edge, number: int, environment: str, placed: Layout) -> Markup:
    start, stop = placed.ends[edge, False], placed.ends[edge, True]
    side = LEFT + PADDING + BOX
    path = f"M{side} {start:g} H{placed.lane(placed.lanes[edge]):g} V{stop:g} H{side}"
    x, half = side + 2 * PADDING + placed.labels / 2, LETTER * len(edge.label) / 2 + 4
    kind = "promised" if edge.promised else "asked" if edge.asked else "unasked"
    return element(
        "a",
        element("path", d=path, class_="hit"),
        element("path", d=path, class_="line", marker_end=f"url(#arrow-{environment})"),
        element("rect", x=f"{x - half:g}", y=stop - 8, width=f"{2 * half:g}", height=16, rx=8),
        element("text", edge.label, x=f"{x:g}", y=stop + 4),
        class_=f"edge {kind}",
        href=f"#F{number}-{environment}",
        aria_label=f"{edge.source} to {edge.target}, port {edge.label}",
    )


def _legend(top: float, marker: str) -> Iterator[Child]:
    for place, (kind, meaning) in enumerate(LEGEND.items()):
        y = top + GAP + ROW * place
        line = element("path", d=f"M{LEFT} {y:g} h44", class_="line", marker_end=f"url(#{marker})")
        yield element("g", line, class_=f"edge {kind}")
        yield element("text", meaning, x=LEFT + 56, y=f"{y + 4:g}", class_="detail")
