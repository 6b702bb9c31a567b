"""Writing a file so that nobody ever sees half of it: beside its place, then renamed into it."""

from __future__ import annotations

import os
from pathlib import Path

from bidops_cfn.errors import UsageError


def write(path: Path, text: str) -> bool:
    """Write ``text`` to ``path`` in one step and tell whether that changed anything.

    A link is followed, a device or pipe is written to directly, missing folders are made. Raises
    ``UsageError`` where the file cannot be written; what stood there before is then untouched.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            if target.is_dir():
                raise IsADirectoryError(None, "it is a folder")
            target.write_text(text, encoding="utf-8")
            return True
        if target.exists() and target.read_bytes() == text.encode():
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        replace(target, text)
    except OSError as error:
        raise UsageError(f"cannot write {path}", error.strerror or str(error)) from error
    return True


def replace(target: Path, text: str) -> None:
    """Put ``text`` in the place of ``target`` by a rename, keeping the mode of what stood there."""
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        if target.exists():
            beside.chmod(target.stat().st_mode & 0o7777)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
