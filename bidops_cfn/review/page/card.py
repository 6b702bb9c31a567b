"""A titled part of an environment's page, which links lead to."""

from __future__ import annotations

from bidops_cfn.review.page.markup import Child, Markup, element
from bidops_cfn.review.subject import Subject


def card(subject: Subject, name: str, title: str, *children: Child) -> Markup:
    """Return the part called ``name``; its id is ``name-environment``."""
    return element(
        "section", element("h3", title), *children, id=f"{name}-{subject.name}", class_="card"
    )
