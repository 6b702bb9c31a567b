"""One self-contained page about every environment: no network access, opens from disk.

What stands in it is the Markdown of the committed files (``rendered``), with a drawing in place of
the chart. A script switches environments and filters tables; a content security policy by hashes
lets nothing else run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType

from bidops_cfn.review.difference.comment import comment
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.environments import environments_page
from bidops_cfn.review.flows import COLUMNS, Graph, flow_facts, flow_graph
from bidops_cfn.review.page.drawing import drawing
from bidops_cfn.review.page.rendered import Markup, element, rendered, sections
from bidops_cfn.review.permissions import by_statement, permission_facts, shown
from bidops_cfn.review.requirements import requirements
from bidops_cfn.review.review_page import review_page
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check, traceability_page
from bidops_cfn.review.writing import code, folded, page, plain, table

NO_CHANGES: Mapping[str, Difference] = MappingProxyType({})


def html_page(
    subjects: Sequence[Subject], check: Check, changes: Mapping[str, Difference] = NO_CHANGES
) -> str:
    """Return the page as HTML; ``changes`` are differences to show first, by environment."""
    style, script = _source("style.css"), _source("script.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    chosen = next((one for one in subjects if one.name == "prod"), subjects[-1])
    of_all = {
        "environments": environments_page(subjects),
        "traceability": traceability_page(subjects, check),
    }
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", "Review of the BidOps AI compute stack"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        element("a", "Skip to the review", href="#main", class_="skip"),
        _header(subjects, chosen, changes.get(chosen.name), of_all),
        element(
            "main",
            (environment_section(one, changes.get(one.name)) for one in subjects),
            (element("div", rendered(text, name), id=name) for name, text in of_all.items()),
            id="main",
        ),
        element("script", Markup(script)),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _header(
    subjects: Sequence[Subject],
    chosen: Subject,
    difference: Difference | None,
    of_all: Mapping[str, str],
) -> Markup:
    def choice(one: Subject) -> Markup:
        switched = {"type": "radio", "name": "environment", "value": one.name}
        box = element("input", checked=one is chosen, **switched)
        return element("label", box, element("span", one.name))

    legend = element("legend", "Environment")
    switch = element("fieldset", legend, map(choice, subjects), class_="switch", id="switch")
    links = [
        element("a", title, href=f"#{place}-{chosen.name}", data_section=place)
        for text in texts(chosen, difference)
        for place, title in sections(text).items()
    ]
    links += [element("a", name.title(), href=f"#{name}") for name in of_all]
    theme = element("button", "Theme: auto", type="button", id="theme")
    title = element("h1", "Compute stack ", element("span", "security review"))
    return element(
        "header",
        element("div", title, switch, theme, class_="bar"),
        element("nav", links, aria_label="Sections"),
    )


def _source(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


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
