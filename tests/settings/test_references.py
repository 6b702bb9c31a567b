from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.references import (
    Constant,
    Export,
    Reference,
    StackOutput,
    parse_setting,
    read_expression,
    shorten,
)
from tests.neighbours import REFERENCES, beside, map_imports

ELSEWHERE = StackOutput("NetworkStack", "VpcId", "eu-west-1", "arn:aws:iam::444444444444:role/r")


@pytest.mark.parametrize(
    ("reference", "source", "locks"),
    [
        (Export("shared-vpc"), "export shared-vpc", True),
        (StackOutput("NetworkStack", "VpcId"), "output VpcId of NetworkStack", False),
        (
            ELSEWHERE,
            "output VpcId of NetworkStack in eu-west-1 by arn:aws:iam::444444444444:role/r",
            False,
        ),
        (Constant("vpc-0a1b2c3d"), "constant vpc-0a1b2c3d", False),
    ],
)
def test_a_reference_says_where_a_value_comes_from_and_whether_it_is_locked(
    reference: Reference, source: str, locks: bool
) -> None:
    assert (reference.source, reference.locks) == (source, locks)
    assert parse_setting(reference.setting) == (reference,)


@pytest.mark.parametrize(
    "reference", [Export("a"), StackOutput("A", "B"), ELSEWHERE], ids=lambda one: one.source
)
def test_a_reference_is_read_back_from_its_expression(reference: Reference) -> None:
    assert read_expression(reference.expression) == reference


@pytest.mark.parametrize(
    "expression",
    [
        "vpc-0a1b2c3d",
        {"Ref": "Vpc"},
        {"Fn::ImportValue": {"Fn::Sub": "${AWS::StackName}-VpcId"}},
        {"Fn::GetStackOutput": {"StackName": "NetworkStack"}},
        {"Fn::GetStackOutput": {"StackName": {"Ref": "Stack"}, "OutputName": "VpcId"}},
        {"Fn::GetStackOutput": {"StackName": "A", "OutputName": "B", "Region": {"Ref": "R"}}},
        {"Fn::GetStackOutput": {"StackName": "A", "OutputName": "B", "Account": "1"}},
        {"Fn::GetStackOutput": ["NetworkStack", "VpcId"]},
    ],
)
def test_what_is_not_literal_refers_to_nothing_that_can_be_told(expression: Any) -> None:
    assert read_expression(expression) is None


def test_a_constant_of_two_subnets_is_two_constants() -> None:
    found = parse_setting({"value": "subnet-0a1b2c3d, subnet-1a1b2c3d"})
    assert found == (Constant("subnet-0a1b2c3d"), Constant("subnet-1a1b2c3d"))


def test_every_reference_has_a_short_name_of_its_own() -> None:
    every = {one for references in REFERENCES.values() for one in references}
    assert len({shorten(one) for one in every}) == len(every)
    assert all(len(shorten(one)) == 8 and shorten(one).isalnum() for one in every)


def test_settings_map_every_import_onto_the_stacks_that_there_are(
    project: Path, dev: Environment
) -> None:
    map_imports(project)
    assert load.load(project / "params", "dev") == beside(dev)
