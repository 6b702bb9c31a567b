"""What only the real process shows, over HTTP: signals, locales, terminals, what it says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import cfn_flip
import pytest
from rich.console import Console

from bidops_cfn.cli.live import Live
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.state_records import ServiceProgress
from tests.cli.terminal import CTRL_C, session
from tests.deploy.inside import run
from tests.deploy.scripted.drift import ScriptedDrift, reverted
from tests.deploy.scripted.http_server import (
    CREATE,
    LIMIT_SECONDS,
    UPDATE,
    ScriptedServer,
    shell,
    until,
)
from tests.process.command import COMMAND

BRAILLE = range(0x2800, 0x2900)
BOX_DRAWING = range(0x2500, 0x2580)


@pytest.fixture
def project(unchanged: Path) -> Path:
    """No process here changes the project, so none has to judge the template once more."""
    return unchanged


def executed(server: ScriptedServer) -> Callable[[], object]:
    return lambda: server.world.made(Call.EXECUTE_CHANGE_SET)


def test_signals_that_were_ignored_at_the_start_stay_ignored(
    server: ScriptedServer, project: Path
) -> None:
    server.world.standing()
    process = subprocess.Popen(
        ["sh", "-c", "trap '' HUP INT TERM; exec \"$@\"", "sh", *COMMAND, *UPDATE],
        cwd=project,
        env=shell(server, project, {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(executed(server))
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, told
    assert "UPDATE_COMPLETE" in told


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_that_was_not_ignored_leaves_the_operation(
    server: ScriptedServer, project: Path, number: signal.Signals
) -> None:
    server.world.standing()
    server.world.play.seconds = 3600  # it does not end meanwhile
    before = signal.signal(number, signal.SIG_DFL)  # nohup ignores a hangup for all of us
    process = subprocess.Popen(
        [*COMMAND, *UPDATE],
        cwd=project,
        env=shell(server, project, {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(number, before)
    try:
        until(executed(server))
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 7, told
    assert "bidops-cfn watch --env dev" in told


@pytest.mark.parametrize(
    ("locale", "drawn"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": ""}, False),
        ({"LC_ALL": "en_US.ISO-8859-1"}, False),
        ({"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii:replace"}, False),
        ({"LC_ALL": "C.UTF-8"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "", "LANG": "en_US.utf8"}, True),
    ],
    ids=str,
)
def test_what_is_drawn_goes_by_the_locale_as_a_process_finds_it(
    locale: dict[str, str], *, drawn: bool
) -> None:
    asked = "import os, sys; from bidops_cfn.cli.live import draws_unicode as draws; "
    asked += "print(draws(os.environ, sys.stderr.encoding))"
    variables = {name: value for name, value in {**os.environ, **locale}.items() if value}
    told = subprocess.check_output([sys.executable, "-c", asked], env=variables, text=True)
    assert told == f"{drawn}\n"


@pytest.mark.parametrize(("locale", "drawn"), [("C", False), ("C.UTF-8", True)])
def test_spinner_and_bars_are_of_the_characters_that_the_locale_has(
    monkeypatch: pytest.MonkeyPatch, locale: str, *, drawn: bool
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    shown, screen = Live(), StringIO()
    shown._services = {"bff": ServiceProgress("bff", 2, 1, 1, "IN_PROGRESS")}
    Console(file=screen, width=100, color_system=None).print(shown._picture())
    found = {ord(one) for one in screen.getvalue()}
    assert [bool(found & {*one}) for one in (BRAILLE, BOX_DRAWING)] == [drawn, drawn]


def test_the_guard_names_the_region_that_aws_region_says(
    server: ScriptedServer, project: Path
) -> None:
    server.world.standing()
    more = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}
    ran = run(server, project, "status", "--env", "dev", **more)
    assert ran.returncode == 3, ran.stderr
    assert "eu-west-1" in ran.stderr
    assert "AWS_REGION" in ran.stderr
    assert server.regions == {"eu-west-1"}


def test_drift_is_detected_planned_and_reverted_by_the_real_command(
    server: ScriptedServer, project: Path, tmp_path: Path
) -> None:
    world, plan = server.world, str(tmp_path / "plan.json")
    world.standing()
    drift = ScriptedDrift(world)
    drift.seconds = 1
    drift.modify("BffService", ("/HealthCheckGracePeriodSeconds", "NOT_EQUAL", "60", "5"))
    told = run(server, project, "status", "--env", "dev", "--drift", "--output", "json")
    (line,) = (one for one in map(json.loads, told.stdout.splitlines()) if one["type"] == "status")
    assert told.returncode == 1, told.stderr
    assert line["drift"]["verdict"] == "drifted"
    assert [one["logical_id"] for one in line["drift"]["resources"]] == ["BffService"]

    property_ = ("HealthCheckGracePeriodSeconds", "60", "5", "60")
    world.cloudformation.changes = [reverted("BffService", "AWS::ECS::Service", property_)]
    planned = run(server, project, "plan", "--env", "dev", "--drift", "--out", plan, COLUMNS="80")
    assert planned.returncode == 0, planned.stderr
    assert "live     5" in planned.stderr
    done = run(server, project, "deploy", "--env", "dev", "--plan", plan, "--yes")
    assert done.returncode == 0, done.stderr
    (asked,) = world.made(Call.CREATE_CHANGE_SET)
    assert asked["DeploymentMode"] == "REVERT_DRIFT"


HOUR = 3600  # an operation of that length ends when the clock skips it


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
    assert "Traceback" not in held.screen
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
