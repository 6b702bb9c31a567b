"""What only the real process shows, over HTTP: signals, locales, regions, clocks, two commands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cfn_flip
import pytest

from bidops_cfn.model import Environment
from tests.cli.terminal import CTRL_C, session
from tests.deploy.scenarios.commands import AccessDenied, Call, Other, Rejected, World
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import ScriptedServer, served
from tests.deploy.scripted.lag import Lag
from tests.deploy.scripted.process import COMMAND, run, shell

UPDATE = ("deploy", "--env", "dev", "--image", "bff=1.4.2", "--yes")
CREATE = (*UPDATE, "--image", "agentcore=2.0.0")
LIMIT_SECONDS = 60
BRAILLE = range(0x2800, 0x2900)
BOX_DRAWING = range(0x2500, 0x2580)


@pytest.fixture
def server(dev: Environment) -> Iterator[ScriptedServer]:
    with served(World(dev, clock=RealClock())) as running:
        running.world.play.seconds = 3
        yield running


@pytest.fixture(scope="session")
def judged(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which the committed templates are judged already."""
    cache = tmp_path_factory.mktemp("cache")
    subprocess.run(
        [*COMMAND, "--project", str(committed), "check", "--env", "dev"],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        timeout=LIMIT_SECONDS,
        check=True,
    )
    return cache


@pytest.fixture(autouse=True)
def warm(judged: Path, project: Path) -> None:
    """Let no process judge the template once more."""
    shutil.copytree(judged, project / ".cache")


