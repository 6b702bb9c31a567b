"""Several environments at once, as a process: side by side, one question, one table, one code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES
from tests.cli.terminal import CTRL_C, session
from tests.deploy.inside import run_against
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.http_server import (
    LIMIT_SECONDS,
    ScriptedServer,
    served,
    shell,
)
from tests.deploy.scripted.run import validate
from tests.deploy.scripted.world import World

NAMES = ("dev", "test", "prod")
UPDATE = ("--image", "bff=1.4.2")
PROFILES = [word for one in NAMES for word in ("--profile", f"{one}=of-{one}")]


@dataclass(frozen=True)
class Accounts:
    """An account for each environment, reached by a profile of its own."""

    servers: Mapping[str, ScriptedServer]
    project: Path
    variables: Mapping[str, str]

    def __getitem__(self, name: str) -> World:
        return self.servers[name].world

    def __call__(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command with all profiles."""
        asked = (command, *arguments, *PROFILES)
        return run_against([*self.servers.values()], self.project, asked, self.variables)


@pytest.fixture
def accounts(
    environments: dict[str, Environment], unchanged: Path, tmp_path: Path
) -> Iterator[Accounts]:
    with ExitStack() as held:
        servers, profiles = {}, []
        for name in NAMES:
            world = World(environments[name], clock=RealClock())
            world.play.seconds = 3
            world.standing()
            world.network.topics[str(world.environment.alarms.topic_arn)] = 1
            servers[name] = held.enter_context(served(world))
            profiles += [f"[profile of-{name}]", f"endpoint_url = {servers[name].endpoint}"]
            profiles += [f"aws_access_key_id = AKIA{name}", "aws_secret_access_key = scripted"]
        config = tmp_path / "config"
        config.write_text("\n".join(profiles), encoding="utf-8")
        more = {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL": ""}
        yield Accounts(servers, unchanged, shell(servers["dev"], unchanged, more))


def of_both(*command: str) -> list[str]:
    return [*command, "--env", "dev", "--env", "test"]


def executed(world: World) -> int:
    return len(world.made(Call.EXECUTE_CHANGE_SET))


def table(told: str) -> list[list[str]]:
    """The rows of the last table: environment, outcome, exit code."""
    rows = told[told.rindex("\nEnvironment ") :].splitlines()[2:]
    found = [line.split("  ") for line in rows if line.startswith(NAMES)]
    return [[part.strip() for part in row if part.strip()][:3] for row in found]


def meet(accounts: Accounts, call: Call, then: Callable[[], None] | None = None) -> None:
    """Answer ``call`` in two accounts once both have been asked; one asked alone fails."""
    both = Barrier(2, then, timeout=LIMIT_SECONDS / 2)
    for name in ("dev", "test"):
        handlers = accounts[name].wire.handlers
        handlers[call] = answered_together(both, handlers[call])


def answered_together(
    both: Barrier, handler: Callable[..., dict[str, object]]
) -> Callable[..., dict[str, object]]:
    def answer(**parameters: object) -> dict[str, object]:
        both.wait()
        return handler(**parameters)

    return answer


def test_two_are_deployed_side_by_side_and_shown_in_one_table(accounts: Accounts) -> None:
    meet(accounts, Call.EXECUTE_CHANGE_SET)
    ran = accounts(*of_both("deploy"), *UPDATE, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert table(ran.stderr) == [["dev", "deployed", "0"], ["test", "deployed", "0"]]
    lines = [line for line in ran.stderr.splitlines() if line]
    told = lines[: lines.index(next(one for one in lines if one.startswith("Environment ")))]
    assert {line.split(" |")[0] for line in told} == {"dev ", "test"}
    assert "dev  |   ok       account       111111111111" in ran.stderr
    first, last = (told.index(find(told, "test", word)) for word in ("account", "COMPLETE"))
    assert first < told.index(find(told, "dev", "COMPLETE")) < len(told)
    assert told.index(find(told, "dev", "account")) < last


def find(lines: list[str], name: str, word: str) -> str:
    return next(one for one in lines if one.startswith(name) and word in one)


def test_each_has_one_result_and_every_line_names_its_environment(accounts: Accounts) -> None:
    ran = accounts(*of_both("plan"), *UPDATE, "--output", "json")
    assert ran.returncode == 0, ran.stderr
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    for line in lines:
        validate(line)
    assert {line["environment"] for line in lines} == {"dev", "test"}
    results = [line for line in lines if line["type"] == "result"]
    assert sorted(one["environment"] for one in results) == ["dev", "test"]
    assert lines[-1]["type"] == "result"
    assert [executed(accounts[name]) for name in NAMES] == [0, 0, 0]


def test_the_exit_code_is_the_worst_and_the_others_go_on(accounts: Accounts) -> None:
    accounts["test"].play.fails = "BffService"
    ran = accounts(*of_both("deploy"), *UPDATE, "--yes")
    assert table(ran.stderr) == [["dev", "deployed", "0"], ["test", "failed", "1"]]
    assert ran.returncode == 1
    assert "test | Error: " in ran.stderr


@pytest.mark.parametrize("kind", [AccessDenied, ExpiredCredentials])
def test_one_that_is_refused_names_its_own_profile_and_keeps_no_other(
    accounts: Accounts, kind: type[AccessDenied] | type[ExpiredCredentials]
) -> None:
    call = Call.GET_CALLER_IDENTITY
    accounts["test"].wire.always[call] = lambda: kind(call, "no")
    ran = accounts(*of_both("status"))
    assert table(ran.stderr) == [["dev", "healthy", "0"], ["test", "refused", "3"]]
    assert ran.returncode == 3
    if kind is ExpiredCredentials:
        assert "aws sso login --profile of-test" in ran.stderr


def test_a_stack_that_is_not_there_is_one_row_among_others(accounts: Accounts) -> None:
    accounts["test"].cloudformation.stacks.all.clear()
    ran = accounts(*of_both("status"))
    assert table(ran.stderr) == [["dev", "healthy", "0"], ["test", "refused", "3"]]
    create = "bidops-cfn deploy --env test --profile of-test --image bff=TAG"
    assert create in " ".join(ran.stderr.replace("test |", "").split())


def test_what_is_verified_stands_on_stdout_behind_its_environment(accounts: Accounts) -> None:
    ran = accounts(*of_both("verify"))
    lines = ran.stdout.splitlines()
    assert {line.split(" |")[0] for line in lines} == {"dev ", "test"}
    assert all(one in " ".join(lines) for one in ("dev  | ", "test | "))
    assert [row[0] for row in table(ran.stderr)] == ["dev", "test"]
    assert ran.returncode in {int(row[2]) for row in table(ran.stderr)}


def test_all_leaves_production_out_and_says_so(accounts: Accounts) -> None:
    ran = accounts("status", "--all")
    assert ran.returncode == 0, ran.stderr
    assert [row[0] for row in table(ran.stderr)] == ["dev", "test"]
    assert "Note: --all leaves prod out; name it too: --env prod" in ran.stderr
    assert accounts["prod"].wire.calls == []
    named = accounts("status", "--all", "--env", "prod")
    assert sorted(row[0] for row in table(named.stderr)) == ["dev", "prod", "test"]


def test_bad_input_for_one_begins_none(accounts: Accounts) -> None:
    asked = of_both("deploy", "--yes", "--output", "json", "--region", "us-east-1")
    unknown = accounts(*asked, "--env", "stage")
    assert unknown.returncode == 2
    results = [json.loads(line) for line in unknown.stdout.splitlines()]
    assert [one["type"] for one in results] == ["result"] * 3
    assert {one["exit_code"] for one in results} == {2}
    assert [accounts[name].wire.calls for name in NAMES] == [[], [], []]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("plan", "--out", "plan.json"), "--out plan.json takes one environment"),
        (("deploy", "--plan", "plan.json"), "--plan plan.json takes one environment"),
        (("status", "--watch"), "--watch takes one environment"),
        (("verify", "--output", "markdown"), "--output markdown takes one environment"),
        (("deploy", "--sandbox", "--yes"), "--sandbox takes one environment"),
        (("status", "--profile", "dev=two"), "dev has 2 profiles: two, of-dev"),
    ],
)
def test_what_does_not_go_with_several_is_refused(
    accounts: Accounts, asked: tuple[str, ...], said: str
) -> None:
    ran = accounts(*of_both(*asked))
    assert ran.returncode == 2, ran.stderr
    assert said in ran.stderr
    assert executed(accounts["dev"]) == 0


