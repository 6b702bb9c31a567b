from __future__ import annotations

import re
from typing import Any

import pytest

from bidops_cfn.logical_ids import export_name, task_family
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import BFF
from bidops_cfn.settings.texts import EXPORT


def test_exports_are_named_like_imports(environment: Environment) -> None:
    assert (
        export_name(environment, "ClusterArn") == f"bidopsai-{environment.name}-compute-ClusterArn"
    )


def test_the_exported_family_is_that_of_the_task_definition(
    document: dict[str, Any], environment: Environment
) -> None:
    family = task_family(environment, BFF)
    assert document["Outputs"]["BffTaskDefinitionFamily"]["Value"] == family
    assert document["Resources"]["BffTaskDefinition"]["Properties"]["Family"] == family


@pytest.mark.requirement("FR-050")
def test_every_output_is_exported_under_a_name_of_its_own(
    document: dict[str, Any], environment: Environment
) -> None:
    names = {name: output["Export"]["Name"] for name, output in document["Outputs"].items()}
    assert names == {name: export_name(environment, name) for name in document["Outputs"]}
    assert all(re.fullmatch(EXPORT.pattern, name) for name in names.values())
