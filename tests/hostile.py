"""Text that would command a terminal, end a row, or show a reader what is not there."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st

ERASE = "\u001b[20A\u001b[J"  # twenty lines up, and nothing below
PIECES = (
    ERASE,
    "\u009b2J",  # the same command in one character
    "\u001b]8;;https://example.com\u001b\\here\u001b]8;;\u001b\\",
    "\x7f\x00\x08",
    "\n| WIDENED | x |\n",
    "\r\n::error file=x::y\n",
    "\t\v\f\x1c\x1d\x1e\x85\u2028\u2029",
    "\u202e\u2066\u061c",  # bidirectional
    "\u200b\u200d\ufeff\u00ad\u3164\ufe0f",  # without width
    "\U000e0041\U000e0042\U000e0100",  # tags, selectors
    "\ud800",
    "\ue000\uffff",
    "`", "``` \\| \\\\|", "|", "<script>alert(1)</script>", "]]>", "&lt;", "%0A%25", "*[_]*",
    '"]; click bff "https://example.com"', "%%{init: {}}%%", "end", "-->", "</script>", "'",
    "[here](https://example.com) ![](https://example.com/x.png) <b>", "https://example.com",
    "日本語 équipe Команда",
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(PIECES) | st.text(max_size=5), min_size=1, max_size=4).map("".join),
)


def visible(text: str) -> bool:
    """Tell whether each line of ``text`` holds what a reader sees, and nothing else."""
    return all(
        one == "\n"
        or (
            unicodedata.category(one) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
            and one not in "\u034f\u115f\u1160\u3164\uffa0\u2800\u180b\u17b4"
            and not "\U000e0100" <= one <= "\U000e01ef"
        )
        for one in text
    )
