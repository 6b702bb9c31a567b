"""Change sets of ours: the template they carry, created once, found again, never left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, Rejected, Unavailable
from tests.deploy.happenings import Change, after, before, refuse
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World

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


QUEUE = "bidops-cfn deploy --env dev --queue --image bff=1.4.2"
CASES: dict[str, tuple[Change, int, str]] = {
    "lost": (after(CREATE, Unavailable(CREATE, "reset")), 3, "it is safe to repeat"),
    "repeated": (repeated, 0, "UPDATE_COMPLETE"),
    "denied": (refuse(AccessDenied, CREATE), 3, "bidops-cfn policy prints all that it needs"),
    "rejected": (refuse(Rejected, CREATE, why="Template format error"), 4, "Template format error"),
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
