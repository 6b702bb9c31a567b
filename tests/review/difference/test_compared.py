"""What changes between two templates: access, and what happens to each resource."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.facts.actions import access_level
from bidops_cfn.facts.changes import FactChange, FactKind
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
    bring,
    properties,
    statements,
)


def access(subject: Subject, template: dict[str, Any]) -> tuple[FactChange, ...]:
    return access_changes(subject.facts, read(template))


def test_nothing_changes_between_equal_templates(subject: Subject) -> None:
    assert access(subject, json.loads(subject.text)) == ()


@pytest.mark.requirement("US4-3")
def test_deleting_all_egress_is_a_widening(subject: Subject, template: dict[str, Any]) -> None:
    bring("delete all egress of the agent", template)
    found = access(subject, template)
    widened = [one for one in found if one.widened]
    assert {one.kind for one in widened} == {FactKind.FLOW}
    assert any("0.0.0.0/0" in one.shown for one in widened)
    assert any("::/0" in one.shown for one in widened)
    assert found[0].widened, "what is wider comes first"


def test_swapped_roles_are_widened_for_both(subject: Subject, template: dict[str, Any]) -> None:
    bring("swap the task roles", template)
    widened = [one for one in access(subject, template) if one.widened]
    assert [(one.kind, one.subject, one.shown) for one in widened] == [
        (FactKind.ROLE, "agentcore", "task role BffTaskRole"),
        (FactKind.ROLE, "bff", "task role AgentCoreTaskRole"),
    ]


def test_one_statement_that_grants_thousands_is_one_line(
    subject: Subject, template: dict[str, Any]
) -> None:
    bring("allow all but one action", template)
    (widened,) = [one for one in access(subject, template) if one.widened]
    assert " more of everything but " in widened.shown


def test_the_worst_permission_of_a_wildcard_is_named(
    subject: Subject, template: dict[str, Any]
) -> None:
    statements(template, "BffTaskRole").append(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "X"}
    )
    (widened,) = [one for one in access(subject, template) if one.widened]
    action = widened.shown.partition(" ")[0]
    assert access_level(action).startswith("Permissions management")


def test_moving_a_rule_out_of_its_group_changes_nothing(
    subject: Subject, template: dict[str, Any]
) -> None:
    (rule,) = properties(template, "BffSecurityGroup").pop("SecurityGroupIngress")
    template["Resources"]["Moved"] = {
        "Type": "AWS::EC2::SecurityGroupIngress",
        "Properties": {"GroupId": {"Ref": "BffSecurityGroup"}, **rule},
    }
    assert access(subject, template) == ()


def test_a_narrower_port_is_narrowed_and_not_widened(
    subject: Subject, template: dict[str, Any]
) -> None:
    del properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"][1]
    (found,) = access(subject, template)
    assert (found.widened, found.kind) == (False, FactKind.FLOW)


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


def test_a_create_only_property_replaces_its_resource_and_what_refers_to_it(
    subject: Subject, template: dict[str, Any]
) -> None:
    properties(template, "BffSecurityGroup")["GroupDescription"] = "New"
    found = changes(subject, template)
    assert found["BffSecurityGroup"].action is Action.REPLACED
    assert found["BffToAgentCoreEgress"].action is Action.REPLACED
    assert found["BffToAgentCoreEgress"].causes == (
        "GroupId refers to BffSecurityGroup, which is replaced",
    )
    assert found["BffService"].action is Action.CHANGED
    assert "NetworkConfiguration follows BffSecurityGroup" in found["BffService"].causes[0]
    assert "AgentCoreService" not in found


def test_a_replaced_service_takes_its_scaling_along(
    subject: Subject, template: dict[str, Any]
) -> None:
    properties(template, "BffService")["ServiceName"] = "fixed"
    found = changes(subject, template)
    assert found["BffService"].action is Action.REPLACED
    assert found["BffScalableTarget"].action is Action.REPLACED
    assert found["BffCpuScaling"].action is Action.REPLACED
    assert found["BffCpuAlarm"].action is Action.CHANGED


def test_a_changed_launch_type_perhaps_replaces_the_service(
    subject: Subject, template: dict[str, Any]
) -> None:
    properties(template, "BffService")["LaunchType"] = "FARGATE"
    assert changes(subject, template)["BffService"].action is Action.PERHAPS_REPLACED


def test_a_property_that_can_be_changed_changes_its_resource(
    subject: Subject, template: dict[str, Any]
) -> None:
    properties(template, "BffTargetGroup")["HealthCheckPath"] = "/"
    (found,) = changes(subject, template).values()
    assert found.action is Action.CHANGED
    (value,) = found.changes
    assert (value.name, value.before, value.after) == (
        "Properties.HealthCheckPath",
        "/api/health",
        "/",
    )


def test_a_changed_type_is_what_cloudformation_refuses(
    subject: Subject, template: dict[str, Any]
) -> None:
    template["Resources"]["Cluster"]["Type"] = "AWS::ECS::CapacityProvider"
    assert "refuses" in changes(subject, template)["Cluster"].causes[0]


def test_a_removed_log_group_that_is_retained_says_so(
    subject: Subject, template: dict[str, Any]
) -> None:
    del template["Resources"]["BffLogGroup"]
    removed = changes(subject, template)["BffLogGroup"]
    assert removed.action is Action.REMOVED
    assert "stays in the account" in removed.causes[0]


def test_an_added_resource_is_added_and_removals_come_first(
    subject: Subject, template: dict[str, Any]
) -> None:
    template["Resources"]["New"] = {"Type": "AWS::SNS::Topic"}
    del template["Resources"]["BffCpuScaling"]
    found = resource_changes(subject.template, template)
    assert [one.action for one in found] == [Action.REMOVED, Action.ADDED]


def test_equivalent_spellings_are_no_change(subject: Subject, template: dict[str, Any]) -> None:
    role = properties(template, "BffTaskDefinition")["TaskRoleArn"]
    assert role == {"Fn::GetAtt": ["BffTaskRole", "Arn"]}
    properties(template, "BffTaskDefinition")["TaskRoleArn"] = {"Fn::Sub": "${BffTaskRole.Arn}"}
    assert changes(subject, template) == {}
