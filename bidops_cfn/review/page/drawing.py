"""The flow graph as SVG: zones, nodes, and edges that can be reached and opened by keyboard."""

from __future__ import annotations

from bidops_cfn.review.flow_graph import Edge, Graph, Zone
from bidops_cfn.review.page.layout import Layout, layout
from bidops_cfn.review.page.markup import Markup, element, join
from bidops_cfn.review.page.measure import NARROW, WIDE, Measure


def drawings(graph: Graph, environment: str) -> Markup:
    """Return the graph twice, for wide and for narrow windows; the style shows one of them."""
    return join(_svg(graph, environment, WIDE, "wide"), _svg(graph, environment, NARROW, "narrow"))


def edge_id(environment: str, graph: Graph, edge: Edge) -> str:
    """Return the id of what tells about an edge."""
    return f"flow-{environment}-{graph.edges.index(edge)}"


def _svg(graph: Graph, environment: str, measure: Measure, name: str) -> Markup:
    placed = layout(graph, measure)
    marker = f"arrow-{environment}-{name}"
    arrow = element(
        "marker",
        element("path", d="M0 0 L8 4 L0 8 z", class_="arrow"),
        id=marker,
        viewBox="0 0 8 8",
        refX="7",
        refY="4",
        markerUnits="userSpaceOnUse",
        markerWidth="11",
        markerHeight="11",
        orient="auto",
    )
    return element(
        "svg",
        element("title", f"Flows of {environment}"),
        element("defs", arrow),
        _zones(placed),
        (_edge(graph, edge, environment, placed, marker) for edge in graph.edges),
        _titles(placed, measure),
        _nodes(graph, placed, measure),
        class_=f"graph {name}",
        viewBox=f"0 0 {placed.width:g} {placed.height:g}",
        width=f"{placed.width:g}",
        height=f"{placed.height:g}",
        role="group",
        aria_label=f"Flow graph of {environment}: choose an edge for its rules",
    )


def _zones(placed: Layout) -> Markup:
    return join(
        element(
            "g",
            element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=10),
            class_=f"zone {zone.name.lower()}",
        )
        for zone, box in placed.zones.items()
    )


def _titles(placed: Layout, measure: Measure) -> Markup:
    """Return the zones' titles, above the edges: what comes in from outside may pass behind."""
    return join(
        element(
            "text",
            _zone_title(zone, measure),
            x=box.x + 12,
            y=box.y + 20,
            class_=f"place {zone.name.lower()}",
        )
        for zone, box in placed.zones.items()
    )


def _zone_title(zone: Zone, measure: Measure) -> str:
    return str(zone) if measure.wide else zone.removesuffix(" subnets")


def _nodes(graph: Graph, placed: Layout, measure: Measure) -> Markup:
    found = []
    for node in graph.nodes:
        box = placed.nodes[node.id]
        x, y = box.middle
        lines = _lines(node.detail, 26 if measure.wide else 15)
        top = y - 7 * len(lines)
        texts = [element("text", node.title, x=x, y=top + 4, class_="title")]
        texts += [
            element("text", line, x=x, y=top + 20 + 14 * index, class_="detail")
            for index, line in enumerate(lines)
        ]
        shape = element("rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=8)
        found.append(element("g", shape, texts, class_=f"node {node.zone.name.lower()}"))
    return join(found)


def _lines(text: str, width: int) -> list[str]:
    """Return ``text`` in at most two lines."""
    if len(text) <= width:
        return [text] if text else []
    cut = text.rfind(" ", 0, width + 1)
    cut = cut if cut > 0 else width
    rest = text[cut:].strip()
    return [text[:cut], rest if len(rest) <= width else rest[: width - 1] + "…"]


def _edge(graph: Graph, edge: Edge, environment: str, placed: Layout, marker: str) -> Markup:
    points = placed.curves[edge]
    path = "M{:g} {:g} C{:g} {:g} {:g} {:g} {:g} {:g}".format(
        *(number for point in points for number in point)
    )
    x, y = _label_point(graph, edge, points)
    half = 5 + 3.6 * len(edge.label)
    kind = "promised" if edge.promised else "asked" if edge.asked else "unasked"
    return element(
        "g",
        element("path", d=path, class_="hit"),
        element("path", d=path, class_="line", marker_end=f"url(#{marker})"),
        element(
            "rect", x=f"{x - half:g}", y=f"{y - 10:g}", width=f"{2 * half:g}", height=20, rx=10
        ),
        element("text", edge.label, x=f"{x:g}", y=f"{y + 4:g}"),
        class_=f"edge {kind}",
        tabindex="0",
        role="button",
        aria_controls=edge_id(environment, graph, edge),
        aria_label=f"{edge.source} to {edge.target}, port {edge.label}",
        data_flow=edge_id(environment, graph, edge),
    )


def _label_point(
    graph: Graph, edge: Edge, points: tuple[tuple[float, float], ...]
) -> tuple[float, float]:
    """Return where the label stands: in a fan near the source, so that labels do not meet."""
    fan = [one for one in graph.edges if one.source == edge.source]
    (x0, y0), (x1, y1), _, (x3, y3) = points
    within = x0 == x3 or (y0 == y3 and y1 != y0) or (x0, y0) == (x1, y1)
    t = 0.28 if y0 == y1 else 0.2 + 0.25 * (fan.index(edge) % 2)
    if within or len(fan) < 3:
        t = 0.5
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    return (
        sum(weight * point[0] for weight, point in zip(weights, points, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, points, strict=True)),
    )
