"""What changes between two templates: access, and what happens to each resource."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.facts.changes import FactChange
from bidops_cfn.facts.reading import read
from bidops_cfn.review.difference.compared import access_changes
from bidops_cfn.review.difference.resources import (
    Action,
    Replacement,
    ResourceChange,
    by,
    meaning,
    resource_changes,
)
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
