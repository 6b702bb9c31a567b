"""One engine for all tests: loading cfn-lint's rules takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bidops_cfn.check.engine import Engine
from bidops_cfn.check.report import Report, Request

REPOSITORY = Path(__file__).parents[2]
Check = Callable[..., Report]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture
def check(engine: Engine, tmp_path: Path) -> Check:
    """Returns a function that judges text or bytes, as a file, by the repository's settings."""

    def judge(content: str | bytes, name: str = "template.json", environment: str = "") -> Report:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return engine.check(Request(file, name, environment, REPOSITORY))

    return judge
