"""HTML built from escaped pieces: an element takes text, which it escapes, and other markup.

What no reader can see in a text (``printable``) is written out there too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from bidops_cfn.printable import printable

LONG_WORD = 32
VOID = frozenset({"meta", "link", "input", "br", "wbr", "path", "rect", "circle"})


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
            if name in ("meta", "link", "input", "br", "wbr")
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
            parts.append(escape(printable(child.translate(SIGNS)), quote=False))
        else:
            parts.append(join(*child))
    return Markup("".join(parts))


def broken(text: str) -> Markup:
    """Return a name that may go on in the next line behind its colons and slashes alone."""
    parts = re.split(r"(?<=[:/])", text)
    return join(*(part for piece in parts for part in (piece, element("wbr"))))


def _attribute(item: tuple[str, object]) -> str:
    name, value = item
    if value is None or value is False:
        return ""
    word = name.rstrip("_").replace("_", "-")
    return f" {word}" if value is True else f' {word}="{escape(printable(str(value)))}"'


def table(
    columns: Sequence[Child], rows: Iterable[Iterable[Child]], **attributes: object
) -> Markup:
    """Return a table that scrolls by itself where it is too wide.

    A cell knows its column's name, so that narrow windows can show a row as a list.
    """
    names = [_plain(one) for one in columns]
    head = element("thead", element("tr", (element("th", one, scope="col") for one in columns)))
    body = element("tbody", (element("tr", map(_cell, names, row)) for row in rows))
    inner = element("table", head, body, **attributes)
    label = f"Table of {', '.join(names)}"
    return element("div", inner, class_="scroll", tabindex="0", role="group", aria_label=label)


def _cell(name: str, cell: Child) -> Markup:
    """Return a cell; one with a long word may break it anywhere, others keep words whole."""
    inner = join(cell)
    words = _plain(Markup(inner.replace("<wbr>", ""))).split()
    kind = "long" if max(map(len, words), default=0) > LONG_WORD else None
    return element(
        "td",
        element("div", inner),
        class_="none" if words in ([], ["-"]) else kind,
        data_label=name,
    )


def _plain(child: Child) -> str:
    return re.sub(r"<[^>]*>", " ", join(child))
