from __future__ import annotations

from bidops_cfn.permissions.place import Place, read_place
from bidops_cfn.settings.environment import Environment
from tests.conftest import REPOSITORY


def place_of(environment: Environment) -> Place:
    """The environment with the committed template of its name."""
    path = REPOSITORY / "templates" / environment.name / "compute.json"
    return read_place(environment, path.read_text(encoding="utf-8"), path.name)
