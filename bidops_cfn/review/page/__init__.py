"""One self-contained page about every environment: no network access, opens from disk.

Everything stands in the page as text before its script runs; the script switches environments,
opens edges of the flow graph and filters tables. A content security policy by hashes lets nothing
else run or load.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType

from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.page.environment import environment_section
from bidops_cfn.review.page.markup import Markup, element
from bidops_cfn.review.page.project import comparison_section, traceability_section
from bidops_cfn.review.subject import Subject
from bidops_cfn.review.traceability import Check

NO_CHANGES: Mapping[str, Difference] = MappingProxyType({})
SECTIONS = (
    ("flows", "Flows"),
    ("proofs", "Proofs"),
    ("permissions", "IAM"),
    ("exposure", "Exposure"),
    ("deployment", "Deployment"),
)


def html_page(
    subjects: Sequence[Subject], check: Check, changes: Mapping[str, Difference] = NO_CHANGES
) -> str:
    """Return the page as HTML; ``changes`` are differences to show first, by environment."""
    style, script = _source("style.css"), _source("script.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
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
        _header(subjects),
        element(
            "main",
            (environment_section(one, changes.get(one.name)) for one in subjects),
            comparison_section(subjects),
            traceability_section(subjects, check),
            id="main",
        ),
        element("script", Markup(script)),
    )
    return "<!DOCTYPE html>\n" + element("html", head, body, lang="en") + "\n"


def _header(subjects: Sequence[Subject]) -> Markup:
    chosen = subjects[-1].name if all(one.name != "prod" for one in subjects) else "prod"
    choices = (
        element(
            "label",
            element(
                "input",
                type="radio",
                name="environment",
                value=one.name,
                checked=one.name == chosen,
            ),
            element("span", one.name),
        )
        for one in subjects
    )
    switch = element(
        "fieldset", element("legend", "Environment"), choices, class_="switch", id="environments"
    )
    links = [
        element("a", title, href=f"#{name}-{chosen}", data_section=name) for name, title in SECTIONS
    ]
    links += [
        element("a", "Comparison", href="#comparison"),
        element("a", "Traceability", href="#traceability"),
    ]
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
