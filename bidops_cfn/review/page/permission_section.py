"""Who may do what, on the page: a matrix that filters the list of permissions."""

from __future__ import annotations

from bidops_cfn.review.capability_matrix import capability_matrix
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.markup import Markup, element, table
from bidops_cfn.review.permission_facts import COLUMNS, permission_facts
from bidops_cfn.review.subject import Subject


def permission_section(subject: Subject) -> Markup:
    """Return the matrix of roles and AWS services, and every permission below it."""
    facts = permission_facts(subject)
    matrix = capability_matrix(facts)
    head = ("Role", "Used as", *matrix.services)
    rows = (
        (
            element("code", role),
            matrix.uses.get(role, "nobody"),
            *(
                _cell(matrix.cells.get((role, service)), role, service)
                for service in matrix.services
            ),
        )
        for role in matrix.roles
    )
    filter_id = f"filter-{subject.name}"
    return card(
        subject,
        "permissions",
        "IAM",
        element(
            "p",
            "Number of actions by AWS service and access level; choose a cell to see "
            "its permissions below.",
        ),
        table(head, rows, class_="matrix"),
        element(
            "div",
            element("label", "Filter permissions", for_=filter_id),
            element(
                "input",
                type="search",
                id=filter_id,
                class_="filter",
                autocomplete="off",
                placeholder="s3, Write, BffTaskRole, FR-017",
                spellcheck="false",
            ),
            element("output", "", for_=filter_id),
            class_="filterbar",
        ),
        table(COLUMNS, (fact.cells for fact in facts), class_="facts filtered"),
    )


def _cell(text: str | None, role: str, service: str) -> Markup | str:
    if not text:
        return ""
    words = text.split(", ")
    level = min(words, key=lambda word: word.startswith(("Read", "List"))).split(" ")[0].lower()
    return element(
        "button",
        (element("span", word) for word in words),
        type="button",
        class_=f"level {level}",
        data_filter=f"{role} {service}:",
        aria_label=f"{role}, {service}: {text}; show these permissions",
    )
