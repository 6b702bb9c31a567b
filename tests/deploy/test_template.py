"""Reading a template: size, digest, capabilities, imports, exports, references."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bidops_cfn.compute.template import build
from bidops_cfn.deploy.template import (
    find_capabilities,
    find_exports,
    find_references,
    find_stack_references,
    is_same_template,
    list_hidden_parameters,
    prepare_body,
)
from bidops_cfn.settings.environment import Environment


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, ()),
        ({"A": {"Type": "AWS::S3::Bucket"}}, ()),
        ({"A": {"Type": "AWS::IAM::Role", "Properties": {}}}, ("CAPABILITY_IAM",)),
        (
            {
                "A": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "x"}},
                "B": {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "x"}},
            },
            ("CAPABILITY_NAMED_IAM",),
        ),
        ({"A": {"Type": "AWS::IAM::Policy", "Properties": {}}}, ("CAPABILITY_IAM",)),
    ],
)
def test_only_needed_capabilities_are_named(
    resources: dict[str, Any], expected: tuple[str, ...]
) -> None:
    assert find_capabilities({"Resources": resources}) == expected


def test_a_macro_needs_its_capability() -> None:
    assert find_capabilities({"Transform": "AWS::Include"}) == ("CAPABILITY_AUTO_EXPAND",)


def test_every_import_of_our_template_is_found(environment: Environment) -> None:
    document = build(environment)
    named = re.findall(r'"Fn::ImportValue": "([^"]+)"', json.dumps(document))
    wanted = [f"export {name}" for name in sorted(set(named))]
    assert [one.source for one in find_stack_references(document)] == wanted
    assert f"bidopsai-{environment.name}-network-VpcId" in named


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Ref": "A"}, {"A"}),
        ({"Fn::GetAtt": ["A", "Arn"]}, {"A"}),
        ({"Fn::GetAtt": "A.Arn"}, {"A"}),
        ({"Fn::Sub": "x-${A}-${B.Arn}"}, {"A", "B"}),
        ({"Fn::Sub": ["${A}", {"A": {"Ref": "C"}}]}, {"A", "C"}),
        ({"Fn::Join": ["", ["x", {"Ref": "A"}, {"Fn::GetAtt": ["B", "Id"]}]]}, {"A", "B"}),
        ("A", set()),
    ],
)
def test_references_are_found_in_every_form(expression: object, expected: set[str]) -> None:
    assert find_references(expression) == expected


def test_exports_with_computed_names_are_left_out() -> None:
    outputs: dict[str, Any] = {
        "A": {"Value": {"Ref": "X"}, "Export": {"Name": "a"}},
        "B": {"Value": 2, "Export": {"Name": {"Fn::Sub": "b"}}},
        "C": {"Value": 3},
    }
    assert dict(find_exports({"Outputs": outputs})) == {"a": outputs["A"]["Value"]}


def test_white_space_does_not_make_another_template() -> None:
    assert is_same_template('{"A": 1}', '{ "A":1 }\n')
    assert not is_same_template('{"A": 1}', '{"A": 2}')
    assert is_same_template("not JSON", "not JSON")


def test_hidden_parameters_are_those_without_echo() -> None:
    parameters = {"A": {"NoEcho": True}, "B": {"NoEcho": "true"}, "C": {}}
    assert list_hidden_parameters({"Parameters": parameters}) == {"A", "B"}


def test_what_fits_is_sent_as_it_is(dev: Environment) -> None:
    text = json.dumps({"Description": "x", "Resources": build(dev)["Conditions"]}, indent=1)
    assert prepare_body(text) == text
    long = json.dumps({"A": "x" * 100, "B": [1] * 30_000}, indent=1)
    assert len(prepare_body(long)) < len(long)
