"""What is refused before work begins: format, types, properties, references, parameters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn_sandbox.cloudformation.template import read_template
from bidops_cfn_sandbox.engine.answers import ValidationError
from tests.sandbox.cloudformation.boxes import Api, World, body, box

UNKNOWN_TYPE = {"A": {"Type": "AWS::Lambda::Function", "Properties": {}}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not well-formed"),
        ("- a list", "unsupported structure"),
        ("Resources: {A: {Type: [}}", "not well-formed"),
        (
            body({f"A{one}": box() for one in range(501)}),
            "Number of resources, 501, is greater than maximum allowed, 500",
        ),
        ("{}", "At least one Resources member must be defined"),
        (body({}), "At least one Resources member"),
        (body({"A": box()}, {"Transform": "X"}), "does not model the template section Transform"),
        (body({"A": {}}), "must contain a Type member"),
        (body(UNKNOWN_TYPE), r"types \[AWS::Lambda::Function\] of A"),
        (body({"A": {**box(), "CreationPolicy": {}}}), "does not model CreationPolicy of A"),
        (body({"A": box(Color={"Ref": "B"})}), r"\[B\] in the Resources"),
        (body({"A": box(Color={"Fn::Sub": "${B.Arn}"})}), r"\[B\]"),
        (body({"A": box(depends_on=["B"])}), r"\[B\] in the Resources"),
        (body({"A": box()}, {"Outputs": {"O": {"Value": {"Ref": "B"}}}}), r"\[B\] in the Outputs"),
        (
            body({"A": box(depends_on=["B"]), "B": box(Color={"Ref": "A"})}),
            r"Circular dependency between resources: \[A, B\]",
        ),
        (body({"A": box(Color={"Fn::GetAtt": ["A"]})}), "two parameters"),
    ],
)
def test_a_broken_template_is_refused_with_the_reason(
    world: World, text: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        read_template(text, world.types())


def test_yaml_with_short_forms_is_the_same_template(world: World) -> None:
    text = """
    AWSTemplateFormatVersion: 2010-09-09
    Resources:
      A:
        Type: AWS::Test::Box
        Properties:
          Color: !Sub "${AWS::Region}-x"
          Name: !If [IsNamed, !GetAtt B.Arn, !Ref AWS::NoValue]
      B: {Type: AWS::Test::Box}
    """
    template = read_template(text, world.types())
    assert template.body["AWSTemplateFormatVersion"] == "2010-09-09"
    assert template.resources["A"]["Properties"] == {
        "Color": {"Fn::Sub": "${AWS::Region}-x"},
        "Name": {
            "Fn::If": ["IsNamed", {"Fn::GetAtt": ["B", "Arn"]}, {"Ref": "AWS::NoValue"}],
        },
    }


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Shape": "round"}, "#: the sandbox does not model [Shape]"),
        ({"Lid": {"Hinge": 1}}, "#/Lid: the sandbox does not model [Hinge]"),
        (
            {"Lid": {"Labels": [{"Text": "a"}, {"Font": "b"}]}},
            "#/Lid/Labels/1: the sandbox does not model [Font]",
        ),
        (
            {"Lid": {"Fn::If": ["C", {"Open": True}, {"Hinge": 1}]}},
            "#/Lid: the sandbox does not model [Hinge]",
        ),
        ({"Size": "large"}, "#/Size: expected type: Integer, found: String"),
        ({"Size": 1.5}, "#/Size: expected type: Integer, found: Number"),
        ({"Color": ["red"]}, "#/Color: expected type: String, found: JSONArray"),
        ({"Lid": "open"}, "#/Lid: expected type: JSONObject, found: String"),
        ({"Lid": {"Labels": {}}}, "#/Lid/Labels: expected type: JSONArray, found: JSONObject"),
        ({"Lid": {"Open": "maybe"}}, "#/Lid/Open: expected type: Boolean, found: String"),
        ({"Color": None}, "#/Color: expected type: String, found: null"),
    ],
)
def test_a_property_outside_what_is_represented_fails_the_change_set_by_name(
    api: Api, properties: dict[str, Any], message: str
) -> None:
    sections = {"Conditions": {"C": {"Fn::Equals": ["a", "a"]}}}
    described = api.change_set({"A": box(**properties)}, kind="CREATE", sections=sections)
    assert described["Status"] == "FAILED"
    assert described["StatusReason"] == (
        "Properties validation failed for resource A (AWS::Test::Box) with message: " + message
    )


def test_every_problem_is_reported_at_once(api: Api) -> None:
    described = api.change_set({"A": box(Shape=1), "B": box(Size="x")}, kind="CREATE")
    assert described["StatusReason"].count("Properties validation failed") == 2


def test_a_required_property_is_missed(api: Api, world: World) -> None:
    kind = world.types()["AWS::Test::Box"]
    api.calls.stacks.types = {kind.name: replace(kind, required=frozenset({"Color"}))}
    described = api.change_set({"A": box()}, kind="CREATE")
    assert "#: required key [Color] not found" in described["StatusReason"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Fn::ImportValue": "nobody"}, "No export named nobody found"),
        ({"Fn::Select": [2, ["a", "b"]]}, "nonexistent value at index 2"),
        ({"Fn::FindInMap": ["M", "a", "b"]}, "Unable to get mapping for M::a::b"),
        ({"Fn::Transform": {}}, "does not model Fn::Transform"),
        ({"Fn::If": ["Nowhere", "a", "b"]}, "Unresolved condition Nowhere"),
    ],
)
def test_what_cannot_be_resolved_fails_the_change_set(
    api: Api, value: object, message: str
) -> None:
    described = api.change_set({"A": box(Color=value)}, kind="CREATE")
    assert described["Status"] == "FAILED"
    assert message in described["StatusReason"]


@pytest.mark.parametrize("value", [{"Fn::GetAtt": ["A", "Weight"]}, {"Fn::Sub": "${A.Weight}"}])
def test_an_attribute_that_a_type_does_not_have_is_refused(api: Api, value: object) -> None:
    with pytest.raises(
        ValidationError, match="The sandbox does not model the attribute Weight of A"
    ):
        api.change_set({"A": box(), "B": box(Color=value)}, kind="CREATE")


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Fn::Join": ["-", ["a", {"Ref": "AWS::Region"}, 1]]}, "a-us-east-1-1"),
        ({"Fn::Select": ["1", {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::Sub": "${!Literal} ${AWS::AccountId} ${P}"}, "${Literal} 111111111111 text"),
        ({"Fn::Sub": ["${X}/${AWS::Partition}", {"X": {"Ref": "P"}}]}, "text/aws"),
        ({"Fn::If": ["Yes", "on", "off"]}, "on"),
        ({"Fn::If": ["No", "on", "off"]}, "off"),
        ({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}, "v"),
        ({"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "us-east-1a"),
        ({"Fn::Base64": "text"}, "dGV4dA=="),
        ({"Fn::Select": [1, {"Ref": "L"}]}, "y"),
        ({"Fn::ToJsonString": {"a": {"Ref": "P"}}}, '{"a": "text"}'),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
    ],
)
def test_intrinsic_functions_give_what_they_give_on_aws(
    api: Api, world: World, value: object, resolved: str
) -> None:
    sections = {
        "Parameters": {
            "P": {"Type": "String", "Default": "text"},
            "L": {"Type": "CommaDelimitedList", "Default": "x, y"},
        },
        "Mappings": {"M": {"us-east-1": {"k": "v"}}},
        "Conditions": {
            "Yes": {"Fn::And": [{"Fn::Equals": [{"Ref": "P"}, "text"]}, {"Condition": "Also"}]},
            "Also": {"Fn::Or": [{"Fn::Equals": ["a", "b"]}, {"Fn::Equals": ["c", "c"]}]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
    }
    api.deploy({"A": box(Color=value)}, kind="CREATE", sections=sections)
    assert world.boxes["a-1"]["Color"] == resolved


def test_no_value_takes_a_property_away_and_a_false_condition_the_resource(
    api: Api, world: World
) -> None:
    sections = {
        "Conditions": {"No": {"Fn::Equals": ["a", "b"]}},
        "Outputs": {"O": {"Value": "x", "Condition": "No"}},
    }
    api.deploy(
        {
            "A": box(Color={"Fn::If": ["No", "red", {"Ref": "AWS::NoValue"}]}, Size="3"),
            "B": {**box(), "Condition": "No"},
        },
        kind="CREATE",
        sections=sections,
    )
    assert world.boxes == {"a-1": {"Size": 3}}
    assert api.stack()["Outputs"] == []


@pytest.mark.parametrize(
    ("declaration", "given", "message"),
    [
        ({"Type": "String"}, {}, r"\[P\] must have values"),
        ({"Type": "String"}, {"P": "a", "Q": "b"}, r"\[Q\] do not exist in the template"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, {"P": "A1"}, r"match pattern \[a-z\]\+"),
        (
            {"Type": "String", "AllowedPattern": "x", "ConstraintDescription": "only x"},
            {"P": "y"},
            "failed to satisfy constraint: only x",
        ),
        ({"Type": "String", "AllowedValues": ["a"]}, {"P": "b"}, "one of AllowedValues"),
        ({"Type": "String", "MinLength": 2}, {"P": "b"}, "at least 2 characters"),
        ({"Type": "String", "MaxLength": 2}, {"P": "bcd"}, "at most 2 characters"),
        ({"Type": "Number"}, {"P": "many"}, "must be a number"),
        ({"Type": "Number", "MinValue": 0}, {"P": "-1"}, "not less than 0"),
        ({"Type": "Number", "MaxValue": 10}, {"P": "11"}, "not greater than 10"),
        ({"Type": "AWS::SSM::Parameter::Value<String>"}, {"P": "a"}, "does not model the type"),
    ],
)
def test_a_parameter_against_its_declaration_is_refused(
    api: Api, declaration: dict[str, Any], given: dict[str, str], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        api.change_set(
            {"A": box()},
            kind="CREATE",
            sections={"Parameters": {"P": declaration}},
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
        )


def test_previous_values_stay_and_secret_ones_are_masked(api: Api, world: World) -> None:
    sections = {"Parameters": {"P": {"Type": "String", "NoEcho": True}}}
    resources = {"A": box(Color={"Ref": "P"})}
    given = [{"ParameterKey": "P", "ParameterValue": "hidden"}]
    api.deploy(resources, kind="CREATE", sections=sections, Parameters=given)
    assert api.stack()["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]
    previous = [{"ParameterKey": "P", "UsePreviousValue": True}]
    again = api.change_set(resources, name="d", sections=sections, Parameters=previous)
    assert again["Status"] == "FAILED"
    assert world.boxes["a-1"]["Color"] == "hidden"


def test_there_is_no_previous_value_at_creation(api: Api) -> None:
    with pytest.raises(ValidationError, match="usePreviousValue"):
        api.change_set(
            {"A": box()},
            kind="CREATE",
            sections={"Parameters": {"P": {"Type": "String"}}},
            Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}],
        )


def test_a_template_above_the_limit_of_the_api_is_refused(api: Api) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 51200"):
        api.change_set({"A": box(Color="x" * 52_000)}, kind="CREATE")


def test_what_a_template_declares_is_told_without_deploying_it(api: Api) -> None:
    text = json.dumps(
        {
            "Description": "d",
            "Parameters": {"P": {"Type": "String", "Default": "x"}},
            "Resources": {"A": box(), "R": {"Type": "AWS::IAM::Role"}},
        }
    )
    summary = api("GetTemplateSummary", TemplateBody=text)
    assert summary["Capabilities"] == ["CAPABILITY_IAM"]
    assert summary["ResourceTypes"] == ["AWS::IAM::Role", "AWS::Test::Box"]
    assert summary["Parameters"][0]["DefaultValue"] == "x"
