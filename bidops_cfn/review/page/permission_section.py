"""Who may do what, on the page: a matrix that filters the list of permissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bidops_cfn.review.capability_matrix import capability_matrix
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.markup import Child, Markup, broken, element, table
from bidops_cfn.review.permission_facts import PermissionFact, permission_facts
from bidops_cfn.review.subject import Subject

COLUMNS = ("Role", "Statement", "Actions", "Resources", "Condition", "Requirement")


def permission_section(subject: Subject) -> Markup:
    """Return the matrix of roles and AWS services, and every permission below it."""
    facts = permission_facts(subject)
    matrix = capability_matrix(facts)
    head = ("Role", "Used as", *matrix.services)
    rows = (
        (
            element("code", role),
            matrix.uses.get(role, "no service"),
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
        table(COLUMNS, map(_row, grants(facts)), class_="facts filtered"),
    )


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


def _row(one: Grant) -> tuple[Child, ...]:
    return (
        one.role,
        one.fact if one.sid == "-" else one.sid,
        [
            element("div", action, f" ({level})" if level != "-" else "")
            for action, level in one.actions
        ],
        [element("div", element("code", broken(text)), class_="whole") for text in one.resources],
        broken(one.condition),
        one.requirement,
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
