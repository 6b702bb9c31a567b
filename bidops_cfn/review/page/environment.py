"""One environment on the page: what a change did to it, its ``REVIEW.md``, and its facts in full.

``iam.tsv`` and ``network.tsv`` are beside the Markdown page and not in it; here they are tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.flow_facts import COLUMNS, flow_facts
from bidops_cfn.review.flow_graph import Graph, flow_graph
from bidops_cfn.review.markdown import code, folded, page, plain, table
from bidops_cfn.review.page.drawing import drawing
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.page.rendered import rendered
from bidops_cfn.review.permission_facts import PermissionFact, permission_facts
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

NOTHING = {"-": ""}


def texts(subject: Subject, difference: Difference | None) -> tuple[str, ...]:
    """Return the Markdown of an environment's part of the page."""
    change = f"## What the change did\n\n{comment(difference)}" if difference else ""
    return change, review_page(subject), page(_permissions(subject))


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
    titles = {node.id: node.title for node in graph.nodes}
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
    every = table(COLUMNS, ([*map(plain, fact.cells)] for fact in flow_facts(subject)))
    lines = table(("", "Flow", "Port", "Rules", "Asked for by"), rows)
    text = page((lines, folded("Every flow and placement", every)))
    return element("div", rendered(text, subject.name))


def _asked(name: str) -> str:
    known = requirements().get(name)
    return f"{name}: {plain(known.title)}" if known else "❌ **no requirement**"


@dataclass(frozen=True)
class Grant:
    """A statement, or what of it has the same resources: each action applies to each of them."""

    role: str
    fact: str
    sid: str
    condition: str
    requirement: str
    actions: tuple[tuple[str, str], ...]
    resources: tuple[str, ...]


def grants(facts: Sequence[PermissionFact]) -> list[Grant]:
    """Return lines that say the same of several actions or resources as one, exactly."""
    resources: dict[tuple[str, str, str, str, str], dict[tuple[str, str], list[str]]] = {}
    for one in facts:
        key = (one.role, one.fact, one.sid, one.condition, one.requirement)
        of_action = resources.setdefault(key, {}).setdefault((one.action, one.level), [])
        of_action.append(one.resource)
    found = []
    for key, by_action in resources.items():
        together: dict[tuple[str, ...], list[tuple[str, str]]] = {}
        for action, applied in by_action.items():
            together.setdefault(tuple(dict.fromkeys(applied)), []).append(action)
        found += [Grant(*key, tuple(actions), same) for same, actions in together.items()]
    return found


def _permissions(subject: Subject) -> Iterator[str]:
    yield "## Permissions"
    yield "`iam.tsv` by statement: each action applies to each resource."
    yield table(
        ("Role", "Statement", "Actions", "Resources", "Condition", "Asked for by"),
        (
            (
                plain(one.role),
                plain(one.fact if one.sid == "-" else one.sid),
                "<br>".join(map(_action, one.actions)),
                "<br>".join(map(code, one.resources)),
                code(NOTHING.get(one.condition, one.condition)),
                plain(NOTHING.get(one.requirement, one.requirement)),
            )
            for one in grants(permission_facts(subject))
        ),
    )


def _action(action: tuple[str, str]) -> str:
    name, level = (NOTHING.get(one, one) for one in action)
    return f"{code(name)} ({plain(level)})" if level else code(name)
