"""``events``: each operation once, with its own end, its own cause and its own request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.deploy.inside import run
from tests.deploy.scripted.http_server import ScriptedServer
from tests.deploy.scripted.run import Person, interrupt
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE


def told(world: World) -> list[Any]:
    return list(world.output.of("operation"))


def brief(world: World) -> list[tuple[str, str]]:
    return [(one.action, one.outcome) for one in told(world)]


def test_operations_come_newest_first_with_their_durations(first: World) -> None:
    assert first.deploy().code == 0
    first.images = {"bff": ":1.5.0"}
    assert first.deploy().code == 0
    first.expect(
        first.events(),
        0,
        "2 operations of bidopsai-dev-compute, which is UPDATE_COMPLETE",
        executed=2,
    )
    newest, oldest = told(first)
    assert brief(first) == [("update", "succeeded"), ("create", "succeeded")]
    assert newest.begin > oldest.begin
    assert newest.seconds == (newest.end - newest.begin).total_seconds() > 0
    assert newest.token.startswith("bidops-cfn-")
    assert newest.token != oldest.token
    assert newest.cause == ""


def test_only_the_last_ones_are_shown(first: World) -> None:
    for tag in (":1.4.2", ":1.5.0", ":1.6.0"):
        first.images = {**EVERY_IMAGE, "bff": tag}
        assert first.deploy().code == 0
    ended = first.events(last=2)
    assert brief(first) == [("update", "succeeded")] * 2
    assert "2 operations" in ended.block


def test_a_failed_update_has_its_first_cause_and_its_rollback_is_no_operation(
    update: World,
) -> None:
    update.play.fails = "BffService"
    assert update.deploy().code == 1
    update.events()
    (one,) = told(update)
    assert (one.action, one.outcome) == ("update", "rolled back")
    assert one.status == "UPDATE_ROLLBACK_COMPLETE"
    assert one.cause.startswith("BffService (AWS::ECS::Service): ")


def test_a_cancelled_update_names_both_requests(update: World) -> None:
    update.play.seconds = 60
    update.begin_update()
    assert update.cancel().code == 0
    update.events()
    (one,) = told(update)
    assert (one.action, one.outcome) == ("update", "cancelled")
    assert one.token == "bidops-cfn-theirs"
    assert one.cancelled_by not in ("", one.token)


def test_an_operation_that_runs_has_no_end(update: World) -> None:
    update.play.seconds = 60
    update.begin_update()
    ended = update.events()
    (one,) = told(update)
    assert (one.outcome, one.end, one.seconds) == ("running", None, None)
    update.expect(ended, 0, "bidops-cfn watch --env dev", executed=0)


def test_a_stack_that_is_gone_tells_its_operations_too(world: World) -> None:
    world.standing()
    assert world.destroy().code == 0
    world.events().hold(0)
    assert brief(world) == [("delete", "succeeded")]


def test_a_creation_that_was_undone_is_told_with_its_cause(first: World) -> None:
    first.play.fails = "BffService"
    assert first.deploy().code == 1
    first.events()
    (one,) = told(first)
    assert (one.action, one.outcome) == ("create", "rolled back")
    assert "BffService" in one.cause


def test_a_creation_that_was_cancelled_is_not_told_as_a_failure(first: World) -> None:
    first.person = Person("c\n")
    first.play.seconds = 60

    first.play.on_update = [(5, interrupt)]
    assert first.deploy().code == 1
    first.events()
    (one,) = told(first)
    assert (one.action, one.outcome) == ("create", "cancelled")


def test_the_command_prints_lines_on_stdout(server: ScriptedServer, project: Path) -> None:
    stack = server.world.standing()
    stack.begin("UPDATE_IN_PROGRESS", token="Console-\u202e31")
    stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "tasks\nfailed")
    stack.enter("UPDATE_ROLLBACK_IN_PROGRESS")
    stack.enter("UPDATE_ROLLBACK_COMPLETE")
    ran = run(server, project, "events", "--env", "dev", "--last", "1")
    assert ran.returncode == 0, ran.stderr
    head, request, cause = ran.stdout.splitlines()
    assert head.startswith("2026-03-01 23:30:")
    assert "update" in head
    assert "rolled back  UPDATE_ROLLBACK_COMPLETE" in head
    assert request == "    request: Console-\\u202e31"
    assert cause == "    cause: BffService (AWS::ECS::Service): tasks failed"
    assert "1 operation of bidopsai-dev-compute" in ran.stderr
