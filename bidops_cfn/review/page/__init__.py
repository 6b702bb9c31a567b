"""One self-contained page about every environment: no network access, opens from disk.

What stands in it is the Markdown of the committed files (``rendered``), with a drawing in place of
the chart. A script switches environments and filters tables; a content security policy by hashes
lets nothing else run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType

from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.environments import environments_page
from bidops_cfn.review.page.environment import environment_section, texts
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.page.rendered import rendered, sections
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check
from bidops_cfn.review.traceability_page import traceability_page

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
