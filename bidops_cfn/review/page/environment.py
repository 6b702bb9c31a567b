"""One environment on the page: what a change did to it, its ``REVIEW.md``, and its facts in full.

``iam.tsv`` and ``network.tsv`` are beside the Markdown page and not in it; here they are tables.
"""

from __future__ import annotations

from collections import Counter

from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.flow_facts import COLUMNS, flow_facts
from bidops_cfn.review.flow_graph import Graph, flow_graph
from bidops_cfn.review.markdown import code, folded, page, plain, table
from bidops_cfn.review.page.drawing import drawing
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.page.rendered import rendered
from bidops_cfn.review.permission_facts import permission_facts
from bidops_cfn.review.permission_tables import by_statement, shown
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject

# Where the files that REVIEW.md names are on the page.
PLACES = {
    "iam.tsv": "#permissions-{}",
    "network.tsv": "#flows-{}",
    "../ENVIRONMENTS.md": "#environments",
    "../TRACEABILITY.md": "#traceability",
}


def texts(subject: Subject, difference: Difference | None) -> tuple[str, ...]:
    """Return the Markdown of an environment's part of the page."""
    change = f"## What the change did\n\n{comment(difference)}" if difference else ""
    permissions = (
        "## Permissions",
        "`iam.tsv` by statement: each action applies to each resource.",
        by_statement(permission_facts(subject)),
    )
    return change, review_page(subject), page(permissions)


def environment_section(subject: Subject, difference: Difference | None) -> Markup:
    """Return an environment's part of the page."""
    links = {file: place.format(subject.name) for file, place in PLACES.items()}
    graph = flow_graph(subject)
    drawn = element("div", drawing(graph, subject.name), _arrows(graph, subject), class_="flows")
    return element(
        "div",
        (rendered(text, subject.name, links, drawn) for text in texts(subject, difference)),
        class_="environment",
        data_environment=subject.name,
    )


def _arrows(graph: Graph, subject: Subject) -> Markup:
    """Return what is known of each arrow, in the order of the drawing, and every line."""
    each = Counter(node.title for node in graph.nodes)
    titles = {
        node.id: node.title if each[node.title] == 1 else f"{node.title} ({node.detail})"
        for node in graph.nodes
    }
    rows = (
        (
            f"**F{number}**",
            f"{plain(titles[edge.source])} → {plain(titles[edge.target])}",
            plain(edge.label),
            ", ".join(map(code, edge.rules)) or "none here: NetworkStack promises it",
            "<br>".join(map(_asked, edge.requirements)) or _asked("US4-5"),
        )
        for number, edge in enumerate(graph.edges, 1)
    )
    every = table(COLUMNS, ([*map(plain, map(shown, fact.cells))] for fact in flow_facts(subject)))
    lines = table(("", "Flow", "Port", "Rules", "Asked for by"), rows)
    text = page((lines, folded("Every flow and placement", every)))
    return element("div", rendered(text, subject.name))


def _asked(name: str) -> str:
    known = requirements().get(name)
    return f"{name}: {plain(known.title)}" if known else "❌ **no requirement**"
