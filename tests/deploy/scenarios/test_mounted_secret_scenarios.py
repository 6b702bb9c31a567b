"""``status`` beside a secret that was changed: which tasks have read it, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Throttled
from bidops_cfn.deploy.records import build_line
from tests.deploy.scripted.world import World

ACCOUNT = "us-east-1:111111111111"
PARAMETER = f"arn:aws:ssm:{ACCOUNT}:parameter/bidopsai/url"
SECRET = f"arn:aws:secretsmanager:{ACCOUNT}:secret:token-Ab12Cd"
RESTART = "bidops-cfn restart --env dev --service bff"


@pytest.fixture
def mounting(world: World) -> World:
    """A stack whose tasks mount a parameter and a secret; two tasks of bff began an hour apart."""
    world.standing()
    world.ecs.mounted = [
        {"name": "URL", "valueFrom": PARAMETER},
        {"name": "TOKEN", "valueFrom": f"{SECRET}:password::"},
    ]
    for hours in (1, 2):
        begun = world.clock.now() + timedelta(hours=hours)
        world.ecs.start_task(
            "BffService",
            "bff",
            "r/app:1",
            "",
            createdAt=begun - timedelta(minutes=1),
            startedAt=begun,
        )
    return world


def parameter(world: World, minutes: float) -> None:
    world.account.changed["/bidopsai/url"] = world.clock.now() + timedelta(minutes=minutes)


def secret(world: World, minutes: float, *, rotated: bool = True) -> None:
    moment = world.clock.now() + timedelta(minutes=minutes)
    world.account.managed[SECRET] = {"LastChangedDate": moment} | (
        {"LastRotatedDate": moment} if rotated else {}
    )


def found(world: World, source: str) -> tuple[str, int]:
    """Verdict and count of tasks for bff's secret, from the JSON line."""
    line = build_line(world.output.of("status")[-1])
    (bff,) = (one for one in line["services"] if one["service"] == "bff")
    (one,) = (one for one in bff["secrets"] if one["source"] == source)
    return one["verdict"], one["tasks"]


@pytest.mark.parametrize(
    ("change", "minutes", "verdict"),
    [
        (parameter, -60, ("read", 0)),  # before the deployment: no task is asked for
        (parameter, 10, ("read", 0)),  # before the first task
        (parameter, 59.5, ("may be newer", 1)),  # while the first one was being started
        (parameter, 90, ("newer", 1)),
        (parameter, 180, ("newer", 2)),
        (secret, 90, ("newer", 1)),
        (secret, -60, ("read", 0)),
    ],
)
def test_a_change_is_compared_with_the_start_of_each_task(
    mounting: World,
    change: Callable[[World, float], None],
    minutes: float,
    verdict: tuple[str, int],
) -> None:
    change(mounting, minutes)
    ended = mounting.status()
    assert found(mounting, PARAMETER if change is parameter else SECRET) == verdict
    assert (RESTART in ended.block) is (verdict[0] != "read")
    assert ended.code == (1 if verdict[0] == "newer" else 0)
    asked = Call.LIST_TASKS in {call for call, _ in mounting.wire.calls}
    assert asked is (minutes > 0)


def test_a_secret_that_was_changed_in_some_way_may_have_another_value(mounting: World) -> None:
    secret(mounting, 180, rotated=False)
    mounting.status().hold(
        0, f"{SECRET} of bff may have another value: it was changed 2026-03-02", RESTART
    )


def test_after_a_restart_nothing_is_newer(mounting: World) -> None:
    parameter(mounting, 0)
    mounting.clock.sleep(60)
    assert mounting.restart().code == 0
    assert mounting.status().code == 0
    assert found(mounting, PARAMETER) == ("read", 0)


def test_tasks_that_a_rollout_has_not_replaced_yet_count(mounting: World) -> None:
    parameter(mounting, 180)
    mounting.clock.sleep(4 * 3600)
    service = mounting.ecs.service("BffService")
    service.deploy(service.task_definition)
    mounting.status()
    assert found(mounting, PARAMETER) == ("newer", 2)


def test_a_version_that_is_named_does_not_change(mounting: World) -> None:
    mounting.ecs.mounted = [{"name": "TOKEN", "valueFrom": f"{SECRET}:::0a1b2c"}]
    secret(mounting, 180)
    assert mounting.status().code == 0
    assert mounting.made(Call.DESCRIBE_SECRET) == []


@pytest.mark.parametrize("fault", [AccessDenied, Throttled])
@pytest.mark.parametrize(
    "call",
    [
        Call.DESCRIBE_TASK_DEFINITION,
        Call.DESCRIBE_PARAMETERS,
        Call.DESCRIBE_SECRET,
        Call.LIST_TASKS,
        Call.DESCRIBE_TASKS,
    ],
)
def test_what_may_not_be_asked_is_not_known(
    mounting: World, call: Call, fault: type[AccessDenied | Throttled]
) -> None:
    parameter(mounting, 90)
    mounting.wire.refuse(fault, call)
    ended = mounting.status()
    assert "cannot tell whether its tasks have the newest" in ended.block
    assert call.text in ended.block
    assert ended.code == (1 if call is Call.DESCRIBE_SECRET else 0)


def test_a_parameter_that_is_gone_is_not_known(mounting: World) -> None:
    mounting.account.secrets = set()
    ended = mounting.status()
    assert "Systems Manager has no such parameter in this account" in ended.block


@pytest.mark.parametrize(
    "call", [Call.DESCRIBE_TASK_DEFINITION, Call.DESCRIBE_SECRET, Call.DESCRIBE_SERVICE_REVISIONS]
)
def test_an_answer_that_is_not_understood_ends_no_report(mounting: World, call: Call) -> None:
    mounting.wire.handlers[call] = lambda **_: {}
    mounting.status().hold(0, "cannot tell")


def test_credentials_that_expire_end_the_report(mounting: World) -> None:
    call = Call.DESCRIBE_PARAMETERS
    mounting.wire.refuse(ExpiredCredentials, call, why="the token has expired")
    ended = mounting.status()
    assert ended.error is not None
    assert "the token has expired" in ended.said
