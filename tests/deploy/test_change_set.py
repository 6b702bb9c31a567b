"""Change sets: created once, never left behind, read to the last page, judged and reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    Fault,
    NotFound,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from bidops_cfn.deploy.records import PropertyChange
from bidops_cfn.deploy.resource_change import (
    make_row,
    merge_descriptions,
    parse_row,
)
from tests.deploy.happenings import Change, after, before, refuse
from tests.deploy.scripted.changes import change
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World


def test_a_change_set_that_takes_its_time_is_polled_also_through_throttling(update: World) -> None:
    update.cloudformation.slow_polls = 4
    update.wire.before[Call.DESCRIBE_CHANGE_SET] = [
        Throttled(Call.DESCRIBE_CHANGE_SET, "Rate exceeded"),
        Unavailable(Call.DESCRIBE_CHANGE_SET, "reset"),
    ]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.clock.sleeps[:4] == [1.0] * 4


CONFLICT = {
    "EventType": "VALIDATION_ERROR",
    "LogicalResourceId": "BffService",
    "ValidationName": "NAME_CONFLICT_VALIDATION",
    "ValidationPath": "/Resources/BffService",
    "ValidationFailureMode": "FAIL",
    "ValidationStatusReason": "a service of this name exists",
}
HOOK = {
    "EventType": "HOOK_INVOCATION_ERROR",
    "LogicalResourceId": "BffTaskRole",
    "HookType": "Company::Policy::Roles",
    "HookFailureMode": "FAIL",
    "HookStatusReason": "roles need a boundary",
}


@pytest.mark.parametrize(
    ("objection", "said"),
    [
        (None, "must match pattern"),
        (CONFLICT, "BffService /Resources/BffService: a service of this name exists"),
        (HOOK, "FAIL Company::Policy::Roles BffTaskRole: roles need a boundary"),
    ],
    ids=["reason", "validation", "hook"],
)
def test_a_change_set_that_fails_names_the_reason_and_what_validation_or_a_hook_objects_to(
    update: World, objection: dict[str, str] | None, said: str
) -> None:
    update.cloudformation.change_set_fails = "Parameters: [BffImage] must match pattern"
    update.cloudformation.objections = [objection] if objection else []
    update.expect(update.deploy(), 4, "Fix the cause and run the command again.", said)


def test_warnings_of_validation_and_hooks_are_shown_before_consent(update: World) -> None:
    update.cloudformation.objections = [
        {
            "EventType": "VALIDATION_ERROR",
            "LogicalResourceId": "BffLogGroup",
            "ValidationFailureMode": "WARN",
            "ValidationStatusReason": "retention is short",
        }
    ]
    one = change("Modify", "BffService", "AWS::ECS::Service")
    one["HookInvocationCount"] = 1
    update.cloudformation.changes = [one]
    update.cloudformation.hooks = [
        {
            "TypeName": "Company::Policy::Roles",
            "TargetDetails": {
                "TargetType": "RESOURCE",
                "ResourceTargetDetails": {"LogicalResourceId": "BffService"},
            },
        }
    ]
    update.plan()
    said = [notice.message for notice in update.output.of("warning")]
    assert any("retention is short" in text for text in said)
    assert "Company::Policy::Roles judges BffService" in said


def test_a_guarded_change_on_the_second_page_is_seen(update: World) -> None:
    update.cloudformation.changes = [
        change("Modify", "BffTaskDefinition", "AWS::ECS::TaskDefinition", replacement="True"),
        change("Remove", "AgentCoreService", "AWS::ECS::Service"),
    ]
    update.cloudformation.page_size = 1
    update.expect(update.deploy(), 3, "--allow-replacement AgentCoreService")


def test_changes_that_property_values_hide_are_merged_in(update: World) -> None:
    update.cloudformation.changes = [
        change("Modify", "BffService", "AWS::ECS::Service"),
        change("Remove", "BffTargetGroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ]
    update.cloudformation.detailed_changes = [
        change("Modify", "BffService", "AWS::ECS::Service", before="1", after="2")
    ]
    update.expect(update.deploy(), 3, "--allow-replacement BffTargetGroup")
    rows = {row.logical_id: row for row in update.output.of("change")}
    assert rows["BffService"].properties[0].before == "1"


def test_merging_keeps_values_and_adds_what_was_dropped() -> None:
    valued = PropertyChange("Properties.Tags.0.Value", "a", "b")
    plain = make_row(
        "Modify",
        "X",
        "T",
        properties=(PropertyChange("Properties.Tags"), PropertyChange("Properties.Other")),
    )
    detailed = make_row("Modify", "X", "T", properties=(valued,))
    found = merge_descriptions([detailed], [plain, make_row("Add", "Y", "T")])
    assert [one.logical_id for one in found] == ["X", "Y"]
    assert [one.path for one in found[0].properties] == [
        "Properties.Tags.0.Value",
        "Properties.Other",
    ]


def test_a_property_that_is_listed_once_per_cause_is_one_change() -> None:
    target = {"Attribute": "Properties", "Name": "Image", "RequiresRecreation": "Never"}
    described = {
        "ResourceChange": {
            "Action": "Modify",
            "LogicalResourceId": "X",
            "ResourceType": "T",
            "Replacement": "True",
            "Details": [
                {"Target": target, "CausingEntity": "BffImage"},
                {"Target": {**target, "RequiresRecreation": "Always", "AfterValue": "b"}},
            ],
        }
    }
    assert parse_row(described).properties == (
        PropertyChange("Properties.Image", None, "b", "Always", "BffImage"),
    )


def test_a_change_set_that_cannot_be_read_any_more_is_given_up(update: World) -> None:
    update.wire.refuse(Unavailable, Call.DESCRIBE_CHANGE_SET, why="reset")
    update.expect(update.deploy(), 3, "it is safe to repeat.")
    assert update.clock.elapsed >= 600


@pytest.mark.parametrize("fault", [Unsupported, AccessDenied])
def test_validation_results_that_cannot_be_had_stop_nothing(
    update: World, fault: type[Fault]
) -> None:
    update.wire.refuse(fault, Call.DESCRIBE_EVENTS)
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    told = [one.message for one in update.output.of("warning")]
    assert any("cannot be read" in text for text in told) is (fault is AccessDenied)


def test_a_value_of_a_hidden_parameter_is_masked(world: World) -> None:
    def hide(document: dict[str, Any]) -> None:
        document["Parameters"]["BffImage"]["NoEcho"] = True

    world.edit(hide)
    world.standing()
    world.images = {"bff": ":1.4.2"}
    world.cloudformation.changes = [
        change(
            "Modify",
            "BffTaskDefinition",
            "AWS::ECS::TaskDefinition",
            cause="BffImage",
            before=":1.4.1",
            after=":1.4.2",
        )
    ]
    world.plan()
    (one,) = world.output.of("change")[0].properties
    assert (one.before, one.after) == ("****", "****")


def test_a_change_set_that_becomes_obsolete_before_execution_changes_nothing(
    update: World,
) -> None:
    def another_operator() -> None:
        for one in update.cloudformation.change_sets.all.values():
            one.execution_status = "OBSOLETE"

    update.cloudformation.on_execute = another_operator
    update.expect(update.deploy(), 4, "bidops-cfn deploy --env dev", "OBSOLETE", executed=1)


def may_delete(document: dict[str, Any]) -> None:
    policy = document["Resources"]["BffTaskRole"]["Properties"]["Policies"][0]
    policy["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}
    )


def without_egress(document: dict[str, Any]) -> None:
    del document["Resources"]["AgentCoreSecurityGroup"]["Properties"]["SecurityGroupEgress"]


@pytest.mark.parametrize(
    ("change", "name", "group", "said"),
    [
        (may_delete, "BffTaskRole", "iam", "BffTaskRole: s3:DeleteObject on *"),
        (without_egress, "AgentCoreSecurityGroup", "security group", "0.0.0.0/0"),
    ],
)
def test_widening_is_told_from_the_templates_themselves(
    world: World, change: Callable[[dict[str, Any]], None], name: str, group: str, said: str
) -> None:
    old = world.text
    world.edit(change)
    world.standing(template=old)
    world.plan()
    (row,) = (one for one in world.output.of("change") if one.logical_id == name)
    assert any(said in text for text in row.widened)
    assert row.group == group


CREATE = Call.CREATE_CHANGE_SET
BUSY = "Stack:x is in UPDATE_IN_PROGRESS state and can not be updated."


def unnamed(world: World) -> None:
    world.images = {}
    refuse(Rejected, CREATE, why="No updates are to be performed.", code="ValidationError")(world)


def repeated(world: World) -> None:
    """The creation arrives twice: the client repeated it on the way."""

    def again(_: object) -> None:
        raise Rejected(CREATE, "it exists", "AlreadyExistsException")

    world.wire.change(CREATE, again)


GONE = NotFound(Call.DESCRIBE_CHANGE_SET, "it does not exist", "ChangeSetNotFound")
QUEUE = "bidops-cfn deploy --env dev --queue --image bff=1.4.2"
CASES: dict[str, tuple[Change, int, str]] = {
    "lost": (after(CREATE, Unavailable(CREATE, "reset")), 3, "it is safe to repeat"),
    "repeated": (repeated, 0, "UPDATE_COMPLETE"),
    "denied": (refuse(AccessDenied, CREATE), 3, "bidops-cfn policy prints all that it needs"),
    "rejected": (refuse(Rejected, CREATE, why="Template format error"), 4, "Template format error"),
    "deleted by others": (before(Call.DESCRIBE_CHANGE_SET, GONE), 4, "Nothing was changed."),
    "no updates": (unnamed, 0, "is what templates/dev/compute.json says"),
    "busy": (before(CREATE, Rejected(CREATE, BUSY, "ValidationError")), 6, QUEUE),
}


@pytest.mark.parametrize(("happen", "code", "says"), CASES.values(), ids=CASES)
def test_how_the_creation_of_a_change_set_ends(
    update: World, happen: Change, code: int, says: str
) -> None:
    happen(update)
    update.expect(update.deploy(), code, "", says, executed=int(says == "UPDATE_COMPLETE"))


def test_a_lost_answer_to_a_first_creation_leaves_no_placeholder(first: World) -> None:
    first.lose(CREATE, arrives=True)
    first.expect(first.deploy(), 3, "it is safe to repeat")
    assert first.cloudformation.stack(first.environment.stack_name) is None


def test_another_operators_change_set_is_named_and_never_deleted(update: World) -> None:
    update.cloudformation.review(update.stack, "theirs")
    update.person = Person("n")
    update.expect(update.deploy(yes=False), 8, "our change set is deleted", left=["theirs"])
    assert any("theirs" in notice.message for notice in update.output.of("warning"))
    assert all(one["ChangeSetName"] != "theirs" for one in update.made(Call.DELETE_CHANGE_SET))


def test_what_cannot_be_cleaned_up_is_said_with_the_command_for_it(update: World) -> None:
    update.wire.refuse(AccessDenied, Call.DELETE_CHANGE_SET, why="not authorized")
    update.person = Person("n")
    update.deploy(yes=False).hold(8)
    (notice,) = [one for one in update.output.of("warning") if "left behind" in one.message]
    assert any("aws cloudformation delete-change-set" in detail for detail in notice.details)


def test_a_change_set_that_is_never_worked_out_is_given_up(update: World) -> None:
    update.cloudformation.slow_polls = 10_000
    update.deploy().hold(4, "the change set is in CREATE_IN_PROGRESS")
    (notice,) = update.output.of("warning")
    assert notice.message == "our change set may be left behind"


def request(world: World) -> dict[str, Any]:
    """The last change set that was asked for."""
    return world.made(CREATE)[-1]


def test_a_template_too_big_for_a_request_goes_through_the_bucket(first: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = "x" * 60_000

    first.edit(swell)
    first.expect(first.deploy(), 3, "--s3-bucket NAME")
    first.bucket = "templates"
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert request(first)["TemplateURL"].startswith("https://templates.s3.us-east-1.amazonaws.com/")
    assert first.target.sha256 in request(first)["TemplateURL"]


def test_a_template_that_only_fits_without_white_space_is_sent_so(first: World) -> None:
    def swell(document: dict[str, Any]) -> None:
        document["Metadata"]["Padding"] = [""] * 2_000

    first.edit(swell)
    assert len(first.text.encode()) > 51_200
    first.expect(first.deploy(), 0, "CREATE_COMPLETE", executed=1)
    assert json.loads(request(first)["TemplateBody"]) == json.loads(first.text)
    first.expect(first.deploy(), 0, "is what templates/dev/compute.json says", executed=1)
