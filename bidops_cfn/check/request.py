"""What is asked of a check: a file, and what it is to be judged as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Request:
    """A file to judge; ``shown`` is its name in the report.

    ``environment`` is what it is asked to be, empty for what its metadata says; ``root`` is the
    project whose settings it is judged by, None to find it from the file.
    """

    file: Path
    shown: str
    environment: str = ""
    root: Path | None = None
