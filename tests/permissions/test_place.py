from __future__ import annotations

from dataclasses import replace

import pytest

from bidops_cfn.errors import UsageError
from bidops_cfn.permissions.place import Place, read_place
from bidops_cfn.settings.environment import Environment


def prefix(environment: Environment, stack: str, logical_id: str) -> str:
    role = {logical_id: {"Type": "AWS::IAM::Role"}}
    return Place(replace(environment, stack_name=stack), {"Resources": role}).role_prefix


@pytest.mark.parametrize(
    ("stack", "logical_id", "generated"),
    [
        # names that CloudFormation gave: github.com/KensioSoftware/yulin/issues/1113
        (
            "ChineseboostAnalyticsStack",
            "RainlyticsSummariesJobFunctionServiceRole",
            "ChineseboostAnalyticsStac-RainlyticsSummariesJobFun-UjecjFhpdr1d",
        ),
        ("s" * 28, "L" * 22, f"{'s' * 28}-{'L' * 22}-ABCDEFGHIJKL"),
        ("s" * 29, "L" * 22, f"{'s' * 25}-{'L' * 22}-ABCDEFGHIJKL"),
        ("s" * 10, "L" * 60, f"{'s' * 10}-{'L' * 25}-ABCDEFGHIJKL"),
    ],
)
def test_a_roles_generated_name_starts_with_its_prefix(
    stack: str, logical_id: str, generated: str, dev: Environment
) -> None:
    assert len(generated) <= 64
    assert generated.startswith(prefix(dev, stack, logical_id))


def test_the_whole_name_of_the_stack_counts_where_it_fits(dev: Environment) -> None:
    assert prefix(dev, "s" * 28, "L" * 22) == f"{'s' * 28}-"
    assert prefix(dev, "s" * 29, "L" * 22) == "s" * 25


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Resources": []}', '{"Resources": {"A": {}}}', "{" * 99_999]
)
def test_a_text_that_is_no_template_is_refused(text: str, dev: Environment) -> None:
    with pytest.raises(UsageError, match=r"compute\.json is no template"):
        read_place(dev, text, "templates/dev/compute.json")
