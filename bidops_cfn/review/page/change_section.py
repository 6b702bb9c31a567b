"""What a change did, first on an environment's page: widened, narrowed, exposed, settings."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.changes import Change
from bidops_cfn.facts.paths import pointer
from bidops_cfn.review.difference.compared import Difference
from bidops_cfn.review.difference.settings import Direction
from bidops_cfn.review.page.card import card
from bidops_cfn.review.page.markup import Child, Markup, broken, element, table
from bidops_cfn.review.subject import Subject

WORDS = {
    Change.WIDENED: "❌ WIDENED",
    Change.NARROWED: "✅ narrowed",
    Change.UNKNOWN: "❓ cannot tell",
}


def change_section(subject: Subject, difference: Difference) -> Markup:
    """Return what differs from the template that the page was asked to compare with."""
    old, new = difference.old, difference.new
    rows = [*_access(difference), *_settings(difference)]
    columns = ("Change", "Kind", "Of", "What", "Where")
    said = difference.summary
    if new.settings and not old.settings:
        said += f" Settings are not compared: none are known of {old.label}."
    return card(
        subject,
        "change",
        "What the change did",
        element("p", f"{old.label} ({old.sha256[:12]}) → {new.label} ({new.sha256[:12]})"),
        element("p", element("strong", said)),
        table(columns, rows, class_="facts") if rows else "",
    )


def _access(difference: Difference) -> Iterator[tuple[Child, ...]]:
    for one in difference.access:
        where = element("code", broken(pointer(one.path) or "the whole template"))
        told = one.told if one.change is Change.UNKNOWN else one.shown
        yield element("strong", WORDS[one.change]), str(one.kind), one.subject, told, where


def _settings(difference: Difference) -> Iterator[tuple[Child, ...]]:
    for one in difference.settings:
        weaker = one.direction is Direction.WEAKENED
        word = "❌ WEAKENED" if weaker else str(one.direction)
        value = f"{one.before} → {one.after}"
        yield element("strong", word), "setting", one.name, value, element("code", one.key)
