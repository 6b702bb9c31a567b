"""The user's own folder for what can be found again: verdicts, ids of stacks."""

from __future__ import annotations

import os
from pathlib import Path


def find_cache_folder(name: str) -> Path | None:
    """Return the folder for ``name`` in the user's cache; None where it could not be protected."""
    if os.name != "posix":
        return None
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = given if given.is_absolute() else Path("~/.cache").expanduser()
    return home / "bidops-cfn" / name
