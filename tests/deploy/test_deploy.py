"""Deployments from end to end: created, changed, shown, kept, queued, by the state of the stack."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.execution import Purpose
from bidops_cfn.deploy.faults import ExpiredCredentials
from bidops_cfn.deploy.stack import ACTIONS, StackAction, choose_action
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.services import SERVICES
from tests.deploy.happenings import Change, before, nothing
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.wire import model
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.images import EVERY_IMAGE, NAMES, as_parameters, typed


def request(world: World) -> dict[str, Any]:
    """The last change set that was asked for."""
    return world.made(Call.CREATE_CHANGE_SET)[-1]


def test_a_first_deployment_creates_the_stack(first: World) -> None:
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    counts = {f"{one.title}DesiredCount": "2" for one in SERVICES}
    assert first.stack.parameters == {**as_parameters(EVERY_IMAGE), **counts}
    assert first.output.of("outputs")


def test_what_was_reviewed_is_sent_with_all_that_belongs_to_it(first: World) -> None:
    first.deploy()
    sent, sha256 = request(first), first.target.sha256
    assert sent["TemplateBody"] == prepare_body(first.text)
    assert sent["Capabilities"] == ["CAPABILITY_IAM"]  # and no more
    assert {tag["Key"]: tag["Value"] for tag in sent["Tags"]} == dict(first.environment.tags)
    assert sha256 in sent["Description"]
    assert sent["ChangeSetName"].startswith(f"bidops-cfn-{sha256[:12]}-")
    assert sent["ClientToken"] == sent["ChangeSetName"]
    assert sent["OnStackFailure"] == "DELETE"


def test_alarms_that_the_settings_drop_are_dropped_and_topics_they_do_not_name_stay(
    update: World,
) -> None:
    update.deploy()
    assert request(update)["RollbackConfiguration"]["RollbackTriggers"] == []
    assert "NotificationARNs" not in request(update)


@pytest.mark.parametrize("topics", [(), ("arn:aws:sns:us-east-1:111111111111:stacks",)])
def test_the_topics_of_stack_events_are_passed(first: World, topics: tuple[str, ...]) -> None:
    first.settings(notification_topics=topics)
    first.network.topics = dict.fromkeys(topics, 1)
    assert first.deploy().code == 0
    assert request(first)["NotificationARNs"] == list(topics)


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
    asked = {one["ParameterKey"]: one for one in request(first)["Parameters"]}
    assert asked["BffDesiredCount"]["UsePreviousValue"] is True


def test_no_changes_asks_no_question_and_says_with_which_images(world: World) -> None:
    world.standing()
    world.person = Person("n")
    ended = world.deploy(yes=False)
    told = ", ".join(f"{name} {'1.4.1' if name == 'bff' else '2.0.0'}" for name in NAMES)
    world.expect(ended, 0, "is what templates/dev/compute.json says", f"images: {told}")
    assert world.person.questions == []
    assert world.output.of("outputs")


def test_a_changed_tag_alone_is_a_change(world: World) -> None:
    world.standing(tags={"Owner": "another team"})
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.stack.settings.tags == dict(world.environment.tags)


def test_a_first_change_set_that_is_only_shown_leaves_no_placeholder(first: World) -> None:
    first.expect(first.plan(), 0, "bidops-cfn deploy --env dev")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_a_change_set_that_is_kept_is_named(update: World) -> None:
    ended = update.deploy(purpose=Purpose.KEEP)
    name = request(update)["ChangeSetName"]
    update.expect(ended, 0, "aws cloudformation delete-change-set", left=[name])


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


EVENTS = Call.DESCRIBE_STACK_EVENTS
WAITING: list[tuple[Change, int, str, str]] = [
    (nothing, 6, WATCH, ""),  # at the time limit
    (before(EVENTS, None, ExpiredCredentials(EVENTS, "expired")), 6, "", "Sign in again"),
    (before(EVENTS, None, KeyboardInterrupt()), 130, DEPLOY, ""),
]


@pytest.mark.parametrize(("happen", "code", "last", "says"), WAITING)
def test_waiting_for_another_operation_ends_and_touches_nothing(
    world: World, happen: Change, code: int, last: str, says: str
) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    happen(world)
    world.expect(world.deploy(wait=True, minutes=1), code, last, says)


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
    ended = world.deploy(recreate=True)
    world.expect(ended, 3, f"bidops-cfn deploy --env dev --recreate {typed(world.images)}")
    assert world.made(Call.DELETE_STACK) == []


EVERY_STATUS = sorted(model("cloudformation").shape_for("StackStatus").enum)
BUSY = sorted(s for s in EVERY_STATUS if s.endswith("_IN_PROGRESS") and "REVIEW" not in s)
HALF_WAY = ("CREATE_FAILED", "UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED")
UPDATABLE = [
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
]


def test_every_status_of_the_installed_botocore_has_its_action_and_others_are_refused() -> None:
    assert sorted(ACTIONS) == EVERY_STATUS
    assert [s for s in EVERY_STATUS if choose_action(s) is StackAction.WAIT] == BUSY
    assert choose_action("UPDATE_PAUSED") is StackAction.REFUSE


@pytest.mark.parametrize("status", UPDATABLE)
def test_a_stable_stack_is_updated(world: World, status: str) -> None:
    world.standing(status)
    world.images = {"bff": ":1.4.2"}
    world.expect(world.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert world.made(Call.CREATE_CHANGE_SET)[0]["ChangeSetType"] == "UPDATE"


@pytest.mark.parametrize("status", BUSY)
def test_a_busy_stack_is_left_alone(world: World, status: str) -> None:
    world.standing(status)
    world.expect(world.deploy(), 6, "bidops-cfn deploy --env dev --queue", status)
    assert world.made(Call.CREATE_CHANGE_SET) == []


REFUSED = {
    "ROLLBACK_COMPLETE": "bidops-cfn deploy --env dev --recreate",
    "ROLLBACK_FAILED": "bidops-cfn destroy --env dev",
    "DELETE_FAILED": "bidops-cfn destroy --env dev",
    "IMPORT_ROLLBACK_FAILED": "Look at it in the console",
    **dict.fromkeys(HALF_WAY, "bidops-cfn rollback --env dev"),
}


@pytest.mark.parametrize(("status", "step"), REFUSED.items())
def test_a_stack_that_no_deployment_can_leave_names_the_next_step_and_what_failed(
    world: World, status: str, step: str
) -> None:
    world.standing(status).note("BffService", status="UPDATE_FAILED", reason="it is unstable")
    world.images = EVERY_IMAGE
    failed = "BffService (AWS::ECS::Service) UPDATE_FAILED: it is unstable"
    world.expect(world.deploy(), 5, step, failed if status in HALF_WAY else "")
    assert world.made(Call.DELETE_STACK) == []


PLACEHOLDERS: list[tuple[str, bool, int, str]] = [
    ("", False, 8, "--out plan.json"),  # which is kept, when declined
    ("UNAVAILABLE", True, 0, "CREATE_COMPLETE"),
    ("AVAILABLE", True, 6, DEPLOY),
]


@pytest.mark.parametrize(("execution", "yes", "code", "last"), PLACEHOLDERS)
def test_a_placeholder_of_another_operator_is_used_unless_its_change_set_is_live(
    world: World, execution: str, code: int, last: str, *, yes: bool
) -> None:
    name, theirs = world.placeholder().name, ""
    if execution:
        theirs = world.cloudformation.review(world.stack, "theirs", execution=execution)
    says = theirs if code else ""
    left = [*(["theirs"] if says else []), name] if code else []
    world.images = EVERY_IMAGE
    world.expect(world.deploy(yes=yes), code, last, says, executed=int(not code), left=left)
    assert world.made(Call.DELETE_CHANGE_SET) == []
