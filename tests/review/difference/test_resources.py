from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from bidops_cfn.review.difference.replacement import Replacement, by, meaning, replaceable
from bidops_cfn.review.difference.resources import Action, ResourceChange, resource_changes
from bidops_cfn.review.subject import Subject
from tests.review.risks import properties


def changes(subject: Subject, template: dict[str, Any]) -> dict[str, ResourceChange]:
    return {one.logical_id: one for one in resource_changes(subject.template, template)}


@pytest.mark.parametrize("kind", replaceable())
def test_create_only_properties_are_those_of_the_registry(kind: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema

    def names(key: str) -> set[str]:
        return {one.removeprefix("/properties/") for one in schema.get(key, [])}

    assert replaceable()[kind].always == names("createOnlyProperties")
    assert replaceable()[kind].maybe == names("conditionalCreateOnlyProperties")


def test_every_type_of_the_templates_is_known(subjects: list[Subject]) -> None:
    for subject in subjects:
        for resource in subject.readings[0].document.resources.values():
            assert resource.type in replaceable()
            assert meaning(resource.type)


def test_an_unknown_type_may_be_replaced() -> None:
    assert by("AWS::New::Thing", "Name") is Replacement.MAYBE


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
