"""The ids of stacks that operations began on, kept in a folder of the user's own.

A stack that is gone is found by its id alone, not by its name; its events stay readable for 90
days. Nothing depends on the folder: what is not there, damaged, or writable by others is as good as
nothing.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from bidops_cfn.check.verdicts import private

STACK_ID = re.compile(
    r"arn:aws[a-z-]*:cloudformation:(?P<region>[a-z0-9-]+):(?P<account>\d{12})"
    r":stack/(?P<name>[A-Za-z][A-Za-z0-9-]*)/[A-Za-z0-9-]+"
)


class StackIdFolder:
    """One file for each account, region and stack name; without a folder nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def keep(self, stack_id: str) -> None:
        """Keep the id as the latest of its stack, where that is possible."""
        parts = STACK_ID.fullmatch(stack_id)
        if self.folder is None or parts is None:
            return
        name = _make_file_name(parts["account"], parts["region"], parts["name"])
        beside = self.folder / f".{name}.{os.getpid()}"
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if private(self.folder):
                beside.write_text(f"{stack_id}\n", encoding="utf-8")
                beside.replace(self.folder / name)

    def find(self, account_id: str, region: str, name: str) -> str:
        """Return the latest id of a stack, empty where none is kept."""
        if self.folder is None:
            return ""
        try:
            if not private(self.folder):
                return ""
            path = self.folder / _make_file_name(account_id, region, name)
            text = path.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            return ""
        parts = STACK_ID.fullmatch(text)
        wanted = {"account": account_id, "region": region, "name": name}
        return text if parts is not None and parts.groupdict() == wanted else ""


def _make_file_name(account_id: str, region: str, name: str) -> str:
    return f"{account_id}.{region}.{name}"
