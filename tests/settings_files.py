"""Settings files that a test changes and reads again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.errors import SettingsError
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service


def edit(project: Path, *changes: tuple[str, str], name: str = "dev") -> None:
    """Replace texts of a settings file; each must stand there."""
    file = project / "params" / f"{name}.toml"
    text = file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text)


def with_table(environment: Environment, table: str, **values: Any) -> Environment:
    """Return ``environment`` with other values in one of its tables."""
    changed: dict[str, Any] = {table: replace(getattr(environment, table), **values)}
    return replace(environment, **changed)


def with_service(environment: Environment, name: str, **values: Any) -> Environment:
    """Return ``environment`` with other settings of one of its services."""
    services = environment.services
    changed = {**services, name: replace(services[name], **values)}
    return replace(environment, services=changed)


def problems(project: Path, *names: str, services: Sequence[Service] = SERVICES) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load.load_all(project / "params", names or ("dev",), services)
    assert caught.value.exit_code == 2
    assert caught.value.hint
    return tuple(without_line(one) for one in caught.value.details)


def without_line(problem: str) -> str:
    """Return a problem as it reads wherever in the file its key stands."""
    return re.sub(r"^(params/[^:]+\.toml):\d+: ", r"\1: ", problem)
