"""Deleting a stack: by id, after its name was typed, and never while another stack needs it."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected, Unavailable
from tests.deploy.happenings import Change, after, before, nothing, play, refuse
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import DESTROY, WATCH, World


def test_the_stack_is_deleted_by_its_id(world: World) -> None:
    stack = world.standing()
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute any more")
    assert [one["StackName"] for one in world.made(Call.DELETE_STACK)] == [stack.id]
    assert "DeletionMode" not in world.made(Call.DELETE_STACK)[0]


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", 8), ("yes\n", 8), ("", 8), ("prod\n", 8), ("dev\n", 0)]
)
def test_only_the_environments_name_deletes(world: World, answer: str, code: int) -> None:
    world.standing()
    world.person = Person(answer)
    ended = world.destroy(yes=False).hold(code, "" if code == 0 else "nothing was deleted")
    assert bool(world.made(Call.DELETE_STACK)) is (ended.code == 0)


def test_what_goes_and_what_stays_is_shown_first(world: World) -> None:
    def retain(document: dict[str, Any]) -> None:
        document["Resources"]["BffLogGroup"]["DeletionPolicy"] = "Retain"

    world.edit(retain)
    world.standing()
    world.destroy()
    rows = {row.logical_id: row for row in world.output.of("change")}
    assert rows["BffLogGroup"].policy_action == "Retain"
    assert rows["BffService"].policy_action == "Delete"
    assert len(rows) == len(world.target.template["Resources"])
    assert not any(row.guarded for row in rows.values())  # destroy has no option to allow it


def protected(world: World) -> None:
    world.stack.termination_protection = True


def blinding(world: World) -> None:
    """Interrupt the deletion, and let nothing be read after it."""

    def stop() -> KeyboardInterrupt:
        world.wire.refuse(Unavailable, Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS)
        return KeyboardInterrupt()

    world.wire.always[DELETE] = stop


DELETE, NOTHING = Call.DELETE_STACK, "nothing was begun"
CASES: dict[str, tuple[str, Change, int, str, str, bool]] = {
    "protected": ("UPDATE_COMPLETE", protected, 3, "--no-enable-termination-protection", "", False),
    "busy": ("UPDATE_IN_PROGRESS", nothing, 6, WATCH, "", False),
    "rejected": (
        "UPDATE_COMPLETE",
        refuse(Rejected, DELETE, why="not now"),
        3,
        "",
        "not now",
        True,
    ),
    "interrupted": ("UPDATE_COMPLETE", after(DELETE, KeyboardInterrupt()), 7, WATCH, "", True),
    "not sent": ("UPDATE_COMPLETE", before(DELETE, KeyboardInterrupt()), 130, "", NOTHING, True),
    "interrupted and blind": ("UPDATE_COMPLETE", blinding, 7, WATCH, "cannot tell whether", True),
    "too slow": ("UPDATE_COMPLETE", play(never_ends=True), 7, WATCH, "", True),
    "fails": ("UPDATE_COMPLETE", play(undo_fails=True), 5, DESTROY, "it is in use", True),
    "deletion failed": ("DELETE_FAILED", nothing, 0, "there is no stack", "", True),
    "rollback failed": ("ROLLBACK_FAILED", nothing, 0, "there is no stack", "", True),
    "rolled back": ("ROLLBACK_COMPLETE", nothing, 0, "there is no stack", "", True),
}


@pytest.mark.parametrize(
    ("status", "happen", "code", "last", "says", "sent"), CASES.values(), ids=CASES
)
def test_how_a_destruction_ends(
    world: World, status: str, happen: Change, code: int, *, last: str, says: str, sent: bool
) -> None:
    world.standing(status)
    happen(world)
    world.expect(world.destroy(minutes=5), code, last, says)
    assert bool(world.made(DELETE)) is sent


def test_a_stack_that_others_import_from_is_refused(world: World) -> None:
    stack = world.standing()
    name = "bidopsai-dev-compute-ClusterArn"
    stack.outputs = [{"OutputKey": "ClusterArn", "OutputValue": "arn", "ExportName": name}]
    world.cloudformation.importers[name] = ["monitoring"]
    world.expect(world.destroy(), 3, "Delete those stacks", f"{name}: imported by monitoring")


def test_an_empty_placeholder_can_be_deleted(world: World) -> None:
    placeholder = world.placeholder()
    assert world.destroy().code == 0
    assert placeholder.status == "DELETE_COMPLETE"


def test_a_deletion_that_fails_again_ends_with_the_event_that_says_so(world: World) -> None:
    world.standing("DELETE_FAILED")
    world.play.undo_fails = True
    world.expect(world.destroy(), 5, "bidops-cfn destroy --env dev")
    last = [one for one in world.output.of("event") if one.status == "DELETE_FAILED"][-1]
    assert (world.clock.now() - last.time).total_seconds() < 3


def test_ctrl_c_leaves_the_deletion_running(world: World) -> None:
    world.standing()
    world.person = Person("dev\n")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, None, None, KeyboardInterrupt()]
    world.expect(world.destroy(yes=False), 7, "bidops-cfn watch --env dev")
    assert len(world.person.questions) == 1
