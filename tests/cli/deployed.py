"""The deploying commands, run in this process against a sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings.services import SERVICES
from tests.cli.running import run
from tests.deploy.scripted.told import validate
from tests.images import as_options

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
        self.capture.readouterr()
        code = run(self.project, *arguments)
        out, err = self.capture.readouterr()
        return Ran(code, out, err)
