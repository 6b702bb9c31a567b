"""``logs``: every line once, in the order of time; what cannot be read is said."""

from __future__ import annotations

import itertools
import signal
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Throttled, Unavailable
from bidops_cfn.settings.services import SERVICES
from tests.deploy.inside import run
from tests.deploy.scripted.http_server import ScriptedServer, shell
from tests.deploy.scripted.world import World
from tests.images import LISTED
from tests.process.command import COMMAND

BFF, AGENT = "bffloggroup-1", "agentcoreloggroup-1"
LIMIT_SECONDS = 60
BEGIN = "2026-03-01T22:00Z"  # the scripted clock begins at 23:30


@pytest.fixture
def written(world: World) -> World:
    """A stack whose two services wrote six lines within the last hour, one before it."""
    world.standing()
    world.logs.write(BFF, "long ago", ago=7200)
    for number in range(4):
        world.logs.write(BFF, f"GET /health {number}\n", ago=100 - 20 * number)
    world.logs.write(AGENT, "model answered", ago=70)
    world.logs.write(AGENT, "\x1b[2Jno model", ago=30)
    return world


def shown(world: World) -> list[str]:
    return [one.message for one in world.output.of("log")]


def until_read(world: World, times: int) -> None:
    """Press Ctrl-C once bff's group was read ``times`` times."""

    def look() -> None:
        if len([one for one in world.made(Call.FILTER_LOG_EVENTS) if "nextToken" not in one]) < (
            2 * times
        ):
            world.clock.after(1, look)
        else:
            raise KeyboardInterrupt

    world.clock.after(1, look)


def test_the_lines_of_all_services_come_in_the_order_of_time(written: World) -> None:
    written.expect(written.read_logs(), 0, f"6 lines of {LISTED} since 2026-03-01 22:30:00 UTC")
    times = [one.time for one in written.output.of("log")]
    assert times == sorted(times)
    assert len(shown(written)) == 6
    assert {one.service for one in written.output.of("log")} == {"bff", "agentcore"}


def test_one_service_is_read_alone(written: World) -> None:
    ended = written.read_logs(service="agentcore")
    assert shown(written) == ["model answered", "\x1b[2Jno model"]
    assert {one["logGroupName"] for one in written.made(Call.FILTER_LOG_EVENTS)} == {AGENT}
    written.expect(ended, 0, "2 lines of agentcore")


def test_a_time_further_back_shows_more(written: World) -> None:
    written.read_logs(since=timedelta(hours=3), service="bff")
    assert shown(written)[0] == "long ago"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("GET /health", '"GET /health"'),
        ('"code":500', '"code" ":500"'),
        ("C:\\app", '"C:" "app"'),
        ("[error]", '"[error]"'),
        ('{ $.level = "error" }', '{ $.level = "error" }'),
        ("?ERROR ?WARN", "?ERROR ?WARN"),
        ("%5[0-9]+%", "%5[0-9]+%"),
    ],
)
def test_a_text_is_looked_for_as_it_stands_and_a_pattern_is_passed_on(
    written: World, text: str, asked: str
) -> None:
    written.read_logs(text=text)
    assert {one["filterPattern"] for one in written.made(Call.FILTER_LOG_EVENTS)} == {asked}


@pytest.mark.parametrize(("text", "count"), [('"code":500', 1), ('"', 2), ("code", 3)])
def test_a_text_with_quotation_marks_is_found_as_it_stands(
    world: World, text: str, count: int
) -> None:
    world.standing()
    for message in ('{"code":500}', "code :500", '"code" is :500'):
        world.logs.write(BFF, message)
    world.read_logs(text=text)
    assert len(shown(world)) == count


def test_a_pattern_that_aws_does_not_take_is_wrong_usage(written: World) -> None:
    written.read_logs(text="{ broken }").hold(2, "--filter cannot be used: Invalid filter pattern")


def test_an_empty_answer_is_said_with_what_to_try(world: World) -> None:
    world.standing()
    world.expect(
        world.read_logs(), 0, "bidops-cfn logs --env dev --since 24h", f"no line of {LISTED} since"
    )


def test_a_log_group_that_is_gone_does_not_hide_the_other(written: World) -> None:
    written.logs.gone.add(BFF)
    written.read_logs().hold(0)
    assert f"the log group {BFF} of bff is gone" in written.noticed
    assert shown(written) == ["model answered", "\x1b[2Jno model"]


