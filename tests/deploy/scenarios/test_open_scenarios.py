"""``open``: addresses of what is there, in every partition, and nothing opened unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from bidops_cfn.deploy.console import make_url
from tests.deploy.inside import run
from tests.deploy.scripted.http_server import ScriptedServer
from tests.deploy.scripted.world import World
from tests.images import NAMES


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-central-1", "eu-central-1.console.aws.amazon.com"),
        ("aws-cn", "cn-north-1", "cn-north-1.console.amazonaws.cn"),
        ("aws-us-gov", "us-gov-west-1", "us-gov-west-1.console.amazonaws-us-gov.com"),
    ],
)
def test_the_host_is_that_of_the_partition(partition: str, region: str, host: str) -> None:
    stack = f"arn:{partition}:cloudformation:{region}:111111111111:stack/name/0a"
    service = f"arn:{partition}:ecs:{region}:111111111111:service/cluster/bff"
    logs, alarm = make_url("logs", stack, "/ecs/bff"), make_url("alarm", stack, "bff high")
    service = make_url("service", service)
    for url in (make_url("stack", stack), service, logs, alarm):
        assert url.startswith(f"https://{host}/")
        assert f"region={region}" in url
    assert logs.endswith("log-group/$252Fecs$252Fbff")
    assert alarm.endswith("alarm/bff%20high")
    assert "/clusters/cluster/services/bff/" in service


BROWSER = "#!/bin/sh\nprintf '%s\\n' \"$1\" >> opened.txt\n"


def shown(world: World) -> dict[str, str]:
    return {one.name: one.url for one in world.output.of("link")}


def test_the_stack_is_what_is_shown_unless_told_otherwise(world: World) -> None:
    world.standing()
    world.expect(world.links(), 0, "1 address of bidopsai-dev-compute in the AWS console")
    assert list(shown(world)) == ["bidopsai-dev-compute"]


@pytest.mark.parametrize(
    ("kind", "service", "names"),
    [
        ("service", "", {*NAMES}),
        ("service", "bff", {"bff"}),
        ("logs", "", {*NAMES}),
        ("logs", "agentcore", {"agentcore"}),
    ],
)
def test_services_and_logs_have_an_address_each(
    world: World, kind: str, service: str, names: set[str]
) -> None:
    world.standing()
    assert world.links(kind, service).code == 0
    assert set(shown(world)) == names


def test_alarms_have_an_address_each(world: World) -> None:
    world.standing()
    world.expect(world.links("alarms"), 0, f"{world.count_alarms()} addresses")
    assert all("#alarmsV2:alarm/" in url for url in shown(world).values())


def test_a_browser_is_started_for_each_address_and_one_that_is_missing_is_said(
    world: World,
) -> None:
    world.standing()
    opened: list[str] = []

    def visit(url: str) -> bool:
        opened.append(url)
        return False

    world.links("logs", visit=visit).hold(0)
    assert sorted(opened) == sorted(shown(world).values())
    assert "no browser could be started" in world.noticed


@pytest.mark.parametrize("asked", [True, False])
def test_the_command_starts_a_browser_only_when_asked(
    server: ScriptedServer, project: Path, asked: bool
) -> None:
    server.world.standing()
    browser = project / "browser.sh"
    browser.write_text(BROWSER, encoding="utf-8")
    browser.chmod(0o755)
    more = ("--browser",) if asked else ()
    words = ("open", "logs", "--env", "dev", "--service", "bff", *more)
    ran = run(server, project, *words, BROWSER=str(browser))
    assert ran.returncode == 0, ran.stderr
    name, _, url = ran.stdout.strip().partition(" ")
    assert name == "bff"
    opened = project / "opened.txt"
    assert opened.is_file() is asked
    if asked:
        assert opened.read_text(encoding="utf-8").strip() == url.strip()


def test_a_service_of_what_has_none_is_wrong_usage(server: ScriptedServer, project: Path) -> None:
    ran = run(server, project, "open", "alarms", "--env", "dev", "--service", "bff")
    assert ran.returncode == 2
    assert "--service goes with service and logs" in ran.stderr
