from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.combinations import combinations
from bidops_cfn.facts.expansions import expansions, reads_elsewhere
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome

EQUALS = {"Fn::Equals": [{"Ref": "P"}, "x"]}
TOPIC = {"Type": "AWS::SNS::Topic"}


def template(properties: Any, **sections: Any) -> dict[str, Any]:
    resource = {"Type": "AWS::SNS::Topic", "Properties": properties}
    return {"Conditions": {"C": EQUALS}, "Resources": {"R": resource}, **sections}


def values(document: Any, name: str = "V") -> list[Any]:
    return [one.document.resources["R"].get(name) for one in combinations(document).all]


def test_every_branch_is_a_combination() -> None:
    assert values(template({"V": {"Fn::If": ["C", 1, 2]}})) == [1, 2]


def test_one_condition_decides_all_of_its_branches_at_once() -> None:
    both = {"V": [{"Fn::If": ["C", 1, 2]}, {"Fn::If": ["C", 3, 4]}]}
    assert values(template(both)) == [[1, 3], [2, 4]]


def test_nothing_is_nothing() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    document = template({"V": {"Fn::If": ["C", nothing, 1]}, "L": ["a", nothing, "b"]})
    assert values(document) == [None, 1]
    assert values(document, "L") == [["a", "b"], ["a", "b"]]


def test_a_resource_with_a_condition_is_there_in_one_combination_and_not_in_the_other() -> None:
    document = {"Conditions": {"C": EQUALS}, "Resources": {"R": {**TOPIC, "Condition": "C"}}}
    assert [set(one.document.resources) for one in combinations(document).all] == [{"R"}, set()]


@pytest.mark.parametrize(
    ("definition", "count"),
    [
        ({"Fn::Equals": ["a", "a"]}, 1),
        ({"Fn::Equals": ["a", "b"]}, 1),
        ({"Fn::Not": [EQUALS]}, 2),
        ({"Fn::Or": [EQUALS, {"Fn::Not": [EQUALS]}]}, 1),
        ({"Fn::And": [EQUALS, {"Fn::Not": [EQUALS]}]}, 1),
        ({"Fn::And": [EQUALS, {"Condition": "D"}]}, 2),
        ({"Condition": "Nowhere"}, 2),
        ("malformed", 2),
    ],
)
def test_conditions_that_exclude_each_other_never_meet(definition: Any, count: int) -> None:
    conditions = {"C": definition, "D": {"Fn::Equals": [{"Ref": "Q"}, {"Ref": "P"}]}}
    document = template({"V": {"Fn::If": ["C", 1, 2]}}, Conditions=conditions)
    assert len({str(value) for value in values(document)}) == count


def test_a_parameter_with_listed_values_has_each_of_them() -> None:
    listed = {"Type": "String", "AllowedValues": ["x", "y"]}
    document = template(
        {"V": {"Fn::Sub": "a-${P}"}, "W": {"Ref": "P"}, "C": {"Fn::If": ["C", 1, 2]}},
        Parameters={"P": listed},
    )
    assert values(document) == ["a-x", "a-y"]
    assert values(document, "W") == ["x", "y"]
    assert values(document, "C") == [1, 2]
    assert [one.chosen["P"] for one in combinations(document).all] == ["x", "y"]


def test_any_other_parameter_stays_unknown() -> None:
    document = template({"V": {"Ref": "P"}}, Parameters={"P": {"Type": "String", "Default": "x"}})
    assert values(document) == [{"Ref": "P"}]


def test_a_path_leads_back_to_where_the_value_is_written() -> None:
    nothing = {"Ref": "AWS::NoValue"}
    document = template({"L": [nothing, {"Fn::If": ["C", {"k": 1}, {"k": 2}]}]})
    first, second = combinations(document).all
    here = ("Resources", "R", "Properties", "L", 0, "k")
    written = ("Resources", "R", "Properties", "L", 1, "Fn::If")
    assert first.origin(here) == (*written, 1, "k")
    assert second.origin(here) == (*written, 2, "k")
    assert first.origin(("Resources", "R")) == ("Resources", "R")


@pytest.mark.parametrize("broken", [["C"], "C", ["C", 1], [1, 2, 3], ["C", 1, 2, 3]])
def test_a_malformed_branch_stays_what_it_is(broken: Any) -> None:
    assert values(template({"V": {"Fn::If": broken}}))[0] == {"Fn::If": broken}


Template = dict[str, Any]
Committed = Callable[[str], Template]

OPEN = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0", "GroupId": {"Ref": "BffSecurityGroup"}}
INGRESS = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": OPEN}
INCLUDE = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/a"}}}


def loop(template: Template) -> None:
    template["Transform"] = "AWS::LanguageExtensions"
    template["Resources"]["Fn::ForEach::Open"] = ["X", ["A"], {"Open${X}": INGRESS}]


def loop_of_rules(template: Template) -> None:
    group = template["Resources"]["BffSecurityGroup"]["Properties"]
    group["SecurityGroupIngress"] = {"Fn::ForEach::Rule": ["X", ["A"], [OPEN]]}


def macro(template: Template) -> None:
    template["Transform"] = ["My::Macro"]


def include(template: Template) -> None:
    template["Resources"].update(INCLUDE)


def include_inside(template: Template) -> None:
    template["Resources"]["BffSecurityGroup"]["Properties"].update(INCLUDE)


def include_of_all(template: Template) -> None:
    template["Transform"] = {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/a"}}


def module(template: Template) -> None:
    template["Resources"]["Net"] = {"Type": "My::Own::Network::MODULE", "Properties": {}}


@pytest.mark.requirement("FR-030")
@pytest.mark.parametrize(
    "change", [loop, loop_of_rules, macro, include, include_inside, include_of_all, module]
)
def test_every_claim_is_open_about_what_is_expanded(
    committed: Committed, change: Callable[[Template], None]
) -> None:
    template = committed("dev")
    change(template)
    facts = read(template)
    verdicts = prove(facts, Contract("dev", prefix_lists=frozenset({"pl-63a5400a"})))
    assert len(verdicts) == len(prove(read(committed("dev")), Contract("dev")))
    for verdict in verdicts:
        assert verdict.outcome is Outcome.UNKNOWN, verdict
        assert verdict.witnesses[0].text == facts.incomplete != ""


@pytest.mark.parametrize(
    ("template", "names", "elsewhere"),
    [
        ({}, (), False),
        ({"Transform": "AWS::LanguageExtensions"}, ("AWS::LanguageExtensions",), False),
        ({"Resources": {"Fn::ForEach::A": []}}, ("Fn::ForEach::A",), False),
        ({"Transform": ["B", "A"]}, ("A", "B"), True),
        ({"Outputs": INCLUDE}, ("AWS::Include",), True),
        ({"Transform": [{"Name": "M"}, "M"]}, ("M",), True),
        ({"Resources": {"R": {"Type": "A::B::C::MODULE"}}}, ("A::B::C::MODULE",), True),
        ({"Metadata": {"Type": "plain"}}, (), False),
        ({"Transform": {"Ref": "X"}}, ("Fn::Transform",), True),
        ([], (), False),
    ],
)
def test_expansions_go_by_their_names(
    template: Any, names: tuple[str, ...], elsewhere: bool
) -> None:
    assert expansions(template) == names
    assert reads_elsewhere(names) is elsewhere