def until(happened: Callable[[], object]) -> None:
    """Wait until something has happened in the scripted AWS."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happens"
        time.sleep(0.05)


def executed(server: ScriptedServer) -> Callable[[], object]:
    return lambda: server.world.made(Call.EXECUTE_CHANGE_SET)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_was_ignored_at_the_start_stays_ignored(
    server: ScriptedServer, project: Path, number: signal.Signals
) -> None:
    server.world.standing()
    process = subprocess.Popen(
        ["sh", "-c", f"trap '' {number.name[3:]}; exec \"$@\"", "sh", *COMMAND, *UPDATE],
        cwd=project,
        env=shell(server, project, {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(executed(server))
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
    server.world.play.seconds = 20
    process = subprocess.Popen(
        [*COMMAND, *UPDATE],
        cwd=project,
        env=shell(server, project, {}),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(executed(server))
        process.send_signal(number)
        _, told = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 7, told
    assert "bidops-cfn watch --env dev" in told


LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "", "LC_CTYPE": "", "LANG": ""},
    {"LC_ALL": "en_US.ISO-8859-1"},
    {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii:replace"},
]


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_a_locale_without_utf_8_gets_plain_characters(
    server: ScriptedServer, project: Path, locale: dict[str, str]
) -> None:
    server.world.standing()
    variables = {**shell(server, project, {}), **locale}
    with session(UPDATE, project, variables) as held:
        assert held.end() == 0, held.screen[-2000:]
    drawn = {one for one in held.screen if ord(one) in (*BRAILLE, *BOX_DRAWING)}
    assert drawn == set()
    assert "UPDATE_COMPLETE" in held.screen
    assert "Traceback" not in held.screen


def test_a_locale_with_utf_8_gets_spinner_and_bars(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    variables = {**shell(server, project, {}), "LC_ALL": "C.UTF-8"}
    with session(UPDATE, project, variables) as held:
        assert held.end() == 0, held.screen[-2000:]
    assert {ord(one) for one in held.screen} & set(BRAILLE)
    assert {ord(one) for one in held.screen} & set(BOX_DRAWING)


def test_aws_region_decides_before_aws_default_region(
    server: ScriptedServer, project: Path
) -> None:
    server.world.standing()
    more = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "eu-west-1"}
    ran = run(server, project, "status", "--env", "dev", **more)
    assert ran.returncode == 0, ran.stderr
    assert server.regions == {"us-east-1"}


def test_aws_region_decides_before_the_profile(
    server: ScriptedServer, project: Path, tmp_path: Path
) -> None:
    server.world.standing()
    config = tmp_path / "config"
    config.write_text("[profile night]\nregion = eu-central-1\n", encoding="utf-8")
    more = {"AWS_PROFILE": "night", "AWS_CONFIG_FILE": str(config), "AWS_DEFAULT_REGION": ""}
    ran = run(server, project, "status", "--env", "dev", **more)
    assert ran.returncode == 0, ran.stderr
    assert server.regions == {"us-east-1"}


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


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "RequestTimeTooSkewed"])
def test_a_clock_that_is_wrong_is_named(server: ScriptedServer, project: Path, code: str) -> None:
    message = (
        "Signature expired: 20260301T233000Z is now earlier than 20260301T234500Z "
        "(20260302T000000Z - 15 min.)"
    )
    server.world.wire.always[Call.GET_CALLER_IDENTITY] = lambda: Rejected(
        Call.GET_CALLER_IDENTITY, message, code
    )
    ran = run(server, project, "status", "--env", "dev")
    assert ran.returncode == 3, ran.stderr
    assert "clock" in ran.stderr
    assert "aws sso login" not in ran.stderr


def test_a_role_that_may_not_be_passed_is_named(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    message = "User: night is not authorized to perform: iam:PassRole on resource: role/cfn"
    server.world.wire.always[Call.CREATE_CHANGE_SET] = lambda: AccessDenied(
        Call.CREATE_CHANGE_SET, message, "AccessDenied"
    )
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 3, ran.stderr
    assert "Allow iam:PassRole" in ran.stderr


@pytest.mark.parametrize(
    "command", ["status", "preflight", "plan", "deploy", "watch", "destroy", "diff"]
)
def test_a_stack_in_yaml_is_no_traceback(
    server: ScriptedServer, project: Path, command: str
) -> None:
    server.world.standing(template=cfn_flip.to_yaml(server.world.text))
    more = {"deploy": ["--yes"], "destroy": ["--yes"], "diff": ["--against", "deployed"]}
    ran = run(server, project, command, "--env", "dev", *more.get(command, []))
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 0, ran.stderr


def test_a_creation_that_was_undone_is_found_by_another_process(
    server: ScriptedServer, project: Path
) -> None:
    server.world.play.fails = "BffService"
    failed = run(server, project, *CREATE)
    assert failed.returncode == 1, failed.stderr
    watched = run(server, project, "watch", "--env", "dev")
    assert watched.returncode == 1, watched.stderr
    assert "it broke" in watched.stderr
    assert "bidops-cfn deploy --env dev" in watched.stderr.splitlines()[-1]


def test_a_failed_update_is_failed_under_late_reads(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    time.sleep(0.1)
    server.world.cloudformation.lag = Lag(6, relapses=True)
    server.world.play.fails = "BffService"
    ran = run(server, project, *UPDATE)
    assert ran.returncode == 1, ran.stderr
    assert "the update failed and was rolled back" in ran.stderr


def test_the_cause_of_a_bad_image_is_in_the_block(server: ScriptedServer, project: Path) -> None:
    cause = "CannotPullContainerError: not found"
    world = server.world
    world.standing()
    world.play.seconds = 14
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
    world.play.seconds = 8
    call = Call.CANCEL_UPDATE_STACK
    world.wire.always[call] = lambda: AccessDenied(call, "not authorized", "AccessDenied")
    with session(UPDATE, project, shell(server, project, {})) as held:
        held.until("UPDATE_IN_PROGRESS")
        held.type(CTRL_C)
        held.until("[d/c]")
        held.type("c\n")
        code = held.end()
    assert code in (0, 7), held.screen[-2000:]
    assert "cloudformation:CancelUpdateStack" in held.screen


def test_a_cancellation_at_the_terminal_rolls_the_update_back(
    server: ScriptedServer, project: Path
) -> None:
    server.world.standing()
    server.world.play.seconds = 20
    with session(UPDATE, project, shell(server, project, {})) as held:
        held.until("UPDATE_IN_PROGRESS")
        held.type(CTRL_C)
        held.until("[d/c]")
        held.type("c\n")
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


def test_an_undone_creation_does_not_warn_of_the_cluster(
    server: ScriptedServer, project: Path
) -> None:
    server.world.play.fails = "BffService"
    ran = run(server, project, *CREATE)
    assert ran.returncode == 1, ran.stderr
    assert "Cluster not found" not in ran.stderr


def test_a_destruction_does_not_warn_of_the_cluster(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    server.world.play.seconds = 5
    ran = run(server, project, "destroy", "--env", "dev", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "Cluster not found" not in ran.stderr