def test_without_a_terminal_and_without_yes_nothing_is_begun(accounts: Accounts) -> None:
    ran = accounts(*of_both("deploy"), *UPDATE)
    assert ran.returncode == 8
    assert accounts["dev"].wire.calls == []


@pytest.mark.parametrize(
    ("other", "asks", "answer", "code"),
    [
        ("test", "Execute in dev and test? [y/N]", "y", 0),
        ("prod", "Type the names", "dev prod", 0),
        ("prod", "Type the names", "prod", 8),
    ],
)
def test_one_question_names_every_environment_below_their_changes(
    accounts: Accounts, other: str, asks: str, answer: str, code: int
) -> None:
    asked = ["deploy", "--env", "dev", "--env", other, *UPDATE, *PROFILES]
    servers = [*accounts.servers.values()]
    ran = run_against(servers, accounts.project, asked, accounts.variables, typed=f"{answer}\n")
    assert ran.returncode == code, ran.stderr
    above, question = ran.stderr.partition(asks)[0].rsplit("dev: ", 1)
    assert all(f"{name:<4} | Changes: 1 mod" in above for name in ("dev", other))
    assert accounts["dev"].environment.account_id in question
    assert f"{other}: " in question
    assert [executed(accounts[name]) for name in ("dev", other)] == [int(code == 0)] * 2