def test_log_groups_that_are_all_gone_are_no_empty_answer(written: World) -> None:
    written.logs.gone |= {f"{one.title.lower()}loggroup-1" for one in SERVICES}
    written.read_logs().hold(1, "every log group is gone")


def test_following_shows_every_line_once_also_a_late_one(written: World) -> None:
    written.clock.after(7, lambda: written.logs.write(BFF, "new"))
    written.clock.after(12, lambda: written.logs.write(AGENT, "late", ago=40))
    until_read(written, 5)
    ended = written.read_logs(follow=True).hold(0)
    assert len(shown(written)) == len(set(shown(written))) == 8
    assert shown(written)[-2:] == ["new", "late"]
    assert f"8 lines of {LISTED}" in ended.last


def test_following_asks_politely(written: World) -> None:
    until_read(written, 10)
    written.read_logs(follow=True)
    times = [
        at
        for (call, asked), at in zip(written.wire.calls, written.wire.times, strict=True)
        if call is Call.FILTER_LOG_EVENTS and asked["logGroupName"] == AGENT
    ]
    assert all(later - former >= 0.2 for former, later in itertools.pairwise(times))
    assert len(written.made(Call.FILTER_LOG_EVENTS)) / written.clock.elapsed < 1


@pytest.mark.parametrize("fault", [Throttled, Unavailable])
def test_following_goes_on_after_what_passes(written: World, fault: type[Fault]) -> None:
    trouble = fault(Call.FILTER_LOG_EVENTS, "no", "")
    written.wire.before[Call.FILTER_LOG_EVENTS] = [None, None, trouble, trouble]
    written.clock.after(40, lambda: written.logs.write(BFF, "after it"))
    until_read(written, 8)
    written.read_logs(follow=True).hold(0)
    assert len(written.output.of("warning")) == 1
    assert len(shown(written)) == len(set(shown(written))) == 7
    assert shown(written)[-1] == "after it"


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials])
def test_following_ends_where_nothing_may_be_read_any_more(
    written: World, fault: type[Fault]
) -> None:
    def refuse() -> None:
        written.wire.refuse(fault, Call.FILTER_LOG_EVENTS)

    written.clock.after(12, refuse)
    written.read_logs(follow=True).hold(3)
    assert len(shown(written)) == 6


# the real process


@pytest.fixture
def writing(server: ScriptedServer) -> ScriptedServer:
    server.world.standing()
    server.world.logs.write(BFF, "listening\x1b]0;x\x07 on\t3000\n", ago=60)
    return server


def following(writing: ScriptedServer, project: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "logs", "--env", "dev", "--since", BEGIN, "--follow", *more],
        cwd=project,
        env=shell(writing, project, {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_line_of_text_is_whole_and_harmless_on_stdout(
    writing: ScriptedServer, project: Path
) -> None:
    ran = run(writing, project, "logs", "--env", "dev", "--since", BEGIN)
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    service, _, rest = line.partition(" ")
    assert service == "bff"
    assert rest.endswith("Z  listening\\u001b]0;x\\u0007 on 3000")
    assert f"1 line of {LISTED}" in ran.stderr


def test_wrong_times_are_wrong_usage(writing: ScriptedServer, project: Path) -> None:
    for since in ("0s", "soon", "99999w", "1.5h", "2026-13-01"):
        ran = run(writing, project, "logs", "--env", "dev", "--since", since)
        assert ran.returncode == 2, since
        assert "Invalid value for '--since'" in ran.stderr
        assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_cleanly_with_a_signal(
    writing: ScriptedServer, project: Path, number: signal.Signals
) -> None:
    process = following(writing, project, "--output", "json")
    assert process.stdout is not None
    try:
        assert '"account"' in process.stdout.readline()
        assert '"type":"log"' in process.stdout.readline()
        process.send_signal(number)
        out, told = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, told
    assert told == ""
    assert '"type":"result"' in out.splitlines()[-1]


def test_following_ends_when_its_reader_has_gone(writing: ScriptedServer, project: Path) -> None:
    with following(writing, project) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert process.stdout.readline().startswith("bff ")
            process.stdout.close()
            code = process.wait(timeout=LIMIT_SECONDS)
            told = process.stderr.read()
        finally:
            process.kill()
    assert code == 128 + signal.SIGPIPE
    assert "Traceback" not in told
