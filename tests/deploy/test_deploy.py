"""Deployments from end to end in the scripted AWS: created, changed, shown, kept, queued."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.execution import Purpose
from bidops_cfn.deploy.faults import ExpiredCredentials, Rejected
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, NAMES, as_parameters, typed


def request(world: World) -> dict[str, Any]:
    """The last change set that was asked for."""
    return world.made(Call.CREATE_CHANGE_SET)[-1]


def parameter(world: World, name: str) -> dict[str, Any]:
    """A parameter of the last change set that was asked for."""
    asked = world.made(Call.CREATE_CHANGE_SET)[-1]
    found: dict[str, Any] = next(one for one in asked["Parameters"] if one["ParameterKey"] == name)
    return found


def test_a_first_deployment_creates_the_stack(first: World) -> None:
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    counts = {f"{one.title}DesiredCount": "2" for one in SERVICES}
    assert first.stack.parameters == {**as_parameters(EVERY_IMAGE), **counts}
    assert first.output.of("outputs")


def test_a_creation_that_fails_leaves_nothing_and_says_so(first: World) -> None:
    first.play.fails = "BffService"
    first.expect(
        first.deploy(),
        1,
        "bidops-cfn deploy --env dev",
        "the creation failed and was undone",
        executed=1,
    )
    assert request(first)["OnStackFailure"] == "DELETE"


def test_only_the_capabilities_that_the_template_needs_are_given(first: World) -> None:
    first.deploy()
    assert request(first)["Capabilities"] == ["CAPABILITY_IAM"]


def test_tags_and_the_digest_go_with_the_change_set(first: World) -> None:
    first.deploy()
    assert {tag["Key"]: tag["Value"] for tag in request(first)["Tags"]} == dict(
        first.environment.tags
    )
    assert first.target.sha256 in request(first)["Description"]
    assert request(first)["ChangeSetName"].startswith(f"bidops-cfn-{first.target.sha256[:12]}-")
    assert request(first)["ClientToken"] == request(first)["ChangeSetName"]


def test_what_is_sent_is_what_was_reviewed(first: World) -> None:
    first.deploy()
    assert request(first)["TemplateBody"] == prepare_body(first.text)


def test_rollback_alarms_that_the_settings_drop_are_dropped(update: World) -> None:
    update.deploy()
    assert request(update)["RollbackConfiguration"]["RollbackTriggers"] == []


@pytest.mark.parametrize("topics", [(), ("arn:aws:sns:us-east-1:111111111111:stacks",)])
def test_the_topics_of_stack_events_are_passed(first: World, topics: tuple[str, ...]) -> None:
    first.settings(notification_topics=topics)
    first.network.topics = dict.fromkeys(topics, 1)
    assert first.deploy().code == 0
    assert first.made(Call.CREATE_CHANGE_SET)[0]["NotificationARNs"] == list(topics)


def test_topics_that_the_settings_do_not_mention_stay_as_they_are(update: World) -> None:
    assert update.deploy().code == 0
    assert "NotificationARNs" not in update.made(Call.CREATE_CHANGE_SET)[0]


def test_role_and_rollback_alarms_of_the_settings_are_passed(world: World) -> None:
    alarm = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:smoke"
    role = "arn:aws:iam::111111111111:role/cloudformation"
    world.settings(role_arn=role, rollback_alarms=(alarm,), monitoring_minutes=5)
    world.account.alarms["smoke"] = "OK"
    world.images = EVERY_IMAGE
    world.expect(world.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert request(world)["RoleARN"] == role
    assert request(world)["RollbackConfiguration"] == {
        "RollbackTriggers": [{"Arn": alarm, "Type": "AWS::CloudWatch::Alarm"}],
        "MonitoringTimeInMinutes": 5,
    }


def test_a_second_deployment_of_the_same_changes_nothing(first: World) -> None:
    first.deploy()
    ended = first.expect(first.deploy(), 0, "is what templates/dev/compute.json says", executed=1)
    assert ended.done.outcome == "no changes"
    assert parameter(first, "BffDesiredCount") == {
        "ParameterKey": "BffDesiredCount",
        "UsePreviousValue": True,
    }


def test_no_changes_without_naming_images(world: World) -> None:
    world.standing()
    world.expect(world.deploy(), 0, "is what templates/dev/compute.json says")
    assert world.output.of("outputs")


def test_no_changes_asks_no_question(world: World) -> None:
    world.standing()
    world.person = Person("n")
    world.expect(world.deploy(yes=False), 0, "is what templates/dev/compute.json says")
    assert world.person.questions == []


def test_a_changed_tag_alone_is_a_change(world: World) -> None:
    world.standing(tags={"Owner": "another team"})
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.settings.tags == dict(world.environment.tags)


def test_a_change_set_that_is_only_shown_is_deleted(update: World) -> None:
    update.expect(update.deploy(purpose=Purpose.SHOW), 0, "bidops-cfn deploy --env dev")
    assert update.output.of("change")


def test_a_first_change_set_that_is_only_shown_leaves_no_placeholder(first: World) -> None:
    first.expect(first.deploy(purpose=Purpose.SHOW), 0, "bidops-cfn deploy --env dev")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_a_change_set_that_is_kept_is_named(update: World) -> None:
    ended = update.deploy(purpose=Purpose.KEEP)
    name = request(update)["ChangeSetName"]
    update.expect(ended, 0, "aws cloudformation delete-change-set", left=[name])


def test_no_changes_says_with_which_images(world: World) -> None:
    world.standing()
    ended = world.deploy()
    told = ", ".join(f"{name} {'1.4.1' if name == 'bff' else '2.0.0'}" for name in NAMES)
    assert ended.done.details == (f"images: {told}",)


def test_a_refused_change_set_says_what_to_do(update: World) -> None:
    refused = Rejected(Call.CREATE_CHANGE_SET, "Template error: no such thing")
    update.wire.before[Call.CREATE_CHANGE_SET] = [refused]
    update.expect(update.deploy(), 4, "Fix the cause and run the command again.")


def test_a_failed_update_without_images_warns_that_they_stay(update: World) -> None:
    update.images = {}
    update.edit(
        lambda one: one["Resources"]["BffService"]["Properties"].update(
            HealthCheckGracePeriodSeconds=61
        )
    )
    update.play.fails = "BffService"
    ended = update.expect(update.deploy(), 1, "bidops-cfn deploy --env dev", executed=1)
    assert "an image that is not named stays the previous one" in ended.last


def test_wait_queues_behind_the_operation_and_then_deploys(world: World) -> None:
    stack = world.standing("UPDATE_IN_PROGRESS")
    world.clock.after(60, lambda: stack.enter("UPDATE_COMPLETE"))
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(wait=True), 0, "UPDATE_COMPLETE", executed=1)


def test_wait_ends_at_the_time_limit(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.expect(world.deploy(wait=True, minutes=1), 6, "bidops-cfn watch --env dev")


def test_wait_ends_when_the_operation_cannot_be_followed(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    lost = ExpiredCredentials(Call.DESCRIBE_STACK_EVENTS, "expired")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, lost]
    world.deploy(wait=True).hold(6, "Sign in again")


def test_ctrl_c_while_waiting_touches_nothing(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, KeyboardInterrupt()]
    world.expect(world.deploy(wait=True), 130, "bidops-cfn deploy --env dev")


def test_recreate_lists_what_goes_asks_deletes_by_id_and_creates(world: World) -> None:
    old = world.standing("ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.person = Person("dev\n", "y\n")
    world.expect(world.deploy(yes=False, recreate=True), 0, "CREATE_COMPLETE", executed=1)
    assert [one["StackName"] for one in world.made(Call.DELETE_STACK)] == [old.id]
    assert {row.action for row in world.output.of("change")} == {"Remove", "Add"}
    assert world.stack.id != old.id


def test_recreate_declined_deletes_nothing(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = EVERY_IMAGE
    world.person = Person("y\n")
    world.expect(world.deploy(yes=False, recreate=True), 8, "nothing was deleted")
    assert world.made(Call.DELETE_STACK) == []


def test_recreate_without_an_image_for_each_service_deletes_nothing(world: World) -> None:
    world.standing("ROLLBACK_COMPLETE")
    world.images = {"bff": ":1.4.2"}
    world.expect(
        world.deploy(recreate=True),
        3,
        f"bidops-cfn deploy --env dev --recreate {typed(world.images)}",
    )
    assert world.made(Call.DELETE_STACK) == []
