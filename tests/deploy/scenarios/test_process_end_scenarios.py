"""How operations end, told by the real process over HTTP: late reads, causes, cancellations."""

from __future__ import annotations

from pathlib import Path

import cfn_flip
import pytest

from bidops_cfn.deploy.calls import Call
from tests.cli.terminal import CTRL_C, session
from tests.deploy.inside import run
from tests.deploy.scripted.http_server import (
    CREATE,
    UPDATE,
    ScriptedServer,
    shell,
    until,
)

HOUR = 3600  # an operation of that length ends when the clock skips it


@pytest.fixture
def project(unchanged: Path) -> Path:
    """No process here changes the project, so none has to judge the template once more."""
    return unchanged


def test_a_stack_in_yaml_is_compared(server: ScriptedServer, project: Path) -> None:
    server.world.standing(template=cfn_flip.to_yaml(server.world.text))
    ran = run(server, project, "diff", "--env", "dev", "--against", "deployed")
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
