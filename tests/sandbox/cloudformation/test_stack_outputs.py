"""``Fn::GetStackOutput``: outputs of other stacks, here, in other regions and in other accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn_sandbox.cloudformation.api import CloudFormation
from bidops_cfn_sandbox.engine.engine import Engine
from bidops_cfn_sandbox.resource_type import Place
from tests.sandbox.cloudformation.boxes import Api, World, box

OUTPUT = {"Outputs": {"O": {"Value": {"Ref": "A"}}}}
HERE = Place("111111111111", "us-east-1")


def reading(**arguments: Any) -> dict[str, Any]:
    return {"Fn::GetStackOutput": {"StackName": "s", "OutputName": "O", **arguments}}


def color(api: Api, stack: str) -> object:
    outputs = api.stack(stack)["Outputs"]
    return next(one["OutputValue"] for one in outputs if one["OutputKey"] == "Color")


def test_an_output_without_an_export_is_read_and_locks_nothing(api: Api) -> None:
    api.deploy({"A": box(Name="one")}, kind="CREATE", sections=OUTPUT)
    shown = {"Outputs": {"Color": {"Value": reading()}}}
    api.deploy({"B": box(Color=reading())}, kind="CREATE", stack="user", sections=shown)
    assert color(api, "user") == "a-1"
    api("DeleteStack", StackName="s")
    assert api("ListExports") == {"Exports": []}
    described = api.change_set(
        {"B": box(Color=reading(), Size=2)}, name="d", stack="user", sections=shown
    )
    assert "Stack [s] does not exist" in described["StatusReason"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (reading(StackName="other"), "Stack [other] does not exist"),
        (reading(OutputName="P"), "Stack [s] has no output P"),
        (reading(Account="1"), "Fn::GetStackOutput unknown Account"),
        ({"Fn::GetStackOutput": {"StackName": "s"}}, "without OutputName"),
        (reading(Region="eu-west-1"), "Stack [s] does not exist"),
    ],
)
def test_what_no_stack_has_fails_the_change_set(api: Api, value: object, message: str) -> None:
    api.deploy({"A": box()}, kind="CREATE", sections=OUTPUT)
    described = api.change_set({"B": box(Color=value)}, kind="CREATE", stack="user")
    assert described["Status"] == "FAILED"
    assert message in described["StatusReason"]


@pytest.mark.parametrize(
    ("there", "arguments"),
    [
        (Place("111111111111", "eu-west-1"), {"Region": "eu-west-1"}),
        (Place("444444444444", "us-east-1"), {"RoleArn": "arn:aws:iam::444444444444:role/r"}),
        (
            Place("444444444444", "eu-west-1"),
            {"RoleArn": "arn:aws:iam::444444444444:role/r", "Region": "eu-west-1"},
        ),
    ],
)
def test_a_stack_of_another_place_is_read(
    world: World, there: Place, arguments: dict[str, str]
) -> None:
    cloudformation = CloudFormation(world.types(), Engine())
    template = {"Resources": {"A": box(Name="theirs")}, **OUTPUT}
    create = {"StackName": "s", "TemplateBody": json.dumps(template)}
    cloudformation.act(there, "CreateStack", create)
    reader = {"Resources": {"B": box()}, "Outputs": {"Read": {"Value": reading(**arguments)}}}
    create = {"StackName": "user", "TemplateBody": json.dumps(reader)}
    cloudformation.act(HERE, "CreateStack", create)
    stack = cloudformation.at(HERE).stacks.get("user")
    assert stack.status == "CREATE_COMPLETE"
    assert [one["OutputValue"] for one in stack.outputs] == ["a-1"]
