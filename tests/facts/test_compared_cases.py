"""Pairs of templates with mappings, parameters, conditions and loops."""

from __future__ import annotations

import pytest

from bidops_cfn.facts.widening import Change
from tests.facts.pairs import (
    DENY,
    Json,
    N,
    U,
    W,
    equal,
    group,
    rule,
    statement,
    template,
    told,
    verdicts,
)


def mapped(values: Json, *keys: Json, **sections: Json) -> Json:
    found = group(rule(CidrIp={"Fn::FindInMap": ["M", *(keys or ("prod", "cidr"))]}))
    return {**found, "Mappings": {"M": values}, **sections}


INNER, OUTER = {"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (mapped({"prod": INNER}), mapped({"prod": OUTER}), {W}),
        (mapped({"prod": OUTER}), mapped({"prod": INNER}), {N}),
        (mapped({"prod": INNER}), group(rule()), set()),
        (mapped({"prod": INNER}), mapped({"prod": INNER, "dev": OUTER}), set()),
        (mapped({"prod": INNER}), mapped({"prod": INNER, "dev": OUTER}, "dev", "cidr"), {W}),
        # The region is not known: each of its keys may be it.
        (
            mapped({"us": INNER}, {"Ref": "AWS::Region"}, "cidr"),
            mapped({"us": INNER, "eu": OUTER}, {"Ref": "AWS::Region"}, "cidr"),
            {W},
        ),
        (
            mapped({"us": INNER, "eu": OUTER}, {"Ref": "AWS::Region"}, "cidr"),
            mapped({"eu": OUTER, "us": INNER}, {"Ref": "AWS::Region"}, "cidr"),
            set(),
        ),
        (
            mapped({"dev": INNER, "prod": INNER}, {"Ref": "Stage"}, "cidr",
                Parameters={"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}),
            mapped({"dev": OUTER, "prod": INNER}, {"Ref": "Stage"}, "cidr",
                Parameters={"Stage": {"Type": "String", "AllowedValues": ["dev", "prod"]}}),
            {W},
        ),
    ],
)  # fmt: skip
def test_values_of_mappings_stand_in_the_template(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(old, new) == expected


def by_parameter(value: Json, **declared: Json) -> Json:
    return {**value, "Parameters": {"P": {"Type": "String", **declared}}}


RANGE = group(rule(CidrIp={"Ref": "P"}))
INSIDE = group(rule(CidrIp={"Fn::Sub": "10.${P}.0.0/16"}))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (by_parameter(RANGE, Default="10.0.0.0/8"), by_parameter(RANGE, Default="0.0.0.0/0"), {W}),
        (by_parameter(RANGE, Default="0.0.0.0/0"), by_parameter(RANGE, Default="10.0.0.0/8"), {N}),
        (by_parameter(INSIDE, Default="1"), by_parameter(INSIDE, Default=2), {W, N}),
        (
            by_parameter(RANGE, AllowedValues=["10.0.0.0/8"]),
            by_parameter(RANGE, AllowedValues=["10.0.0.0/8", "0.0.0.0/0"]),
            {W},
        ),
        (
            by_parameter(RANGE, AllowedPattern="10.*"),
            by_parameter(RANGE, AllowedPattern=".*"),
            {U},
        ),
        (
            by_parameter(RANGE, Type="AWS::SSM::Parameter::Value<String>", Default="/a"),
            by_parameter(RANGE, Type="AWS::SSM::Parameter::Value<String>", Default="/b"),
            {U},
        ),
        (by_parameter(RANGE, Description="a"), by_parameter(RANGE, Description="b"), set()),
        (
            by_parameter(template("AWS::ECS::Service", {"DesiredCount": {"Ref": "P"}}), MaxValue=2),
            by_parameter(template("AWS::ECS::Service", {"DesiredCount": {"Ref": "P"}}), MaxValue=9),
            set(),
        ),
    ],
)
def test_defaults_and_listed_values_are_looked_into(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(old, new) == expected


def conditional(definition: Json, name: str = "C", **sections: Json) -> Json:
    peer = {"Fn::If": [name, "0.0.0.0/0", "10.0.0.0/8"]}
    return {**group(rule(CidrIp=peer)), "Conditions": {name: definition}, **sections}


STAGE = {"Ref": "Stage"}
OPENNESS: Json = {"Mappings": {"M": {"dev": {"open": "true"}, "prod": {"open": "false"}}}}
LOOKED_UP = equal({"Fn::FindInMap": ["M", "prod", "open"]}, "true")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (conditional(equal(STAGE, "a")), conditional(equal(STAGE, "a"), "D"), set()),
        (conditional(equal(STAGE, "a")), conditional(equal("a", STAGE)), set()),
        (conditional(equal(STAGE, "a")), conditional({"Fn::Not": [equal(STAGE, "a")]}), {W, N}),
        (conditional(equal(STAGE, "a")), conditional(equal(STAGE, "b")), {W, N}),
        (conditional(equal("a", "b")), conditional(equal("a", "a")), {W}),
        (group(rule()), conditional(equal(STAGE, "a")), {W}),
        (conditional(equal(STAGE, "a")), group(rule()), {N}),
        (
            conditional(LOOKED_UP, **OPENNESS),
            conditional(LOOKED_UP, Mappings={"M": {"prod": {"open": "true"}}}),
            {W},
        ),
        (
            conditional(equal(STAGE, "a"), Parameters={"Stage": {"Type": "String", "Default": 1}}),
            conditional(equal(STAGE, "a"), Parameters={"Stage": {"Type": "String",
                "Default": "a"}}),
            {W},
        ),
    ],
)  # fmt: skip
def test_templates_are_compared_case_by_case(old: Json, new: Json, expected: set[Change]) -> None:
    assert verdicts(old, new) == expected


