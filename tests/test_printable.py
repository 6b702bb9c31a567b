from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.printable import block, first_unprintable, json_text, one_line, printable
from tests.hostile import TEXTS, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, 日本語, équipe, ⚠️ ❌", "plain, 日本語, équipe, ⚠️ ❌"),
        ("\u001b[2J\u009b\x7f", "\\u001b[2J\\u009b\\u007f"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\u202ex\u200b\ufeff", "\\u202ex\\u200b\\ufeff"),
        ("\U000e0041\U000e0100", "\\U000e0041\\U000e0100"),
        ("\u2028\u2029\u00a0", "\\u2028\\u2029\\u00a0"),
        ("a\ufe0f\u3164\u034f", "a\\ufe0f\\u3164\\u034f"),
        ("\ud800", "\\ud800"),
        ("C:\\u001b", "C:\\u001b"),
        ("pl\u0430tform \u0420latform ro\u03bft", "pl\\u0430tform \\u0420latform ro\\u03bft"),
        ("\uff41dmin \U0001d41admin \u13a0x", "\\uff41dmin \\U0001d41admin \\u13a0x"),
        ("платформа API-ключ λόγος 5 μs kΩ", "платформа API-ключ λόγος 5 μs kΩ"),
    ],
)
def test_what_no_reader_sees_is_written_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_prose_in_lines_becomes_one_line_and_lines_of_our_own_stay() -> None:
    assert one_line("it\nbroke\tthere\u001b") == "it broke there\\u001b"
    assert block("ours\n\u2028ours\t") == "ours\n\\u2028ours\\t"
    assert block("\na\tb\u001b\n", keep="\n\t") == "\na\tb\\u001b\n"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a\u001bb", "U+001B"),
        ("x\U000e0041", "U+E0041"),
        ("pl\u0430t\n", "U+0430"),
        ("⚠️ é", ""),
        ("", ""),
    ],
)
def test_the_first_invisible_character_has_a_name(text: str, name: str) -> None:
    assert first_unprintable(text) == name


@given(TEXTS)
def test_any_text_becomes_one_visible_line_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert visible(shown)
    assert "\n" not in shown
    assert printable(shown) == shown
    assert (shown == text) == (first_unprintable(text) == "")
    shown.encode()


@given(TEXTS, st.sampled_from([None, 2]))
def test_json_is_visible_ascii_and_loses_nothing(text: str, indent: int | None) -> None:
    written = json_text({"text": text}, indent=indent)
    assert written.isascii()
    assert visible(written)
    assert json.loads(written) == {"text": text}
