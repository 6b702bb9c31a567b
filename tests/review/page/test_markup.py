from __future__ import annotations

import pytest

from bidops_cfn.review.page.markup import Markup, element, join, table


def test_text_is_escaped_and_markup_is_not() -> None:
    assert element("p", "a < b & c", Markup("<br>")) == "<p>a &lt; b &amp; c<br></p>"


def test_attributes_are_escaped_and_left_out_when_false() -> None:
    written = element("a", "x", href='"&', class_="c", data_flow="f", hidden=True, title=None)
    assert written == '<a href="&quot;&amp;" class="c" data-flow="f" hidden>x</a>'
    assert element("input", checked=False) == "<input>"


@pytest.mark.parametrize(("name", "text"), [("path", "<path/>"), ("meta", "<meta>")])
def test_void_elements_have_no_end(name: str, text: str) -> None:
    assert element(name) == text


def test_children_may_be_nested_lists() -> None:
    assert join("a", ["b", [Markup("<i>c</i>")]]) == "ab<i>c</i>"


def test_signs_that_not_every_font_has_are_replaced() -> None:
    assert join("✅ proved ❌ ❓") == "✓ proved ✗ ?"


def test_a_cell_with_a_long_word_may_break_it_and_knows_its_column() -> None:
    page = table(("Short", "Long"), [("a b", "x" * 40)], class_="facts")
    assert '<td data-label="Short"><div>a b</div></td>' in page
    assert f'<td class="long" data-label="Long"><div>{"x" * 40}</div></td>' in page
