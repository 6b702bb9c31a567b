"""HTML built from escaped pieces: an element takes text, which it escapes, and other markup.

What no reader can see in a text (``printable``) is written out there too.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from bidops_cfn.printable import printable

VOID = frozenset({"meta", "link", "input", "path", "rect"})


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
    end = "" if name in VOID else f"{join(*children)}</{name}>"
    return Markup(f"<{name}{written}{'/' if name in VOID else ''}>{end}")


def join(*children: Child) -> Markup:
    """Return the children one after the other, text escaped."""
    parts = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(str(child))
        elif isinstance(child, str):
            parts.append(escape(printable(child), quote=False))
        else:
            parts.append(join(*child))
    return Markup("".join(parts))


def _attribute(item: tuple[str, object]) -> str:
    name, value = item
    if value is None or value is False:
        return ""
    word = name.rstrip("_").replace("_", "-")
    return f" {word}" if value is True else f' {word}="{escape(printable(str(value)))}"'
