"""How wide a terminal is."""

from __future__ import annotations

import shutil

WIDEST = 100
NARROWEST = 40


def width() -> int:
    """Return the columns to write for: the terminal's, at most ``WIDEST``, which a pipe has."""
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size((WIDEST, 24)).columns))
