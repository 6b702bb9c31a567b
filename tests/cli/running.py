"""The command, run in this process, or in one of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.cli.root import root
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.run import validate
from tests.images import as_options
from tests.process.command import COMMAND
from tests.settings_files import edit

REPOSITORY = Path(__file__).parents[2]
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


IMAGES = as_options({one.name: "1.0.0" for one in SERVICES})


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines, each held against the schema."""
        found = [json.loads(line) for line in self.out.splitlines()]
        for line in found:
            validate(line)
        return found

    @property
    def result(self) -> dict[str, Any]:
        """The one result, which is the last line."""
        results = [line for line in self.lines if line["type"] == "result"]
        assert results == self.lines[-1:]
        return results[0]


@dataclass(frozen=True)
class Shell:
    """Where commands are typed: a project, and the terminal's output."""

    project: Path
    capture: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> Ran:
        """Run a command in this process."""
        self.capture.readouterr()
        code = run(self.project, *arguments)
        out, err = self.capture.readouterr()
        return Ran(code, out, err)

    def said(self, *arguments: str, code: int = 0) -> str:
        """Return what a command that ends with ``code`` says on stdout."""
        ran = self(*arguments)
        assert ran.code == code, ran.err
        return ran.out

    def template(self, name: str = "dev") -> Path:
        return template(self.project, name)

    def edit(self, *changes: tuple[str, str], name: str = "dev") -> None:
        edit(self.project, *changes, name=name)

    def commit(self, *files: str) -> None:
        """Put ``files``, or all, under the control of git."""
        git(self.project, "init", "--quiet")
        git(self.project, "add", *(files or (".",)))
        git(self.project, "commit", "--quiet", "--message", "One")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    command = [shutil.which("git") or "git", "-C", str(folder), *who, *arguments]
    subprocess.run(command, check=True, capture_output=True)
