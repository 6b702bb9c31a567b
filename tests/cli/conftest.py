"""Where the commands of these tests are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Shell


@pytest.fixture
def shell(project: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A shell in a copy of the project."""
    return Shell(project, capsys)
