"""A Markdown page of the review as HTML: the same words, in cards with ids to link to.

HTML in a text is text: ``markdown-it`` is told so, and the few tags of our own Markdown are let
through as they are, without an attribute. ``#A1`` and ``#F1`` lead to the row or item that begins
with a bold ``A1`` or ``F1``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from types import MappingProxyType

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

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


TAG = re.compile(r"<(?:br|/?sub|/?code)>")
FOLD = re.compile(r"<details><summary>[^<>&]*</summary>|</details>")
NUMBER = re.compile(r"\*\*([AF]\d+)\*\*")
PIECES = re.compile(r"\$\{[^{}]*\}[:/,.]*|(?:(?!\$\{)[^:/,])+[:/,]*|[:/,$]+")  # of a name in code
GIVEN = "Given"
ALERT = re.compile(r"\[!([A-Z]+)\]")
# Signs that every font has, in place of those of Markdown pages.
SIGNS = str.maketrans("✅❌❓❔🕒🤝🔺🔻", "✓✗??○↔▲▼", "\ufe0f")  # the last only picks a picture
NOTHING = Markup()
NO_LINKS: Mapping[str, str] = MappingProxyType({})


def rendered(
    markdown: str, name: str, links: Mapping[str, str] = NO_LINKS, drawing: Markup = NOTHING
) -> Markup:
    """Return ``markdown`` as HTML whose ids end in ``-name``.

    ``links`` is where links to other files lead on the page; one that leads nowhere is its text.
    ``drawing`` stands for the Mermaid chart.
    """
    reader = _reader()
    tokens = reader.parse(markdown)
    _label(tokens, name, links)
    found = reader.renderer.render([*_framed(tokens, name, drawing)], reader.options, {})
    return Markup(found.translate(SIGNS))


def sections(markdown: str) -> dict[str, str]:
    """Return the titles of the cards of a page, by the beginning of their ids."""
    titles = re.findall("^## (.*)$", markdown, re.MULTILINE)
    return {_slug(title): title for title in titles}


def _slug(title: str) -> str:
    return re.sub("[^a-z0-9]+", "-", title.lower()).strip("-")


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.disable(["autolink", "image", "reference"])
    reader.inline.ruler.push("tag", _tag)
    reader.block.ruler.before("paragraph", "fold", _fold, {"alt": ["paragraph"]})
    reader.add_render_rule("code_inline", _code)
    return reader


def _tag(state: StateInline, silent: bool) -> bool:
    match = TAG.match(state.src, state.pos)
    if match and not silent:
        state.push("html_inline", "", 0).content = match[0]
    state.pos = match.end() if match else state.pos
    return match is not None


def _fold(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    text = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
    match = FOLD.fullmatch(text)
    if match and not silent:
        state.push("html_block", "", 0).content = f"{text}\n"
        state.line = line + 1
    return match is not None


def _code(_reader: object, tokens: Sequence[Token], index: int, *_: object) -> str:
    """Return a name in code, which may go on in the next line behind colons and slashes alone."""
    pieces = PIECES.findall(tokens[index].content)
    return element("code", Markup("<wbr>".join(map(join, pieces))))


def _label(tokens: Sequence[Token], name: str, links: Mapping[str, str]) -> None:
    """Give ids to numbered rows and items, columns to cells, places to links, kinds to boxes."""
    for node in SyntaxTreeNode(tokens).walk():
        texts = [one.token for one in node.walk() if one.token and one.type == "inline"]
        first = texts[0].content if texts else ""
        if node.type == "heading" and node.nester_tokens:
            for token in node.nester_tokens:
                token.tag = f"h{int(token.tag[1:]) + 1}"
        elif node.type == "table":
            _label_cells(node, name)
        elif node.type in ("tr", "list_item"):
            match = NUMBER.match(first)
            node.attrs.update({"id": f"{match[1]}-{name}"} if match else {})
            bad = any("❌" in one.content for one in texts)
            node.attrs.update({"class": "bad"} if bad else {})
        elif node.type == "blockquote" and (match := ALERT.match(first)):
            node.attrs["class"] = match[1].lower()
            texts[0].children = (texts[0].children or [])[2:]
        elif node.type == "inline" and node.token:
            node.token.children = list(_linked(node.token.children or [], name, links))


def _label_cells(table: SyntaxTreeNode, name: str) -> None:
    """Give each cell its column's name; numbers of assumptions lead to these."""
    head, *bodies = table.children
    columns = [cell.children[0].content for cell in head.children[0].children]
    for row in (row for body in bodies for row in body.children):
        for column, cell in zip(columns, row.children, strict=True):
            cell.attrs["data-label"] = column
            token = cell.children[0].token
            if column == GIVEN and token:
                link = rf'<a href="#\g<0>-{name}">\g<0></a>'
                linked = re.sub(r"A\d+", link, join(token.content))
                token.children = [Token("html_inline", "", 0, content=linked)]


def _linked(tokens: Sequence[Token], name: str, links: Mapping[str, str]) -> Iterator[Token]:
    """Yield the tokens of a text, links as places on the page; others are text alone."""
    href = ""
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrs["href"])
            href = f"{target}-{name}" if target.startswith("#") else links.get(target, "")
            token.attrs = {"href": href}
        if href or token.type not in ("link_open", "link_close"):
            yield token


def _framed(tokens: Sequence[Token], name: str, drawing: Markup) -> Iterator[Token]:
    """Yield the tokens with a card for each section, tables that scroll, and the drawing."""
    end = ""
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h3":
            place = f"{_slug(tokens[index + 1].content)}-{name}"
            yield _html(f'{end}<section class="card" id="{place}">')
            end = "</section>"
        elif token.type == "table_open":
            yield _html('<div class="scroll" tabindex="0" role="group" aria-label="Table">')
        mermaid = token.type == "fence" and token.info == "mermaid"
        yield _html(drawing) if mermaid else token
        if token.type == "table_close":
            yield _html("</div>")
    yield _html(end)


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)
