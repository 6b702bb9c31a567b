"""How operations end, told by the real process over HTTP: late reads, causes, cancellations."""

from __future__ import annotations

import time
from pathlib import Path

import cfn_flip
import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied
from tests.cli.terminal import CTRL_C, session
from tests.deploy.inside import run
from tests.deploy.scripted.clock import PACE
from tests.deploy.scripted.http_server import (
    CREATE,
    UPDATE,
    ScriptedServer,
    shell,
    until,
)
from tests.deploy.scripted.other import Other
from tests.deploy.scripted.stack import Lag

HOUR = 3600  # an operation of that length ends when the clock skips it


@pytest.fixture
def project(unchanged: Path) -> Path:
    """No process here changes the project, so none has to judge the template once more."""
    return unchanged


@pytest.mark.parametrize("command", ["preflight", "deploy", "diff"])
def test_a_stack_in_yaml_is_no_traceback(
    server: ScriptedServer, project: Path, command: str
) -> None:
    server.world.standing(template=cfn_flip.to_yaml(server.world.text))
    more = {"deploy": ["--yes"], "diff": ["--against", "deployed"]}
    ran = run(server, project, command, "--env", "dev", *more.get(command, []))
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 0, ran.stderr


def test_a_creation_that_was_undone_is_found_by_another_process(
    server: ScriptedServer, project: Path
) -> None:
    server.world.play.fails = "BffService"
    failed = run(server, project, *CREATE)
    assert failed.returncode == 1, failed.stderr
    assert "Cluster not found" not in failed.stderr
    watched = run(server, project, "watch", "--env", "dev")
    assert watched.returncode == 1, watched.stderr
    assert "it broke" in watched.stderr
    assert "bidops-cfn deploy --env dev" in watched.stderr.splitlines()[-1]


def test_a_failed_update_is_failed_under_late_reads(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    time.sleep(0.1)
    server.world.cloudformation.lag = Lag(2 * PACE, relapses=True)
    server.world.play.fails = "BffService"
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 1, ran.stderr
    assert "the update failed and was rolled back" in ran.stderr


def test_the_cause_of_a_bad_image_is_in_the_block(server: ScriptedServer, project: Path) -> None:
    cause = "CannotPullContainerError: not found"
    world = server.world
    world.standing()
    world.play.seconds = 7 * PACE
    world.play.fails = "BffService"
    world.play.on_update = [
        (1, lambda: world.ecs.crash("BffService", cause, stopCode="TaskFailedToStart"))
    ]
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 1, ran.stderr
    assert cause in ran.stderr.partition("Error:")[2]


def test_a_cancellation_that_is_denied_at_the_terminal_leaves_what_runs(
    server: ScriptedServer, project: Path
) -> None:
    world = server.world
    world.standing()
    world.play.seconds = HOUR
    call = Call.CANCEL_UPDATE_STACK
    world.wire.refuse(AccessDenied, call, why="not authorized", code="AccessDenied")
    with session(UPDATE, project, shell(server, project, {})) as held:
        held.until("UPDATE_IN_PROGRESS")
        held.type(CTRL_C)
        held.until("[d/c]")
        held.type("c\n")
        held.until(call.text)
        server.clock.skip(HOUR)
        code = held.end()
    assert code in (0, 7), held.screen[-2000:]


def test_a_cancellation_at_the_terminal_rolls_the_update_back(
    server: ScriptedServer, project: Path
) -> None:
    server.world.standing()
    server.world.play.seconds = HOUR
    with session(UPDATE, project, shell(server, project, {})) as held:
        held.until("UPDATE_IN_PROGRESS")
        held.type(CTRL_C)
        held.until("[d/c]")
        held.type("c\n")
        until(lambda: server.world.made(Call.CANCEL_UPDATE_STACK))
        server.clock.skip(HOUR)
        assert held.end() == 1, held.screen[-2000:]
    assert "the update was cancelled and rolled back: it was cancelled here" in held.screen
    assert server.world.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_another_operation_at_our_end_is_named_by_the_process(
    server: ScriptedServer, project: Path
) -> None:
    world = server.world
    world.standing()
    world.play.fails = "BffService"
    world.cloudformation.on_execute = lambda: world.stack.on_rest.append(
        lambda: Other(world.stack).update(30)
    )
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 1, ran.stderr
    block = ran.stderr.partition("Error: ")[2]
    assert block.startswith("the update failed and was rolled back: BffService")
    assert "by request Console-ExecuteChangeSet-1f2e3d4c" in " ".join(block.split())
    assert block.splitlines()[-1].endswith("bidops-cfn deploy --env dev --image bff=1.4.2")


def test_a_destruction_does_not_warn_of_the_cluster(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    ran = run(server, project, "destroy", "--env", "dev", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "Cluster not found" not in ran.stderr


def test_a_reason_with_control_characters_is_told_and_acts_on_nothing(
    server: ScriptedServer, project: Path
) -> None:
    """AWS's XML has no such character; one of them must not hide every event."""
    server.world.standing()
    server.world.play.fails = "BffService"
    server.world.play.fails_because = "first\nsecond \x1b[2J\x07 \u202e third " + "word " * 800
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 1, ran.stderr
    block = ran.stderr.partition("Error: ")[2]
    assert "BffService (AWS::ECS::Service): first second" in block
    assert "third" in block
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.stderr)
