"""The flow graph on the page, and what is known of each of its edges."""

from __future__ import annotations

from bidops_cfn.review.flow_facts import COLUMNS, flow_facts
from bidops_cfn.review.flow_graph import Edge, Graph, flow_graph
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.drawing import drawings, edge_id
from bidops_cfn.review.page.markup import Child, Markup, element, table
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.subject import Subject
from bidops_cfn.spec.reviewed import NONE

LEGEND = (
    ("asked", "a requirement asks for it"),
    ("promised", "another stack promises it"),
    ("unasked", "no requirement asks for it"),
)


def flow_section(subject: Subject) -> Markup:
    """Return the graph, the details of its edges, and every flow as a table."""
    graph = flow_graph(subject)
    return card(
        subject,
        "flows",
        "Flows",
        element(
            "p",
            "Drawn from the rules of the template. An arrow starts where a connection is opened; "
            "choose one for its rules and requirements.",
        ),
        element("ul", (_sample(*one) for one in LEGEND), class_="legend"),
        element("div", drawings(graph, subject.name), class_="canvas"),
        element(
            "div",
            element("p", "Choose an arrow.", class_="hint"),
            (_edge_details(subject, graph, edge) for edge in graph.edges),
            class_="details",
            aria_live="polite",
        ),
        element(
            "details",
            element("summary", "Every flow and placement as a table"),
            table(COLUMNS, (fact.cells for fact in flow_facts(subject)), class_="facts"),
        ),
    )


def _sample(kind: str, meaning: str) -> Markup:
    """Return an item of the legend, drawn as the edges are."""
    line = element("path", d="M2 8 H38", class_="line")
    head = element("path", d="M36 4 L44 8 L36 12 z", class_="arrow")
    drawn = element("svg", line, head, width=46, height=16, aria_hidden="true", class_="sample")
    return element("li", element("span", drawn, class_=f"edge {kind}"), meaning)


def _edge_details(subject: Subject, graph: Graph, edge: Edge) -> Markup:
    titles = {node.id: node.title for node in graph.nodes}
    rules: list[Child] = [element("li", element("code", rule)) for rule in edge.rules]
    asked: list[Child] = [element("li", _requirement(name)) for name in edge.requirements]
    if edge.promised:
        rules = [element("li", "No rule here: NetworkStack promises it")]
        asked = [element("li", "US4-5: the load balancer alone is open, on 80 and 443")]
    return element(
        "div",
        element("h4", f"{titles[edge.source]} → {titles[edge.target]}, {edge.label}"),
        element(
            "dl",
            element("dt", "Rules"),
            element("dd", element("ul", rules)),
            element("dt", "Asked for by"),
            element("dd", element("ul", asked)),
        ),
        id=edge_id(subject.name, graph, edge),
        class_="rules",
        hidden=True,
    )


def _requirement(name: str) -> str:
    if name == NONE:
        return "no requirement asks for this flow"
    known = requirements().get(name)
    return f"{name}: {known.title}" if known else name
