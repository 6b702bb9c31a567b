"""JSON for programs that a person may look at: nothing in it commands a terminal."""

from __future__ import annotations

import json


def json_text(
    value: object,
    *,
    indent: int | None = None,
    sort_keys: bool = False,
    separators: tuple[str, str] | None = None,
) -> str:
    """Return ``value`` as JSON in visible ASCII: every other character is an escape."""
    text = json.dumps(value, indent=indent, sort_keys=sort_keys, separators=separators)
    return text.replace("\x7f", "\\u007f")  # the one control character that JSON takes as it is