LOOP = {"Fn::ForEach::G": ["X", ["A"], {"G${X}": {"Type": "AWS::SNS::Topic"}}]}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"Transform": "AWS::LanguageExtensions"}, "AWS::LanguageExtensions"),
        ({"Transform": ["My::Macro", "AWS::Serverless-2016-10-31"]}, "My::Macro"),
        ({"Resources": LOOP}, "Fn::ForEach::G"),
        ({"Outputs": {"Fn::ForEach::O": ["X", ["A"], {}]}}, "Fn::ForEach::O"),
        (
            {"Resources": {"R": {"Type": "AWS::SNS::Topic", "Properties": {
                "Fn::Transform": {"Name": "AWS::Include"}}}}},
            "AWS::Include",
        ),
        ({"Resources": {"M": {"Type": "My::Own::Net::MODULE"}}}, "My::Own::Net::MODULE"),
    ],
)  # fmt: skip
def test_what_cloudformation_expands_cannot_be_told(change: Json, name: str) -> None:
    plain = {"Resources": {"R": {"Type": "AWS::SNS::Topic"}}}
    new = {**plain, **change}
    assert U in verdicts(plain, new)
    assert U in verdicts(new, plain)
    assert any(text.startswith("cannot tell: CloudFormation expands ") for text in told(plain, new))
    assert any(name in text for text in told(plain, new))


def test_equal_templates_are_equal_however_many_cases_they_have() -> None:
    names = [f"C{number}" for number in range(40)]
    many = {
        "Conditions": {name: equal({"Ref": name}, "x") for name in names},
        "Resources": {
            name: {"Type": "AWS::SNS::Topic", "Condition": name} for name in reversed(names)
        },
    }
    turned = {key: dict(reversed(value.items())) for key, value in reversed(many.items())}
    assert told(many, turned) == []
    assert told(many, {**many, "Resources": {}}) != []


def many_cases(**resources: Json) -> Json:
    names = [f"C{number}" for number in range(30)]
    topics = {name: {"Type": "AWS::Logs::LogGroup", "Condition": name} for name in names}
    conditions = {name: equal({"Ref": name}, "x") for name in names}
    return {"Conditions": conditions, "Resources": {**topics, **resources}}


OWN: Json
OTHER: Json
OWN, OTHER = (
    {"Type": "AWS::IAM::RolePolicy", "Properties": {"RoleName": "legacy", "PolicyName": name,
        "PolicyDocument": {"Statement": statement()}}}
    for name in ("own", "other")
)  # fmt: skip
DENIAL = {**OWN, "Properties": {**OWN["Properties"], "PolicyDocument": {"Statement": DENY}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"G": group(rule())["Resources"]["R"]}, {"G": group()["Resources"]["R"]}, {N}),
        ({}, {"C3": {"Type": "AWS::Logs::LogGroup", "Condition": "C3", "Properties": {
            "RetentionInDays": 7}}}, set()),
        ({}, {"C3": {"Type": "AWS::SNS::Topic", "Condition": "C3"}}, {W, U}),
        # Two policies for one role are one holder, however they are linked.
        ({"A": OWN}, {"A": OWN, "B": OTHER}, set()),
        ({"A": OWN, "B": DENIAL}, {"A": OWN}, {W}),
    ],
)  # fmt: skip
def test_only_what_a_change_can_reach_has_cases(
    old: Json, new: Json, expected: set[Change]
) -> None:
    assert verdicts(many_cases(**old), many_cases(**new)) == expected


def test_cases_that_have_nothing_in_common_are_compared_in_time() -> None:
    def guarded(prefix: str) -> Json:
        names = [f"{prefix}{number}" for number in range(6)]
        rules = [
            {**group(rule())["Resources"]["R"], "Condition": names[number % 6]}
            for number in range(60)
        ]
        return {
            "Conditions": {name: equal({"Ref": name}, "x") for name in names},
            "Resources": {f"G{number}": one for number, one in enumerate(rules)},
        }

    found = told(guarded("C"), guarded("D"))
    assert "cannot tell: conditions that only one of the templates has make too many cases" in found


def test_a_change_of_what_decides_about_all_is_a_change_of_all() -> None:
    new = many_cases()
    new["Conditions"]["C0"] = equal("a", "b")
    assert verdicts(many_cases(), new) == {U}
