"""What changes between two templates: access, and what happens to each resource."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bidops_cfn.cli.versions import of_files
from bidops_cfn.facts.changes import Change, FactChange
from bidops_cfn.facts.reading import read
from bidops_cfn.review.difference.compared import access_changes, compare
from bidops_cfn.review.difference.resources import (
    Action,
    Replacement,
    ResourceChange,
    by,
    meaning,
    resource_changes,
)
from bidops_cfn.review.difference.text import text
from bidops_cfn.review.subject import Subject
from tests.review.risks import (
    properties,
)


def access(subject: Subject, template: dict[str, Any]) -> tuple[FactChange, ...]:
    return access_changes(subject.facts, read(template))


def test_nothing_changes_between_equal_templates(subject: Subject) -> None:
    assert access(subject, json.loads(subject.text)) == ()


def test_moving_a_rule_out_of_its_group_changes_nothing(
    subject: Subject, template: dict[str, Any]
) -> None:
    (rule,) = properties(template, "BffSecurityGroup").pop("SecurityGroupIngress")
    template["Resources"]["Moved"] = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": {"Ref": "BffSecurityGroup"}, **rule},
    }
    assert access(subject, template) == ()


def changes(subject: Subject, template: dict[str, Any]) -> dict[str, ResourceChange]:
    return {one.logical_id: one for one in resource_changes(subject.template, template)}


@pytest.mark.parametrize(
    ("kind", "steps", "expected"),
    [
        ("AWS::KMS::Key", ("KeyPolicy",), Replacement.NO),
        ("AWS::CloudFormation::Stack", ("TemplateURL",), Replacement.NO),
        ("AWS::S3::Bucket", ("BucketName",), Replacement.YES),
        ("AWS::S3::Bucket", ("VersioningConfiguration", "Status"), Replacement.NO),
        ("AWS::ECS::TaskDefinition", ("ContainerDefinitions", "Image"), Replacement.YES),
        ("AWS::ECS::Service", ("LaunchType",), Replacement.MAYBE),
        # A part of a property can be create-only, and a whole property holds such a part.
        ("AWS::Batch::ComputeEnvironment", ("ComputeResources", "ImageId"), Replacement.MAYBE),
        ("AWS::Batch::ComputeEnvironment", ("ComputeResources", "MaxvCpus"), Replacement.NO),
        ("AWS::Batch::ComputeEnvironment", ("ComputeResources",), Replacement.YES),
        ("AWS::BCMDataExports::Export", ("Export", "Name"), Replacement.YES),
        ("AWS::BCMDataExports::Export", ("Export", "Description"), Replacement.NO),
        ("AWS::BCMDataExports::Export", ("Export",), Replacement.YES),
        ("Custom::Thing", ("ServiceToken",), Replacement.YES),
        ("Custom::Thing", ("Name",), Replacement.UNKNOWN),
        ("AWS::New::Thing", ("Name",), Replacement.UNKNOWN),
        ("My::Own::Thing::MODULE", ("Name",), Replacement.UNKNOWN),
        ("", ("Name",), Replacement.UNKNOWN),
    ],
)
def test_replacement_is_what_the_registry_says(
    kind: str, steps: tuple[str, ...], expected: Replacement
) -> None:
    assert by(kind, steps) is expected


def test_what_a_replacement_of_ours_means_is_told(subjects: list[Subject]) -> None:
    for subject in subjects:
        for resource in subject.readings[0].document.resources.values():
            assert meaning(resource.type)


def test_a_type_without_a_schema_is_changed_in_a_way_that_is_unknown() -> None:
    thing = {"Type": "My::Own::Thing", "Properties": {"Name": "a"}}
    old = {"Resources": {"Thing": thing}}
    new = {"Resources": {"Thing": {**thing, "Properties": {"Name": "b"}}}}
    (found,) = resource_changes(old, new)
    assert found.action is Action.UNKNOWN
    assert found.causes == ("whether a change of Name makes a new one is unknown",)


def test_equivalent_spellings_are_no_change(subject: Subject, template: dict[str, Any]) -> None:
    role = properties(template, "BffTaskDefinition")["TaskRoleArn"]
    assert role == {"Fn::GetAtt": ["BffTaskRole", "Arn"]}
    properties(template, "BffTaskDefinition")["TaskRoleArn"] = {"Fn::Sub": "${BffTaskRole.Arn}"}
    assert changes(subject, template) == {}


CASES = Path(__file__).parent / "cases"
NOTHING: set[Change] = set()
WIDENED, NARROWED, UNKNOWN = {Change.WIDENED}, {Change.NARROWED}, {Change.UNKNOWN}
REVERSE = dict(zip(Change, (Change.NARROWED, Change.WIDENED, Change.UNKNOWN), strict=True))

# The changes that a case has, no others, and a text of one of them.
EXPECTED: dict[str, tuple[set[Change], str]] = {
    "icmp": (WIDENED | NARROWED, "ingress icmp type 8 code 0 from 0.0.0.0/0"),
    "deny": (WIDENED, "s3:DeleteBucket on * is no longer denied"),
    "deny-added": (NARROWED, "s3:Delete* on * is denied"),
    "trust": (NARROWED, "may assume the role if stringequals aws:sourceaccount 111111111111"),
    "trust-cond-values": (NARROWED, "if stringequals aws:sourceaccount 2"),
    "perm-cond-fewer-values": (NARROWED, "if stringequals aws:sourceaccount 2"),
    "rule-cond": (WIDENED, "path-pattern /* at arn:l"),
    "mapping-cidr": (WIDENED, "ingress tcp 443 from 0.0.0.0/0"),
    "foreach": (UNKNOWN, "CloudFormation expands AWS::LanguageExtensions, Fn::ForEach::G"),
    "include": (UNKNOWN, "CloudFormation expands AWS::Include"),
    "kms-policy": (WIDENED, "AWS * may kms:* on *"),
    "lb-scheme": (WIDENED, "internet-facing"),
    "nested": (UNKNOWN, "changed and is not looked into (AWS::CloudFormation::Stack: TemplateURL)"),
    "role-name": (WIDENED, " more of * on *"),
    "managed-roles-literal": (WIDENED, " more of * on *"),
    "groupname": (WIDENED | NARROWED, "ingress tcp 22 from 10.0.0.0/8"),
    "taskdef-literal": (WIDENED | NARROWED, "task-definition/evil:1"),
    "taskdef-alone": (WIDENED | NARROWED, "task role arn:aws:iam::111111111111:role/Admin"),
    "ranges-merge": (NOTHING, ""),
    "two-halves": (NOTHING, ""),
    "mid-wild-narrow": (NARROWED, "s3:GetObject on arn:aws:s3:::*-logs/*"),
    "many-conditions": (NOTHING, ""),
}


def test_every_case_is_expected_to_be_something() -> None:
    assert {path.name for path in CASES.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("case", EXPECTED)
def test_a_case_is_what_it_is_on_aws_and_turned_around_it_is_the_reverse(case: str) -> None:
    expected, said = EXPECTED[case]
    old, new = of_files(CASES / case / "old.json", CASES / case / "new.json")
    found = compare(old, new)
    assert {one.change for one in found.access} == expected
    assert not said or any(said in one.shown for one in found.access)
    assert {one.change for one in compare(new, old).access} == {REVERSE[one] for one in expected}
    assert found.empty is (case == "many-conditions")
    told = text(found)
    assert ("Access: unchanged" in told) is (case in ("ranges-merge", "two-halves"))
    assert ("The templates say the same" in told) is found.empty
    for line in told.splitlines():
        assert not line.startswith("  cannot tell") or line.startswith("  cannot tell: ")
