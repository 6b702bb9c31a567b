r"""Text that a template, a setting or AWS brought along, made safe to show: the one filter.

Every place that writes (terminal, Markdown, Mermaid, tables, annotations, XML, HTML, JSON) passes
foreign text through here before its own escaping. What a reader cannot see, and what a terminal or
a browser acts upon, is written as the escape that TOML and Python have for it::

    control characters          \u001b, \u009b, \n, \t
    bidirectional, zero-width   \u202e, \u200b, \ufeff
    tags, other selectors       \U000e0041
    line separators, spaces     \u2028, \u00a0
    halves of surrogate pairs   \ud800
"""

from __future__ import annotations

import re

# Characters without a picture of their own that Python calls printable (Unicode's
# Default_Ignorable_Code_Point). A variation selector behind a symbol only chooses its picture.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0e\uffa0"
    "\U000e0100-\U000e01ef]"
    "|(?<![\u2190-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff])\ufe0f"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANKS = str.maketrans(dict.fromkeys("\t\n\r\v\f", " "))


def printable(text: str) -> str:
    """Return ``text`` on one line, everything in it visible; what is already so is unchanged."""
    if _INVISIBLE.search(text):
        text = _INVISIBLE.sub(lambda match: _escape(match.group()), text)
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else _escape(one) for one in text)


def one_line(text: str) -> str:
    """Return prose that came in several lines as one line, everything in it visible."""
    return printable(text.translate(_BLANKS))


def block(text: str, keep: str = "\n") -> str:
    """Return lines of our own, everything in them visible but what we ``keep`` between them."""
    return re.sub(f"[^{keep}]+", lambda match: printable(match.group()), text)


def first_unprintable(text: str) -> str:
    """Return the first invisible character as it is named, ``U+001B``; nothing without one."""
    if printable(text) == text:
        return ""
    return next(
        f"U+{ord(one):04X}"
        for index, one in enumerate(text)
        if not one.isprintable() or _INVISIBLE.match(text, index)
    )


def _escape(one: str) -> str:
    number = ord(one)
    return _SHORT.get(one) or (f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")
