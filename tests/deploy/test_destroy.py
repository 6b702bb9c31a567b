"""Deleting a stack: by id, after its name was typed, and never while another stack needs it."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected
from tests.deploy.scripted.run import Person
from tests.deploy.scripted.world import World


def test_the_stack_is_deleted_by_its_id(world: World) -> None:
    stack = world.standing()
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute any more")
    assert [one["StackName"] for one in world.made(Call.DELETE_STACK)] == [stack.id]
    assert "DeletionMode" not in world.made(Call.DELETE_STACK)[0]


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


def test_no_stack_is_fine(world: World) -> None:
    world.expect(world.destroy(), 0, "there is no stack bidopsai-dev-compute")


@pytest.mark.parametrize("answer", ["y\n", "yes\n", "", "prod\n"])
def test_only_the_environments_name_deletes(world: World, answer: str) -> None:
    world.standing()
    world.person = Person(answer)
    world.expect(world.destroy(yes=False), 8, "nothing was deleted")
    assert world.made(Call.DELETE_STACK) == []


def test_the_environments_name_deletes(world: World) -> None:
    world.standing()
    world.person = Person("dev\n")
    assert world.destroy(yes=False).code == 0


def test_no_terminal_deletes_nothing(world: World) -> None:
    world.standing()
    world.expect(world.destroy(yes=False), 8, "Add --yes")
    assert world.made(Call.DELETE_STACK) == []


def test_a_protected_stack_is_refused(world: World) -> None:
    world.standing(protected=True)
    world.expect(world.destroy(), 3, "--no-enable-termination-protection")
    assert world.made(Call.DELETE_STACK) == []


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


def test_a_placeholder_with_another_operators_change_set_is_left_alone(world: World) -> None:
    world.cloudformation.review(world.placeholder(), "theirs")
    ended = world.destroy().hold(6)
    assert ended.last == "then: bidops-cfn destroy --env dev"
    assert world.made(Call.DELETE_STACK) == []


def test_a_refusal_of_cloudformation_is_told(world: World) -> None:
    world.standing()
    world.wire.refuse(Rejected, Call.DELETE_STACK, why="not now")
    world.destroy().hold(3, "not now")


def test_an_interrupt_as_the_deletion_begins_leaves_it(world: World) -> None:
    world.standing()
    world.wire.after[Call.DELETE_STACK] = [KeyboardInterrupt()]
    world.expect(world.destroy(), 7, "bidops-cfn watch --env dev")


def test_a_busy_stack_is_left_alone(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    world.expect(world.destroy(), 6, "bidops-cfn watch --env dev")


def test_a_deletion_that_fails_names_what_failed(world: World) -> None:
    world.standing()
    world.play.undo_fails = True
    world.expect(world.destroy(), 5, "bidops-cfn destroy --env dev", "it is in use")


def test_a_deletion_that_fails_again_ends_with_the_event_that_says_so(world: World) -> None:
    world.standing("DELETE_FAILED")
    world.play.undo_fails = True
    world.expect(world.destroy(), 5, "bidops-cfn destroy --env dev")
    last = [one for one in world.output.of("event") if one.status == "DELETE_FAILED"][-1]
    assert (world.clock.now() - last.time).total_seconds() < 3


@pytest.mark.parametrize("status", ["DELETE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE"])
def test_what_a_failure_left_can_be_deleted(world: World, status: str) -> None:
    world.standing(status)
    assert world.destroy().code == 0


def test_a_deletion_that_takes_too_long_is_left_running(world: World) -> None:
    world.standing()
    world.play.never_ends = True
    world.expect(world.destroy(minutes=5.0), 7, "bidops-cfn watch --env dev")


def test_ctrl_c_leaves_the_deletion_running(world: World) -> None:
    world.standing()
    world.person = Person("dev\n")
    world.wire.before[Call.DESCRIBE_STACK_EVENTS] = [None, None, None, KeyboardInterrupt()]
    world.expect(world.destroy(yes=False), 7, "bidops-cfn watch --env dev")
    assert len(world.person.questions) == 1


def test_nothing_that_goes_asks_for_an_option_that_destroy_has_not(world: World) -> None:
    world.standing()
    world.destroy()
    assert not any(row.guarded for row in world.output.of("change"))
