"""The policies of people and pipelines: what the client can call, all of it, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from bidops_cfn import deploy, verify
from bidops_cfn.deploy.calls import Call, Need, Resource
from bidops_cfn.permissions import deployer
from bidops_cfn.permissions.cloudformation import OMISSIONS
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Statement
from bidops_cfn.permissions.role import Role, build_policy
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.wire import model
from tests.deploy.scripted.world import World
from tests.permissions.catalogue import details, exists, fits, resource_types
from tests.permissions.places import place_of
from tests.settings_files import with_service, with_table

BOTH = (Need.READ, Need.DEPLOY)
# What AWS asks of the caller beside the calls themselves.
BESIDE = {"cloudformation:TagResource", "cloudformation:UntagResource", "s3:GetObject"}

DRIFT = {"cloudformation:DetectStackResourceDrift"}


def granted(statements: Sequence[Statement]) -> set[str]:
    return {action for one in statements for action in one.actions}


@pytest.fixture
def complete(bounded: Place) -> Place:
    """Dev with everything that a call needs: a service role, a secret, a topic, a drill."""
    found = with_service(bounded.environment, "bff", secrets_manager={"TOKEN": "TokenArn"})
    topic = "arn:aws:sns:us-east-1:111111111111:alarms"
    found = with_table(found, "alarms", topic_arn=topic)
    found = with_table(found, "drill", fis_template="EXT1a2b3c4d")
    return place_of(with_table(found, "stackset", organizational_units=("ou-ab12-34567890",)))


def list_reading(place: Place) -> set[str]:
    """What CloudFormation calls to read the template's types, by their schemas and as decided."""
    region = place.environment.region
    left_out = {(one.type, action) for one in OMISSIONS for action in one.actions}
    return {
        action
        for type_ in place.types
        for action in PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, type_).schema["handlers"][
            "read"
        ]["permissions"]
        if (type_, action) not in left_out
    }


def test_a_drift_is_read_of_our_resources_or_in_our_region(complete: Place) -> None:
    environment = complete.environment
    found = list(deployer.list_for_drift(complete))
    assert granted(found) == list_reading(complete)
    for one in found:
        ours = all(f":{environment.account_id}:" in resource for resource in one.resources)
        here = {"StringEquals": {"aws:RequestedRegion": environment.region}}
        assert ours or one.condition == here
    named = next(one.resources for one in found if "ecs:DescribeServices" in one.actions)
    assert all(f"/{complete.stack}-*" in one for one in named)


def test_every_call_is_granted_and_nothing_else(complete: Place) -> None:
    found = granted(deployer.build_statements(complete, BOTH))
    reading = list_reading(complete)
    assert found == {call.text for call in Call} | BESIDE | DRIFT | reading | {"iam:PassRole"}


def test_a_reader_is_granted_what_looks_and_nothing_else(complete: Place) -> None:
    found = granted(deployer.build_statements(complete, (Need.READ,)))
    looking = {call.text for call in Call if call.value.need is Need.READ}
    assert found == looking | DRIFT | list_reading(complete)
    assert {details(action)["accessLevel"] for action in found} <= {"Read", "List"}


def test_every_call_of_the_list_is_made_somewhere() -> None:
    used = {
        node.attr
        for package in (deploy, verify)
        for path in Path(str(package.__file__)).parent.rglob("*.py")
        if path.name != "calls.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Call"
    }
    assert used == {call.name for call in Call}


def test_every_resource_of_the_calls_has_arns(dev_place: Place) -> None:
    assert set(deployer.map_arns(dev_place, None)) == set(Resource)


@pytest.mark.parametrize("call", Call)
def test_each_call_is_known_and_scoped_as_far_as_iam_can(call: Call, dev_place: Place) -> None:
    assert call.value.name in model(call.value.service).operation_names
    assert exists(call.text)
    changes = details(call.text)["accessLevel"] not in ("Read", "List")
    assert (call.value.need is Need.DEPLOY) is changes
    if call.value.resource is Resource.ANY:
        assert not resource_types(call.text) or call in deployer.NOT_NARROWER_CALL
    else:
        arns = deployer.map_arns(dev_place, None)[call.value.resource]
        assert any(fits(call.text, arn) for arn in arns)


