"""What CloudFormation expands before it deploys: nothing is claimed of it, nothing called equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.facts.expansions import expansions, reads_elsewhere
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs import prove
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.verdict import Outcome

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
