"""The committed templates, which mutants change."""

from __future__ import annotations

import json
from pathlib import Path

from tests.mutants.mutant import Template

REPOSITORY = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "test", "prod")


def committed(environment: str) -> Template:
    """Return the committed template of an environment."""
    path = REPOSITORY / "templates" / environment / "compute.json"
    template: Template = json.loads(path.read_text("utf-8"))
    return template
