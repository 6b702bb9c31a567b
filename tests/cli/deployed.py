"""Commands, run in this process."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings.services import SERVICES
from tests.cli.running import run, template
from tests.deploy.scripted.told import validate
from tests.images import as_options
from tests.settings_files import edit

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
