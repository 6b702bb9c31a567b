"""The scripted AWS over HTTP: every call of ours goes there and back through the real client."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bidops_cfn.deploy.boto_client import BotoClient
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    NotFound,
    Rejected,
    Unavailable,
    Unsupported,
)
from bidops_cfn.settings.environment import Environment
from tests.deploy.scripted.clock import RealClock
from tests.deploy.scripted.http_server import ScriptedServer, served, variables
from tests.deploy.scripted.process import run
from tests.deploy.scripted.world import World


@pytest.fixture
def server(dev: Environment, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    with served(World(dev, clock=RealClock())) as running:
        for name, value in variables(running.address, dev.region).items():
            monkeypatch.setenv(name, value)
        yield running


def test_answers_of_every_protocol_arrive_as_they_were_scripted(
    server: ScriptedServer, dev: Environment
) -> None:
    stack = server.world.standing()
    client = BotoClient(dev.region)
    described = client(Call.DESCRIBE_STACKS, StackName=stack.name)["Stacks"][0]  # query
    assert described["StackStatus"] == "UPDATE_COMPLETE"
    assert described["LastUpdatedTime"] == stack.updated
    assert client(Call.GET_TEMPLATE, StackName=stack.id)["TemplateBody"] == stack.template
    arn = server.world.ecs.service("BffService").arn
    services = client(Call.DESCRIBE_SERVICES, cluster="compute", services=[arn])["services"]  # json
    assert services[0]["runningCount"] == 5
    began = services[0]["deployments"][0]["createdAt"]
    assert abs(server.clock.now() - began) < timedelta(seconds=60)
    lists = [dev.network.s3_prefix_list_id]
    found = client(Call.DESCRIBE_PREFIX_LISTS, PrefixListIds=lists)["PrefixLists"]  # ec2
    assert found[0]["PrefixListId"] == lists[0]
    server.world.account.alarms["smoke"] = "OK"
    alarms = client(Call.DESCRIBE_ALARMS, AlarmNames=["smoke"])["MetricAlarms"]
    assert alarms[0]["StateValue"] == "OK"
    client(Call.PUT_OBJECT, Bucket="templates", Key="a/b.json", Body=b"{}")  # rest-xml
    assert list(server.world.cloudformation.bucket.values()) == ["{}"]
    assert server.regions == {dev.region}


def test_what_is_refused_is_the_same_fault_over_http(
    server: ScriptedServer, dev: Environment
) -> None:
    client = BotoClient(dev.region)
    with pytest.raises(NotFound):
        client(Call.DESCRIBE_STACKS, StackName="none")
    with pytest.raises(Rejected, match="not imported"):
        client(Call.LIST_IMPORTS, ExportName="none")
    server.world.wire.before[Call.DESCRIBE_SERVICES] = [AccessDenied(Call.DESCRIBE_SERVICES, "no")]
    with pytest.raises(AccessDenied):
        client(Call.DESCRIBE_SERVICES, cluster="compute", services=["a"])
    expired = ExpiredCredentials(Call.GET_CALLER_IDENTITY, "expired")
    server.world.wire.before[Call.GET_CALLER_IDENTITY] = [expired]
    with pytest.raises(ExpiredCredentials):
        client(Call.GET_CALLER_IDENTITY)
    server.world.wire.unknown.add("DescribeEvents")
    del server.world.wire.handlers[Call.LIST_TASKS]
    with pytest.raises(Unsupported):
        client(Call.DESCRIBE_EVENTS, ChangeSetName="a")
    with pytest.raises(Unsupported):
        client(Call.LIST_TASKS, cluster="compute")


def test_an_answer_that_is_lost_is_no_answer_over_http(
    server: ScriptedServer, dev: Environment
) -> None:
    server.world.wire.always[Call.LIST_EXPORTS] = lambda: Unavailable(Call.LIST_EXPORTS, "lost")
    with pytest.raises(Unavailable):
        BotoClient(dev.region)(Call.LIST_EXPORTS)
    assert len(server.world.made(Call.LIST_EXPORTS)) == 4


def test_what_is_scripted_happens_in_real_time(server: ScriptedServer, dev: Environment) -> None:
    stack = server.world.standing()
    server.clock.catch_up()
    server.clock.after(0.2, lambda: stack.enter("UPDATE_ROLLBACK_COMPLETE"))
    time.sleep(0.25)
    described = BotoClient(dev.region)(Call.DESCRIBE_STACKS, StackName=stack.name)
    assert described["Stacks"][0]["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_the_real_process_deploys_against_it(server: ScriptedServer, project: Path) -> None:
    server.world.standing()
    server.world.play.seconds = 2
    ran = run(server, project, "deploy", "--env", "dev", "--image", "bff=1.4.2", "--yes")
    assert ran.returncode == 0, ran.stderr
    assert "UPDATE_COMPLETE" in ran.stderr
    assert len(server.world.made(Call.EXECUTE_CHANGE_SET)) == 1
