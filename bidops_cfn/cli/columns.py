"""How wide a terminal is."""

from __future__ import annotations

import os
import shutil

WIDEST = 100
NARROWEST = 40
STDERR = 2


def width() -> int:
    """Return the columns to write for: the terminal's, at most ``WIDEST``, which a pipe has.

    Where stdout is none, stderr may be: ``bidops-cfn render --env dev > out.json``.
    """
    try:
        otherwise = os.get_terminal_size(STDERR).columns or WIDEST
    except OSError:
        otherwise = WIDEST
    return min(WIDEST, max(NARROWEST, shutil.get_terminal_size((otherwise, 24)).columns))
