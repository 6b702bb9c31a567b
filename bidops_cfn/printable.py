r"""Text that a template, a setting or AWS brought along, made safe to show: the one filter.

Every place that writes (terminal, Markdown, Mermaid, tables, annotations, XML, HTML, JSON) passes
foreign text through here before its own escaping. What a reader cannot see, and what a terminal or
a browser acts upon, is written as the escape that TOML and Python have for it::

    control characters          \u001b, \u009b, \n, \t
    bidirectional, zero-width   \u202e, \u200b, \ufeff
    tags, other selectors       \U000e0041
    line separators, spaces     \u2028, \u00a0
    halves of surrogate pairs   \ud800
    letters that look Latin in a word with Latin ones   plat\u0444orm
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
# Letters of other alphabets, many of which look like Latin ones: Greek, Cyrillic, Armenian and
# Cherokee ones, and Latin ones of full width and of mathematics. Words of theirs alone are theirs.
_ALIKE = (
    "\u0391-\u03a1\u03a4-\u03a8\u03b1-\u03bb\u03bd-\u03c8\u0400-\u052f\u0531-\u0587"
    "\u13a0-\u13ff\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff"
)
_WORD = re.compile(f"[0-9A-Za-z{_ALIKE}]+")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANKS = str.maketrans(dict.fromkeys("\t\n\r\v\f", " "))


def printable(text: str) -> str:
    """Return ``text`` on one line, everything in it visible; what is already so is unchanged."""
    text = _INVISIBLE.sub(lambda match: _escape(match[0]), text)
    if not text.isprintable():
        text = "".join(one if one.isprintable() else _escape(one) for one in text)
    return text if text.isascii() else _WORD.sub(_unmixed, text)


def one_line(text: str) -> str:
    """Return prose that came in several lines as one line, everything in it visible."""
    return printable(text.translate(_BLANKS))


def block(text: str, keep: str = "\n") -> str:
    """Return lines of our own, everything in them visible but what we ``keep`` between them."""
    return re.sub(f"[^{keep}]+", lambda match: printable(match.group()), text)


def wrap(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    """Return ``text`` in lines of at most ``width``, which begin as said; no word is cut."""
    import textwrap  # noqa: PLC0415 - the help of a command needs none

    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def first_unprintable(text: str) -> str:
    """Return the first character that is shown as its escape, ``U+001B``; nothing without one."""
    pairs = zip(text, printable(text), strict=False)
    return next((f"U+{ord(one):04X}" for one, shown in pairs if one != shown), "")


def _unmixed(word: re.Match[str]) -> str:
    """Return a word with what only looks Latin as its escape, where it has Latin letters too."""
    if not re.search("[A-Za-z]", word[0]):
        return word[0]
    return re.sub(f"[{_ALIKE}]", lambda match: _escape(match[0]), word[0])


def _escape(one: str) -> str:
    number = ord(one)
    return _SHORT.get(one) or (f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}")


def json_text(
    value: object,
    *,
    indent: int | None = None,
    sort_keys: bool = False,
    separators: tuple[str, str] | None = None,
) -> str:
    """Return ``value`` as JSON in visible ASCII: every other character is an escape."""
    import json  # noqa: PLC0415 - the help of a command needs none

    text = json.dumps(value, indent=indent, sort_keys=sort_keys, separators=separators)
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON takes as it is
