"""Deployments from end to end in the scripted AWS: what is created, changed, kept, left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.deployment import Purpose
from tests.deploy.scripted.cloudformation import change
from tests.deploy.scripted.world import Person, World

BOTH = {"bff": ":1.4.2", "agentcore": ":2.0.0"}


def request(world: World) -> dict[str, Any]:
    """The last change set that was asked for."""
    return world.made(Call.CREATE_CHANGE_SET)[-1]


def parameter(world: World, name: str) -> dict[str, Any]:
    return next(one for one in request(world)["Parameters"] if one["ParameterKey"] == name)


# creation


def test_a_first_deployment_creates_the_stack(world: World) -> None:
    world.images = BOTH
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert world.stack.parameters == {
        "BffImage": ":1.4.2",
        "BffDesiredCount": "2",
        "AgentCoreImage": ":2.0.0",
        "AgentCoreDesiredCount": "2",
    }
    assert world.output.of("outputs")


def test_a_creation_that_fails_leaves_nothing_and_says_so(world: World) -> None:
    world.images = BOTH
    world.play.fails = "BffService"
    ended = world.deploy()
    world.expect(ended, 1, "bidops-cfn deploy --env dev", executed=1)
    assert "the creation failed and was undone" in ended.said
    assert request(world)["OnStackFailure"] == "DELETE"


def test_only_the_capabilities_that_the_template_needs_are_given(world: World) -> None:
    world.images = BOTH
    world.deploy()
    assert request(world)["Capabilities"] == ["CAPABILITY_IAM"]


def test_tags_and_the_digest_go_with_the_change_set(world: World) -> None:
    world.images = BOTH
    world.deploy()
    assert {tag["Key"]: tag["Value"] for tag in request(world)["Tags"]} == dict(
        world.environment.tags
    )
    assert world.target.sha256 in request(world)["Description"]
    assert request(world)["ChangeSetName"].startswith(f"bidops-cfn-{world.target.sha256[:12]}-")
    assert request(world)["ClientToken"] == request(world)["ChangeSetName"]


def test_what_is_sent_is_what_was_reviewed(world: World) -> None:
    world.images = BOTH
    world.deploy()
    assert request(world)["TemplateBody"] == world.committed


def test_role_and_rollback_alarms_of_the_settings_are_passed(world: World) -> None:
    alarm = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke"
    role = "arn:aws:iam::111111111111:role/cloudformation"
    world.settings(role_arn=role, rollback_alarms=(alarm,), monitoring_minutes=5)
    world.account.alarms["smoke"] = "OK"
    world.images = BOTH
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert request(world)["RoleARN"] == role
    assert request(world)["RollbackConfiguration"] == {
        "RollbackTriggers": [{"Arn": alarm, "Type": "AWS::CloudWatch::Alarm"}],
        "MonitoringTimeInMinutes": 5,
    }


# no changes


def test_a_second_deployment_of_the_same_changes_nothing(world: World) -> None:
    world.images = BOTH
    world.deploy()
    ended = world.deploy()
    world.expect(ended, 0, "is what templates/dev/compute.json says", executed=1)
    assert ended.result is not None
    assert ended.result.outcome == "no changes"
    assert parameter(world, "BffDesiredCount") == {
        "ParameterKey": "BffDesiredCount",
        "UsePreviousValue": True,
    }


def test_no_changes_without_naming_images(world: World) -> None:
    world.standing()
    world.expect(world.deploy(), 0, "is what templates/dev/compute.json says")
    assert world.output.of("outputs")


def test_no_changes_needs_nobody_to_ask(world: World) -> None:
    world.standing()
    world.expect(world.deploy(yes=False), 0, "is what templates/dev/compute.json says")


def test_a_changed_tag_alone_is_a_change(world: World) -> None:
    world.standing(tags={"Owner": "somebody"})
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.tags == dict(world.environment.tags)


# updates, images, counts


def test_a_new_image_rolls_out_and_the_other_service_keeps_its_own(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.parameters["BffImage"] == ":1.4.2"
    assert world.stack.parameters["AgentCoreImage"] == ":2.0.0"
    assert parameter(world, "AgentCoreImage")["UsePreviousValue"] is True


def test_an_update_leaves_a_scaled_out_service_alone(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.deploy()
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "0"
    assert world.ecs.service("BffService").desired == 5


def test_the_first_update_after_a_creation_warns_of_what_its_rollback_would_scale_in(
    world: World,
) -> None:
    world.images = BOTH
    world.deploy()
    world.ecs.service("BffService").desired = world.ecs.service("BffService").running = 6
    world.images = {"bff": ":1.4.3"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=2)
    (notice,) = world.output.of("warning")
    assert notice.message == (
        "if this update is rolled back, CloudFormation sets BffService from 6 to 2 tasks"
    )
    world.output.records.clear()
    world.images = {"bff": ":1.4.4"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=3)
    assert world.output.of("warning") == []


def test_a_digest_is_deployed_as_a_digest(world: World) -> None:
    world.standing()
    world.images = {"bff": "@sha256:" + "a" * 64}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.parameters["BffImage"] == "@sha256:" + "a" * 64


def test_a_service_that_is_new_to_the_stack_gets_the_settings_count(world: World) -> None:
    parameters = {"BffImage": ":1.4.1", "BffDesiredCount": "2"}
    world.standing(parameters=parameters)
    world.images = {"agentcore": ":2.0.0"}
    world.deploy()
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "2"
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "0"


def replaced(world: World, logical_id: str = "BffService") -> None:
    """Script a change set that replaces a service."""
    arn = world.stack.resources[logical_id].physical_id
    world.cloudformation.changes = [
        change("Modify", logical_id, "AWS::ECS::Service", replacement="True", physical=arn)
    ]


def test_replacing_a_service_is_refused_even_with_yes(world: World) -> None:
    world.standing()
    replaced(world)
    ended = world.deploy()
    world.expect(ended, 3, "--allow-replacement BffService")
    assert world.output.of("change")[0].guarded


def test_a_service_that_is_replaced_gets_the_count_that_runs_now(world: World) -> None:
    world.standing()
    replaced(world)
    world.expect(world.deploy(allowed=frozenset({"BffService"})), 0, "UPDATE_COMPLETE", executed=1)
    assert len(world.made(Call.CREATE_CHANGE_SET)) == 2
    assert parameter(world, "BffDesiredCount")["ParameterValue"] == "5"
    assert parameter(world, "AgentCoreDesiredCount")["ParameterValue"] == "0"


@pytest.mark.parametrize(
    "type_",
    [
        "AWS::ECS::Cluster",
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "AWS::ServiceDiscovery::PrivateDnsNamespace",
        "AWS::ECS::Service",
    ],
)
def test_removing_what_the_application_runs_on_is_refused(world: World, type_: str) -> None:
    world.standing()
    world.cloudformation.changes = [change("Remove", "Thing", type_)]
    world.expect(world.deploy(), 3, "--allow-replacement Thing")


def test_a_conditional_replacement_counts_as_one(world: World) -> None:
    world.standing()
    world.cloudformation.changes = [
        change("Modify", "Cluster", "AWS::ECS::Cluster", replacement="Conditional")
    ]
    world.expect(world.deploy(), 3, "--allow-replacement Cluster")


def test_replacing_a_task_definition_needs_no_permission(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    rows = {row.logical_id: row for row in world.output.of("change")}
    assert rows["BffTaskDefinition"].replacement == "True"
    assert not rows["BffTaskDefinition"].guarded


def test_an_export_that_a_replacement_alters_and_somebody_imports_is_refused(
    world: World,
) -> None:
    world.standing()
    name = "bidopsai-dev-compute-BffTaskDefinitionArn"
    world.cloudformation.importers[name] = ["monitoring"]
    world.images = {"bff": ":1.4.2"}
    ended = world.deploy()
    world.expect(ended, 3, "Deploy the importing stacks without these imports first.")
    assert f"{name}: imported by monitoring" in ended.said


# consent


def test_nobody_to_ask_and_no_yes_executes_nothing(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(yes=False), 8, "bidops-cfn plan --env dev --out plan.json")


@pytest.mark.parametrize("answer", ["", "n\n", "no", "dev", "yes please"])
def test_everything_but_yes_means_no(world: World, answer: str) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.person = Person(answer)
    world.expect(world.deploy(yes=False), 8, "our change set is deleted")


def test_a_declined_creation_leaves_no_placeholder(world: World) -> None:
    world.images = BOTH
    world.person = Person("n")
    world.expect(world.deploy(yes=False), 8, "our change set is deleted")
    assert world.cloudformation.stack(world.environment.stack_name) is None


def test_yes_executes(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.person = Person("y\n")
    world.expect(world.deploy(yes=False), 0, "UPDATE_COMPLETE", executed=1)
    assert "dev (111111111111, us-east-1)" in world.person.questions[0]


@pytest.mark.parametrize(("answer", "code"), [("dev\n", 0), ("y\n", 8), ("prod\n", 8)])
def test_an_environment_that_wants_its_name_takes_nothing_else(
    world: World, answer: str, code: int
) -> None:
    world.settings(confirm_name=True)
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.person = Person(answer)
    ended = world.deploy(yes=False)
    assert ended.code == code
    assert world.cloudformation.left_behind() == []


# showing and keeping


def test_a_change_set_that_is_only_shown_is_deleted(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    ended = world.deploy(purpose=Purpose.SHOW)
    world.expect(ended, 0, "bidops-cfn deploy --env dev")
    assert world.output.of("change")


def test_a_first_change_set_that_is_only_shown_leaves_no_placeholder(world: World) -> None:
    world.images = BOTH
    world.expect(world.deploy(purpose=Purpose.SHOW), 0, "bidops-cfn deploy --env dev")
    assert world.cloudformation.stack(world.environment.stack_name) is None


def test_a_change_set_that_is_kept_is_named(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2"}
    ended = world.deploy(purpose=Purpose.KEEP)
    name = request(world)["ChangeSetName"]
    world.expect(ended, 0, "aws cloudformation delete-change-set", left=[name])


# waiting, recreating


def test_wait_queues_behind_the_operation_and_then_deploys(world: World) -> None:
    stack = world.standing("UPDATE_IN_PROGRESS")
    world.clock.after(60, lambda: stack.enter("UPDATE_COMPLETE"))
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(wait=True), 0, "UPDATE_COMPLETE", executed=1)


def test_wait_ends_at_the_time_limit(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.expect(world.deploy(wait=True, minutes=1), 6, "bidops-cfn watch --env dev")


def test_recreate_lists_what_goes_asks_deletes_by_id_and_creates(world: World) -> None:
    old = world.standing("ROLLBACK_COMPLETE")
    world.images = BOTH
    world.person = Person("dev\n", "y\n")
    ended = world.deploy(yes=False, recreate=True)
    world.expect(ended, 0, "CREATE_COMPLETE", executed=1)
    assert [one["StackName"] for one in world.made(Call.DELETE_STACK)] == [old.id]
    assert {row.action for row in world.output.of("change")} == {"Remove", "Add"}
    assert world.stack.id != old.id


def test_recreate_declined_deletes_nothing(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = BOTH
    world.person = Person("y\n")
    world.expect(world.deploy(yes=False, recreate=True), 8, "nothing was deleted")
    assert world.made(Call.DELETE_STACK) == []


# sizes


def test_a_template_too_big_for_a_request_goes_through_the_bucket(world: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = "x" * 60_000

    world.edit(swell)
    world.images = BOTH
    world.expect(world.deploy(), 3, "--s3-bucket NAME")
    world.bucket = "templates"
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert request(world)["TemplateURL"].startswith("https://templates.s3.us-east-1.amazonaws.com/")
    assert world.target.sha256 in request(world)["TemplateURL"]


def test_a_template_that_only_fits_without_white_space_is_sent_so(world: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = [""] * 2_000

    world.edit(swell)
    assert len(world.text.encode()) > 51_200
    world.images = BOTH
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert json.loads(request(world)["TemplateBody"]) == json.loads(world.text)
    world.expect(world.deploy(), 0, "is what templates/dev/compute.json says", executed=1)
