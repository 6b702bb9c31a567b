from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.facts.actions import access_level
from bidops_cfn.facts.changes import FactChange, FactKind
from bidops_cfn.facts.reading import read
from bidops_cfn.review.difference.compared import access_changes
from bidops_cfn.review.subject import Subject
from tests.review.risks import (
    allow_all_but_one_action,
    delete_all_egress_of_the_agent,
    properties,
    statements,
    swap_the_task_roles,
)


def changes(subject: Subject, template: dict[str, Any]) -> tuple[FactChange, ...]:
    return access_changes(subject.facts, read(template))


def test_nothing_changes_between_equal_templates(subject: Subject) -> None:
    assert changes(subject, json.loads(subject.text)) == ()


@pytest.mark.requirement("US4-3")
def test_deleting_all_egress_is_a_widening(subject: Subject, template: dict[str, Any]) -> None:
    delete_all_egress_of_the_agent(template)
    found = changes(subject, template)
    widened = [one for one in found if one.widened]
    assert {one.kind for one in widened} == {FactKind.FLOW}
    assert any("0.0.0.0/0" in one.shown for one in widened)
    assert any("::/0" in one.shown for one in widened)
    assert found[0].widened, "what is wider comes first"


def test_swapped_roles_are_widened_for_both(subject: Subject, template: dict[str, Any]) -> None:
    swap_the_task_roles(template)
    widened = [one for one in changes(subject, template) if one.widened]
    assert [(one.kind, one.subject, one.shown) for one in widened] == [
        (FactKind.ROLE, "agentcore", "task role BffTaskRole"),
        (FactKind.ROLE, "bff", "task role AgentCoreTaskRole"),
    ]


def test_one_statement_that_grants_thousands_is_one_line(
    subject: Subject, template: dict[str, Any]
) -> None:
    allow_all_but_one_action(template)
    (widened,) = [one for one in changes(subject, template) if one.widened]
    assert " more of everything but " in widened.shown


def test_the_worst_permission_of_a_wildcard_is_named(
    subject: Subject, template: dict[str, Any]
) -> None:
    statements(template, "BffTaskRole").append(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "X"}
    )
    (widened,) = [one for one in changes(subject, template) if one.widened]
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
    assert changes(subject, template) == ()


def test_a_narrower_port_is_narrowed_and_not_widened(
    subject: Subject, template: dict[str, Any]
) -> None:
    del properties(template, "AgentCoreSecurityGroup")["SecurityGroupEgress"][1]
    (found,) = changes(subject, template)
    assert (found.widened, found.kind) == (False, FactKind.FLOW)
