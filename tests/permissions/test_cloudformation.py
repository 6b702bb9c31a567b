"""The service role's policy: the handlers of the template's types, each decided on and narrow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bidops_cfn.compute import template
from bidops_cfn.errors import UsageError
from bidops_cfn.permissions.cloudformation import (
    BEYOND,
    OMISSIONS,
    Granted,
    grant,
    list_actions,
    read_schema,
)
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import (
    LIMIT,
    Statement,
    build_document,
    measure_document,
    split_statements,
)
from bidops_cfn.permissions.scopes import STACK_TAG, WIDE, list_scopes
from bidops_cfn.settings.environment import Environment
from tests.permissions.catalogue import details, exists, fits, resource_types
from tests.settings_files import with_table

REGION = "us-east-1"


def statement(found: Granted, action: str) -> Statement:
    (one,) = (one for one in found.statements if action in one.actions)
    return one


def all_actions(found: Granted) -> set[str]:
    return {action for one in found.statements for action in one.actions}


def keys(one: Statement) -> set[str]:
    return {key for values in one.condition.values() for key in values}


def test_everything_that_a_handler_calls_is_decided_on_and_nothing_else_granted(
    place: Place,
) -> None:
    found = grant(place)
    needed = {action for type_ in place.types for action in list_actions(type_, REGION)}
    assert found.open == ()
    assert all_actions(found) <= needed
    assert [action for action in all_actions(found) if not exists(action)] == []


def test_every_action_is_on_resources_that_iam_takes(place: Place, bounded: Place) -> None:
    for one in (*grant(place).statements, *grant(bounded).statements):
        if one.resources == ("*",):
            continue
        for action in one.actions:
            assert any(fits(action, arn) for arn in one.resources), (one.sid, action)
        for arn in one.resources:
            assert any(fits(action, arn) for action in one.actions), (one.sid, arn)


def test_everything_is_granted_only_where_iam_takes_nothing_narrower(place: Place) -> None:
    for one in grant(place).statements:
        if one.resources == ("*",):
            narrower = {action for action in one.actions if resource_types(action)}
            assert narrower <= set(WIDE), one.sid
            assert keys(one) == {"aws:RequestedRegion"} or all(
                action.startswith("route53:") for action in one.actions
            )
        else:
            assert "*" not in one.resources


def test_only_looking_and_making_what_has_no_name_yet_is_granted_on_everything(
    place: Place,
) -> None:
    changing = {
        action
        for one in grant(place).statements
        if one.resources == ("*",)
        for action in one.actions
        if not {"Read", "List"} & set(details(action)["accessLevel"].split(", "))
    }
    assert changing == {
        "ecs:DeregisterTaskDefinition",
        "route53:CreateHostedZone",
        "servicediscovery:CreatePrivateDnsNamespace",
        "servicediscovery:TagResource",
        "servicediscovery:UntagResource",
    }


def test_every_arn_is_of_the_environment(place: Place) -> None:
    where = place.environment
    for one in grant(place).statements:
        for arn in one.resources:
            if arn != "*":
                _, partition, service, region, account, _ = arn.split(":", 5)
                assert partition == "aws"
                assert region == ("" if service in ("iam", "route53") else where.region)
                assert account == ("" if service == "route53" else where.account_id)


def test_the_stacks_tag_is_asked_for_only_where_cloudformation_writes_it(place: Place) -> None:
    asked = [scope for scope in list_scopes(place) if STACK_TAG in str(scope.condition)]
    assert asked
    for scope in asked:
        for type_ in scope.types:
            assert read_schema(type_, REGION)["tagging"]["cloudFormationSystemTags"], scope.sid


def test_what_has_no_name_is_deleted_only_with_the_stacks_tag(place: Place) -> None:
    found = grant(place)
    for action in (
        "ec2:DeleteSecurityGroup",
        "elasticloadbalancing:DeleteRule",
        "elasticloadbalancing:DeleteTargetGroup",
        "elasticloadbalancing:ModifyRule",
        "servicediscovery:DeleteNamespace",
        "servicediscovery:DeleteService",
    ):
        assert keys(statement(found, action)) == {STACK_TAG}, action


def test_our_roles_are_passed_to_tasks_and_nothing_else_is_passed(place: Place) -> None:
    one = statement(grant(place), "iam:PassRole")
    account, stack = place.environment.account_id, place.stack
    assert one.actions == {"iam:PassRole"}
    assert one.resources == (f"arn:aws:iam::{account}:role/{stack}-*",)
    assert one.condition == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_service_linked_roles_are_those_of_ecs_and_its_scaling(place: Place) -> None:
    one = statement(grant(place), "iam:CreateServiceLinkedRole")
    services = one.condition["StringEquals"]["iam:AWSServiceName"]
    assert services == ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"]
    assert [arn.split("/")[2] for arn in one.resources] == services


def test_no_managed_policy_can_be_attached(place: Place) -> None:
    assert not all_actions(grant(place)) & {"iam:AttachRolePolicy", "iam:CreatePolicy"}


def test_with_a_boundary_only_bounded_roles_get_permissions(bounded: Place) -> None:
    found = grant(bounded)
    one = statement(found, "iam:PutRolePolicy")
    assert {"iam:CreateRole", "iam:PutRolePermissionsBoundary"} < one.actions
    boundary = bounded.environment.security.permissions_boundary_arn
    assert one.condition == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert "iam:DeleteRolePermissionsBoundary" not in all_actions(found)


def test_the_namespace_has_its_hosted_zone(place: Place) -> None:
    zone = {
        "route53:AssociateVPCWithHostedZone",
        "route53:ChangeResourceRecordSets",
        "route53:CreateHostedZone",
        "route53:DeleteHostedZone",
        "route53:GetHostedZone",
        "ec2:DescribeVpcs",
    }
    assert zone <= all_actions(grant(place))
    (names,) = statement(grant(place), "route53:ChangeResourceRecordSets").condition.values()
    assert [*names.values()] == [
        [place.environment.discovery.namespace, f"*.{place.environment.discovery.namespace}"]
    ]


def test_types_that_a_template_has_not_are_not_managed(dev: Environment) -> None:
    logs = {"Logs": {"Type": "AWS::Logs::LogGroup"}}
    found = grant(Place(dev, {"Resources": logs}))
    assert {action.partition(":")[0] for action in all_actions(found)} == {"logs"}


def test_a_type_that_does_not_exist_is_named(dev: Environment) -> None:
    with pytest.raises(UsageError, match="AWS::Nothing::AtAll"):
        grant(Place(dev, {"Resources": {"One": {"Type": "AWS::Nothing::AtAll"}}}))


def test_a_type_that_no_decision_covers_is_told(dev: Environment) -> None:
    found = grant(Place(dev, {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    assert found.statements == ()
    assert any(line.startswith("sns:CreateTopic: AWS::SNS::Topic") for line in found.open)


@pytest.mark.parametrize(
    "one", [one for one in OMISSIONS if one.only_for], ids=lambda one: f"{one.type}-{one.only_for}"
)
def test_a_property_that_needs_what_is_left_out_is_told_or_granted(
    one: Any, dev_place: Place, template: dict[str, Any]
) -> None:
    template["Resources"].setdefault("Optional", {"Type": one.type})  # only settings bring some
    for resource in template["Resources"].values():
        if resource["Type"] == one.type:
            resource.setdefault("Properties", {})[one.only_for] = {}
    found = grant(Place(dev_place.environment, template))
    told = " ".join(found.open)
    for action in one.actions:
        in_types_statement = any(
            action in scope.actions and one.type in scope.types
            for scope in list_scopes(Place(dev_place.environment, template))
        )
        assert in_types_statement or action in told


def test_every_decision_is_about_something_that_a_handler_calls(bounded: Place) -> None:
    for scope in list_scopes(bounded):
        called = {action for type_ in scope.types for action in list_actions(type_, REGION)}
        assert scope.actions <= called, scope.sid
    for one in OMISSIONS:
        assert one.actions <= list_actions(one.type, REGION), one
    assert set(WIDE) <= all_actions(grant(bounded))
    assert set(BEYOND) <= bounded.types


def test_a_resource_is_wide_only_for_a_reason(bounded: Place) -> None:
    for scope in list_scopes(bounded):
        ours = (bounded.role_prefix, bounded.stack, *bounded.families)
        named = (*ours, "aws-service-role", "FARGATE")
        for arn in scope.resources:
            assert scope.why or any(name in arn for name in named), scope.sid


def test_each_part_fits_into_a_managed_policy(place: Place) -> None:
    statements = grant(place).statements
    parts = split_statements(statements)
    assert all(measure_document(part) <= LIMIT for part in parts)
    assert [one for part in parts for one in part["Statement"]] == build_document(statements)[
        "Statement"
    ]


def test_a_statement_that_no_policy_holds_is_refused() -> None:
    one = Statement("Long", frozenset({"s3:GetObject"}), ("x" * LIMIT,))
    with pytest.raises(UsageError, match="Long"):
        split_statements([one])


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_other_partitions_have_their_own_arns(
    region: str, partition: str, dev_place: Place
) -> None:
    there = Place(replace(dev_place.environment, region=region), dev_place.template)
    for one in grant(there).statements:
        assert {arn.split(":")[1] for arn in one.resources if arn != "*"} <= {partition}


def test_every_optional_setting_is_provided_for(dev: Environment, bounded: Place) -> None:
    key = f"arn:aws:kms:us-east-1:{dev.account_id}:key/00000000-0000-0000-0000-000000000000"
    topic = f"arn:aws:sns:us-east-1:{dev.account_id}:alarms"
    full = with_table(bounded.environment, "security", storage_key_arn=key)
    full = with_table(with_table(full, "logs", key_arn=key), "alarms", topic_arn=topic)
    found = grant(Place(full, template.build(full)))
    assert found.open == ()
    assert statement(found, "kms:DescribeKey").resources == (key,)
    assert "logs:AssociateKmsKey" in all_actions(found)
