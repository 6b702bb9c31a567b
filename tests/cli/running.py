"""The command, run in this process or in one of its own."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bidops_cfn.cli.root import root

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "bidops_cfn"]


def template(project: Path, name: str = "dev") -> Path:
    return project / "templates" / name / "compute.json"


def run(project: Path, *arguments: str) -> int:
    return root(["--project", str(project), *arguments])


def process(arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``script`` in bash, where ``bidops-cfn`` is the tool."""
    defined = f'bidops-cfn() {{ {shlex.join(COMMAND)} "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", defined + script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
