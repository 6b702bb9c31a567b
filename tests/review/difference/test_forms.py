"""The three forms of a difference: text, Markdown, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.facts.actions import catalogue_version
from bidops_cfn.facts.changes import Change
from bidops_cfn.review.difference.comment import comment, shortened
from bidops_cfn.review.difference.compared import Difference, Version, as_json, compare
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.subject import Subject
from tests.review.conftest import committed
from tests.review.risks import cases, properties

Differ = Callable[[dict[str, Any]], Difference]
COMMENT = 65_536  # characters that a code host takes


@pytest.fixture
def differ(subject: Subject) -> Differ:
    old = Version("old", subject.text, subject.template, subject.names.shown)

    def against(template: dict[str, Any]) -> Difference:
        new = Version("new", json.dumps(template), template, subject.names.shown)
        return compare(old, new)

    return against


FILE = Path(__file__).with_name("forms.toml")
CASES = cases(FILE)
SAID = re.findall(
    r"^=== (.*)\n((?:(?!=== ).*\n)*)", FILE.with_suffix(".txt").read_text("utf-8"), re.MULTILINE
)


def said(difference: Difference) -> str:
    """Every form, without what only says which templates and which catalogue it is about."""
    forms = (text(difference), comment(difference), as_json(difference))
    known = (difference.old.sha256, difference.new.sha256)
    masked = "\n".join(forms).replace(catalogue_version(), "VERSION")
    for sha256 in known:
        masked = masked.replace(sha256, "SHA-256").replace(sha256[:12], "SHA-256")
    return masked + "\n"


def test_every_case_has_its_forms_in_the_file() -> None:
    assert [name for name, _ in SAID] == [*CASES]


@pytest.mark.requirement("US4-3")
@pytest.mark.parametrize(("case", "expected"), SAID, ids=CASES)
def test_the_forms_say_what_the_file_says(differ: Differ, case: str, expected: str) -> None:
    template = json.loads(CASES[case].of(committed("prod")))
    assert said(differ(template)) == expected


def test_a_new_environment_is_compared_with_nothing(subject: Subject) -> None:
    found = compare(Version("nothing", "{}", {}), Version("new", subject.text, subject.template))
    assert len(found.of(Change.WIDENED)) > 40
    assert not found.of(Change.NARROWED)
    assert len(comment(found)) < COMMENT


def pair(old: dict[str, Any], new: dict[str, Any]) -> Difference:
    return compare(Version("old", json.dumps(old), old), Version("new", json.dumps(new), new))


def test_the_same_text_is_the_same_but_what_is_read_from_elsewhere_is_named() -> None:
    loop = {"Transform": "AWS::LanguageExtensions", "Resources": {"Fn::ForEach::A": []}}
    assert text(pair(loop, loop)).splitlines()[1] == "The templates say the same."
    macro = {"Transform": "My::Macro", "Resources": {}}
    found = pair(macro, macro)
    assert found.empty
    said = "The texts are the same; what CloudFormation makes of My::Macro is not known."
    assert text(found).splitlines()[1] == said
    assert said in comment(found)


def many_values(differ: Differ, template: dict[str, Any]) -> Difference:
    task = properties(template, "BffTaskDefinition")
    task["Tags"] = [{"Key": f"k{number}", "Value": "v"} for number in range(20)]
    container = task["ContainerDefinitions"][0]
    container["Environment"][0]["Value"] = "https://elsewhere.example/" + "x" * 200
    container["StopTimeout"] = 3
    task["TaskRoleArn"] = "arn:aws:iam::111111111111:role/Admin"
    return differ(template)


def test_no_value_that_decides_something_is_among_the_others(
    differ: Differ, template: dict[str, Any]
) -> None:
    found = many_values(differ, template)
    shown = "".join(text(found).split())
    assert "Properties.ContainerDefinitions[0].Environment[0].Value:" in shown
    assert "https://elsewhere.example/" + "x" * 200 in shown
    assert "Properties.ContainerDefinitions[0].StopTimeout:" in shown
    assert "->arn:aws:iam::111111111111:role/Admin" in shown
    whole = "".join(text(found, full=True).split())
    assert all(f"k{number}" in whole for number in range(20))


def test_values_of_parameters_and_mappings_are_all_shown() -> None:
    names = [f"P{number}" for number in range(30)]
    old, new = (
        {"Parameters": {name: {"Type": "String", "Default": one} for name in names}} for one in "ab"
    )
    shown = text(pair(old, new))
    assert all(f"Parameters.{name}.Default: a -> b" in shown for name in names)
    outputs = [{"Outputs": {name: {"Description": one} for name in names}} for one in "ab"]
    assert "and 26 more values that neither permit nor open anything" in text(pair(*outputs))


def test_an_attribute_goes_by_its_name_and_a_property_by_its_own() -> None:
    old, new = (
        {"Resources": {"R": {"Type": "AWS::Logs::LogGroup", "DependsOn": one,
            "Properties": {"Tags": [{"Key": "a", "Value": one[0]}]}}}}
        for one in (["A", "B"], ["B", "A", "C"])
    )  # fmt: skip
    lines = text(pair(old, new)).splitlines()
    assert "  changed   R (AWS::Logs::LogGroup): DependsOn, Tags" in lines


BUCKETS = [f"arn:aws:s3:::{'b' * 300}{number}" for number in range(200)]
ROOMLESS: dict[str, tuple[dict[str, Any], dict[str, Any], list[str]]] = {
    "access": (
        {},
        {"P": ("AWS::IAM::ManagedPolicy", {"PolicyDocument": {"Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": BUCKETS}
        ]}, "Roles": ["legacy"]})},
        [" widened: `bidops-cfn diff` shows all."],
    ),
    "resources": (
        {f"T{number}": ("AWS::SNS::Topic", {"TopicName": "a"}) for number in range(50)},
        {f"T{number}": ("AWS::SNS::Topic", {"TopicName": "b"}) for number in range(50)},
        ["for 10 replaced or removed resources: ", "for 10 resources: "],
    ),
    "values": (
        {f"T{n}": ("AWS::SNS::Topic", {f"P{i}": "a" * 900 for i in range(99)}) for n in range(9)},
        {f"T{n}": ("AWS::SNS::Topic", {f"P{i}": "b" * 900 for i in range(99)}) for n in range(9)},
        ["for 79 values: ", "for 8 resources: "],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ROOMLESS)
def test_a_comment_says_what_it_has_no_room_for(case: str) -> None:
    *sides, told = ROOMLESS[case]
    old, new = (
        {name: {"Type": kind, "Properties": held} for name, (kind, held) in one.items()}
        for one in sides
    )
    page = comment(pair({"Resources": old}, {"Resources": new}))
    assert len(page) < COMMENT
    for one in told:
        assert one in page
    assert page.count("There is no room here for ") == len(told)


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("a", "b", ("a", "b")),
        ("x" * 300 + "a", "x" * 300 + "evil", ("..." + "x" * 20 + "a", "..." + "x" * 20 + "evil")),
        ("a", "b" * 230, ("a", "b" * 200 + "... (30 more)")),
        ("x" * 300, "x" * 301, ("..." + "x" * 20, "..." + "x" * 21)),
    ],
)
def test_long_values_are_shown_from_where_they_differ(
    before: str, after: str, shown: tuple[str, str]
) -> None:
    assert shortened(before, after) == shown


def test_what_a_change_of_role_or_account_opens_is_said_not_to_be_known() -> None:
    role = "arn:aws:iam::111111111111:role/x"
    found = compare(
        Version("old", "{}", {}, settings={"deploy.role_arn": "none", "account_id": "1"}),
        Version("new", "{}", {}, settings={"deploy.role_arn": role, "account_id": "2"}),
    )
    assert "2 settings of the deployment that cannot be judged." in found.summary
    lines = text(found).splitlines()
    place = lines.index(f"  cannot tell role arn: none -> {role}")
    assert "what this role may do" in lines[place + 1]
    assert "  cannot tell account id: 1 -> 2" in lines
    page = comment(found)
    assert "> [!WARNING]\n> **Whether a deployment is guarded less cannot be told.**" in page
    assert "| ❔&nbsp;**cannot tell** | role arn: CloudFormation acts with" in page
    assert [one["change"] for one in json.loads(as_json(found))["deployment"]] == [
        "cannot tell"
    ] * 2
