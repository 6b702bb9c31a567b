"""The committed templates, as facts read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
Template = dict[str, Any]


@pytest.fixture(scope="session")
def committed() -> Callable[[str], Template]:
    """Returns a function that returns a fresh copy of an environment's committed template."""
    read = {
        path.parent.name: json.loads(path.read_text("utf-8"))
        for path in sorted((ROOT / "templates").glob("*/compute.json"))
    }

    def template(environment: str) -> Template:
        return deepcopy(read[environment])

    return template
