"""HTML built from escaped pieces: an element takes text, which it escapes, and other markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

VOID = frozenset({"meta", "link", "input", "br", "path", "rect", "circle"})


# Signs that every font has, in place of those of Markdown pages.
SIGNS = str.maketrans({"✅": "✓", "❌": "✗", "❓": "?", "🕒": "○", "🤝": "↔"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Markup | Iterable["Child"]


def element(name: str, /, *children: Child, **attributes: object) -> Markup:
    """Return ``<name ...>children</name>``.

    ``class_`` is written ``class``, other underscores become dashes; None and False leave an
    attribute out, True writes it without a value.
    """
    written = "".join(map(_attribute, attributes.items()))
    if name in VOID:
        return Markup(
            f"<{name}{written}>"
            if name in ("meta", "link", "input", "br")
            else f"<{name}{written}/>"
        )
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Return the children one after the other, text escaped."""
    parts = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(str(child))
        elif isinstance(child, str):
            parts.append(escape(child.translate(SIGNS), quote=False))
        else:
            parts.append(join(*child))
    return Markup("".join(parts))


def _attribute(item: tuple[str, object]) -> str:
    name, value = item
    if value is None or value is False:
        return ""
    word = name.rstrip("_").replace("_", "-")
    return f" {word}" if value is True else f' {word}="{escape(str(value))}"'


def table(
    columns: Iterable[Child], rows: Iterable[Iterable[Child]], **attributes: object
) -> Markup:
    """Return a table that scrolls by itself where it is too wide."""
    head = element("thead", element("tr", (element("th", one, scope="col") for one in columns)))
    body = element("tbody", (element("tr", (element("td", cell) for cell in row)) for row in rows))
    inner = element("table", head, body, **attributes)
    return element("div", inner, class_="scroll", tabindex="0", role="group", aria_label="Table")
