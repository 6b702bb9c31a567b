"""The command, run in this process or in one of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bidops_cfn.cli.root import root

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "bidops_cfn"]
# The tool, which at its end prints on stderr what it has really loaded.
LOADED = [
    sys.executable,
    "-c",
    """
import atexit, sys
from bidops_cfn.cli import main
def report():
    for name, module in sorted(sys.modules.items()):
        if type(module).__name__ != "Deferred":
            print(name, file=sys.stderr)
atexit.register(report)
main()
""",
]


def template(project: Path, name: str = "dev") -> Path:
    return project / "templates" / name / "compute.json"


def run(project: Path, *arguments: str) -> int:
    return root(["--project", str(project), *arguments])


def process(
    arguments: Sequence[str],
    folder: Path,
    command: Sequence[str] = COMMAND,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``command``, the tool itself or LOADED, with variables of the shell."""
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
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