def test_ctrl_c_at_the_question_leaves_nothing_behind(accounts: Accounts) -> None:
    asked = [*of_both("deploy"), *UPDATE, *PROFILES]
    with session(asked, accounts.project, accounts.variables) as held:
        held.until("[y/N]")
        held.type(CTRL_C)
        assert held.end() == 130, held.screen
    for name in ("dev", "test"):
        assert executed(accounts[name]) == 0
        assert len(accounts[name].made(Call.DELETE_CHANGE_SET)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_all_running_and_says_how_to_follow_each(
    accounts: Accounts, number: signal.Signals
) -> None:
    for name in ("dev", "test"):
        accounts[name].play.seconds = 3600
    meet(accounts, Call.EXECUTE_CHANGE_SET, lambda: os.kill(os.getpid(), number))
    asked = [*of_both("deploy"), *UPDATE, "--yes", *PROFILES]
    ran = run_against([], accounts.project, asked, accounts.variables)
    assert ran.returncode == 7, ran.stderr
    for name in ("dev", "test"):
        assert f"bidops-cfn watch --env {name} --profile of-{name}" in ran.stderr
        assert accounts[name].made(Call.CANCEL_UPDATE_STACK) == []
    assert table(ran.stderr) == [["dev", "still running", "7"], ["test", "still running", "7"]]


@pytest.mark.parametrize("own", [[], ["--images-profile", "of-test"]])
def test_what_runs_in_another_account_is_read_with_its_own_profile(
    accounts: Accounts, own: list[str]
) -> None:
    digests = {}
    for one in SERVICES:
        name, container = f"{one.title}Service", one.name
        ecs = accounts["test"].ecs
        digests[container] = digest(ecs.service(name).task_definition)
        ecs.containers[name] = container
        ecs.start_task(name, container, "registry/app:1.4.1", digests[container])
    ran = accounts("deploy", "--env", "dev", "--images-from", "test", *own, "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "what runs in test" in ran.stderr
    assert accounts["dev"].stack.parameters["BffImage"] == f":1.4.1@{digests['bff']}"
    assert executed(accounts["test"]) == 0
    wrong = accounts("plan", "--env", "dev", "--images-from", "test", "--images-profile", "of-prod")
    assert wrong.returncode == 3
    assert "the images of test cannot be taken" in wrong.stderr
    assert "--images-profile NAME" in wrong.stderr
