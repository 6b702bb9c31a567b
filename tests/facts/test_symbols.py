from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import logical_id, pointer


def test_a_path_is_shown_as_a_json_pointer() -> None:
    assert pointer(()) == ""
    assert pointer(("Resources", "A/b", "~", 0)) == "/Resources/A~1b/~0/0"


def test_a_path_belongs_to_the_logical_id_that_it_lies_in() -> None:
    assert logical_id(("Resources", "A", "Properties", 1)) == "A"
    assert logical_id(("Outputs", "B")) == "B"
    assert logical_id(("Resources",)) == ""
    assert logical_id(("Metadata", "A")) == ""


REF = {"Ref": "A"}
ATTRIBUTE = {"Fn::GetAtt": ["A", "Arn"]}
IMPORT = {"Fn::ImportValue": "x"}


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        ("text", "text"),
        ({"Fn::Sub": "text"}, "text"),
        ({"Fn::Sub": "${A}"}, REF),
        ({"Fn::Sub": "${ A }"}, REF),
        ({"Fn::Sub": "${A.Arn}"}, ATTRIBUTE),
        ({"Fn::Sub": "${!A}"}, "${A}"),
        ({"Fn::Sub": ["${X}", {"X": ATTRIBUTE}]}, ATTRIBUTE),
        ({"Fn::Sub": ["${X}-${X}", {"X": "a"}]}, "a-a"),
        ({"Fn::GetAtt": "A.Arn"}, ATTRIBUTE),
        ({"Fn::GetAtt": "A.Outputs.X"}, {"Fn::GetAtt": ["A", "Outputs.X"]}),
        ({"Fn::Join": ["-", ["a", "b", 3, True]]}, "a-b-3-true"),
        ({"Fn::Join": ["", [REF]]}, REF),
        ({"Fn::Join": ["/", [REF, "x"]]}, {"Fn::Join": ["", [REF, "/x"]]}),
        ({"Fn::Sub": "${A}/x"}, {"Fn::Join": ["", [REF, "/x"]]}),
        (
            {"Fn::Join": ["", ["a", {"Fn::Join": ["", ["b", REF]]}]]},
            {"Fn::Join": ["", ["ab", REF]]},
        ),
        ({"Fn::Join": [",", REF]}, {"Fn::Join": [",", REF]}),
        ({"Fn::Select": ["1", ["a", "b"]]}, "b"),
        ({"Fn::Select": [0, {"Fn::Split": [",", "a,b"]}]}, "a"),
        (
            {"Fn::Select": ["0", {"Fn::Split": [",", IMPORT]}]},
            {"Fn::Select": [0, {"Fn::Split": [",", IMPORT]}]},
        ),
        ({"Fn::Select": [9, ["a"]]}, {"Fn::Select": [9, ["a"]]}),
        ({"Fn::Select": "x"}, {"Fn::Select": "x"}),
        ({"Fn::Split": ["", "ab"]}, {"Fn::Split": ["", "ab"]}),
        ({"Fn::Unknown": {"Fn::Sub": "${A}"}}, {"Fn::Unknown": REF}),
        ({"a": [{"Fn::Sub": "${A}"}], 1: 2}, {"a": [REF], "1": 2}),
        (None, None),
    ],
)
def test_equivalent_spellings_have_one_canonical_form(value: Any, canonical: Any) -> None:
    assert symbols.canonical(value) == canonical
    assert symbols.canonical(canonical) == canonical


@given(st.lists(st.sampled_from(["a", "-", "", REF, ATTRIBUTE, IMPORT, 7]), max_size=6))
def test_a_join_and_a_substitution_of_the_same_parts_are_the_same(parts: list[Any]) -> None:
    variables = {f"V{n}": part for n, part in enumerate(parts)}
    substitution = {"Fn::Sub": ["".join("${" + name + "}" for name in variables), variables]}
    assert symbols.same(
        symbols.canonical({"Fn::Join": ["", parts]}), symbols.canonical(substitution)
    )


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (512, "512", True),
        (True, "true", True),
        (50.0, 50, True),
        ([1, 2], ["1", "2"], True),
        ([1, 2], [2, 1], False),
        ({"a": 1, "b": 2}, {"b": "2", "a": "1"}, True),
        (REF, {"Ref": "B"}, False),
        (REF, "A", False),
        ("", None, False),
        ("${A}", REF, False),
    ],
)
def test_values_are_compared_as_cloudformation_takes_them(
    one: Any, other: Any, equal: bool
) -> None:
    assert symbols.same(one, other) is equal


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (7, "7"),
        (REF, "${A}"),
        (ATTRIBUTE, "${A.Arn}"),
        (IMPORT, "${import x}"),
        ({"Fn::Join": ["", ["arn:", REF, "/*"]]}, "arn:${A}/*"),
        ({"Fn::Select": [0, {"Fn::Split": [",", IMPORT]}]}, "${item 0 of split , of import x}"),
        ([1], "[1]"),
    ],
)
def test_values_are_shown_as_people_write_them(value: Any, shown: str) -> None:
    assert symbols.show(value) == shown


def test_known_references_are_filled_in_wherever_they_stand() -> None:
    value = symbols.canonical({"x": [{"Fn::Sub": "arn:${AWS::Partition}:${A}"}]})
    known = symbols.with_known(value, {"AWS::Partition": "aws", "A": "b"})
    assert known == {"x": ["arn:aws:b"]}


def test_everything_that_is_referred_to_is_found() -> None:
    value = {"a": [REF, {"Fn::Join": ["", [{"Fn::GetAtt": ["B", "X"]}, IMPORT]]}]}
    assert symbols.all_referenced(value) == {"A", "B"}