def test_no_reason_is_given_for_a_call_that_needs_none() -> None:
    for call in deployer.NOT_NARROWER_CALL:
        assert call.value.resource is Resource.ANY
        assert resource_types(call.text)


def test_what_is_granted_on_everything_is_bound_to_region_or_cluster(complete: Place) -> None:
    for one in deployer.build_statements(complete, BOTH):
        if one.resources == ("*",):
            (action, *_) = one.actions
            bound = {key for keys in one.condition.values() for key in keys}
            assert bound in ({"aws:RequestedRegion"}, {"ecs:cluster"}) or (
                action.partition(":")[0] in deployer.GLOBAL
            )


@pytest.mark.parametrize(
    ("role", "ours"),
    [
        (Role.PLANNER, {"CreateChangeSet", "DeleteChangeSet"}),
        (Role.DEPLOYER, {"CreateChangeSet", "DeleteChangeSet", "ExecuteChangeSet"}),
    ],
)
def test_only_our_own_change_sets_can_be_made_executed_or_deleted(
    dev_place: Place, role: Role, ours: set[str]
) -> None:
    actions = frozenset(f"cloudformation:{name}" for name in ours)
    (one,) = (one for one in build_policy(role, dev_place).statements if one.actions & actions)
    assert (one.sid, one.actions) == ("DeployStackByOurChangeSets", actions)
    names = one.condition["StringLike"]["cloudformation:ChangeSetName"]
    assert [name.rpartition("changeSet/")[2][:12] for name in names] == ["bidops-cfn-*"] * 2


def test_a_template_in_a_bucket_is_read_as_the_caller(dev_place: Place) -> None:
    for bucket in (None, "templates"):
        found = deployer.build_statements(dev_place, BOTH, bucket)
        (one,) = (one for one in found if "s3:PutObject" in one.actions)
        assert one.actions == {"s3:GetObject", "s3:PutObject"}
        assert one.resources == (f"arn:aws:s3:::{bucket or '*'}/bidops-cfn/*",)
        assert one.condition == {"StringEquals": {"aws:ResourceAccount": "111111111111"}}


def test_no_secret_is_looked_for_where_the_settings_name_none(
    dev: Environment, complete: Place
) -> None:
    secret = "secretsmanager:DescribeSecret"
    assert secret not in granted(deployer.build_statements(place_of(dev), BOTH))
    assert secret in granted(deployer.build_statements(complete, BOTH))


def test_only_the_service_role_is_passed_and_only_to_cloudformation(
    dev_place: Place, bounded: Place
) -> None:
    (one,) = (
        one for one in deployer.build_statements(bounded, BOTH) if "iam:PassRole" in one.actions
    )
    assert one.resources == (bounded.environment.deploy.role_arn,)
    assert one.condition == {
        "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}
    }
    assert "iam:PassRole" not in granted(deployer.build_statements(dev_place, BOTH))


@pytest.mark.parametrize("role", Role)
def test_two_statements_never_have_one_name(complete: Place, role: Role) -> None:
    names = [one.sid for one in build_policy(role, complete).statements]
    assert len(set(names)) == len(names)


def test_a_planner_is_granted_every_call_that_a_plan_makes(dev: Environment) -> None:
    world = World(dev)
    world.standing()
    world.images = {"bff": ":1.4.2"}
    assert world.plan().code == 0
    made = {call for call, _ in world.wire.calls}
    assert {call for call in made if call.value.need is Need.DEPLOY} <= deployer.PLANNING


def test_a_planner_reads_and_makes_change_sets_and_executes_none(complete: Place) -> None:
    reading, planning, deploying = (
        {action for one in build_policy(role, complete).statements for action in one.actions}
        for role in (Role.READER, Role.PLANNER, Role.DEPLOYER)
    )
    beside = {"cloudformation:TagResource", "cloudformation:UntagResource", "iam:PassRole"}
    wanted = {one.text for one in deployer.PLANNING} | beside | {"s3:GetObject"}
    assert planning == reading | wanted
    assert planning < deploying
    assert Call.EXECUTE_CHANGE_SET.text not in planning
