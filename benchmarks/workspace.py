"""Projects to measure in: a copy of this one, and copies with many environments."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmarks.case import REPOSITORY

TEMPLATE = REPOSITORY / "templates/dev/compute.json"


def project(folder: Path) -> Path:
    """Make a copy of this project's settings and committed files."""
    for name in ("params", "templates"):
        shutil.copytree(REPOSITORY / name, folder / name)
    return folder


def many_environments(folder: Path, count: int) -> Path:
    """Make a project of ``count`` environments, without committed templates."""
    (folder / "params").mkdir(parents=True)
    settings = (REPOSITORY / "params/dev.toml").read_text(encoding="utf-8")
    for number in range(count):
        path = folder / "params" / f"e{number}.toml"
        path.write_text(settings.replace("dev.bidopsai", f"e{number}.bidopsai"), encoding="utf-8")
    return folder
