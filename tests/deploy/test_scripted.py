"""The scripted AWS itself: what is late, what others do, and every call over HTTP and back."""

from __future__ import annotations

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
from bidops_cfn_sandbox.engine.answers import ValidationError
from tests.deploy.scripted.http_server import ScriptedServer, variables
from tests.deploy.scripted.stack import Lag, Other
from tests.deploy.scripted.wire import check_answer
from tests.deploy.scripted.world import World

NEW = "UPDATE_VALIDATION_IN_PROGRESS"


def shown(world: World, name: str = "") -> str:
    """The status that a read shows now."""
    described = world.cloudformation.describe_stacks(name or world.stack.id)
    check_answer(Call.DESCRIBE_STACKS, described)
    status: str = described["Stacks"][0]["StackStatus"]
    return status


def test_a_late_read_shows_what_stood_before_until_some_time_after_the_end(world: World) -> None:
    stack = world.standing("UPDATE_ROLLBACK_COMPLETE")
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30)
    Other(stack).update(10)
    assert shown(world) == "UPDATE_ROLLBACK_COMPLETE"
    world.clock.sleep(39)
    assert (stack.status, shown(world)) == ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    world.clock.sleep(1)
    assert shown(world) == "UPDATE_COMPLETE"


def test_a_read_that_relapses_shows_the_operation_while_it_runs(world: World) -> None:
    stack = world.standing()
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30, relapses=True)
    before = stack.updated
    Other(stack).update(10)
    assert shown(world) == "UPDATE_IN_PROGRESS"
    world.clock.sleep(10)
    late = world.cloudformation.describe_stacks(stack.id)["Stacks"][0]
    assert late["LastUpdatedTime"] == before != stack.updated
    assert late.get("ChangeSetId", "") != stack.change_set_id


def test_a_stack_that_is_gone_is_found_by_name_as_long_as_reads_are_late(world: World) -> None:
    stack = world.standing()
    world.clock.sleep(100)
    world.cloudformation.lag = Lag(30)
    Other(stack).delete(5)
    world.clock.sleep(20)
    assert shown(world, stack.name) == "UPDATE_COMPLETE"
    world.clock.sleep(20)
    with pytest.raises(ValidationError, match="does not exist"):
        shown(world, stack.name)
    assert shown(world, stack.id) == "DELETE_COMPLETE"


def test_an_update_of_another_operator_has_its_own_token_operation_and_change_set(
    world: World,
) -> None:
    stack = world.standing()
    Other(stack).update(10, fails=True)
    world.clock.sleep(10)
    assert stack.status == "UPDATE_ROLLBACK_COMPLETE"
    first = stack.events[0]
    assert first["ClientRequestToken"].startswith("Console-")
    assert len({event.get("OperationId") for event in stack.events}) == 3  # none, and two


def test_tasks_are_listed_page_by_page(world: World) -> None:
    world.standing()
    for _ in range(150):
        world.ecs.stop_task("BffService", "ecs-svc/old", "it crashed")
    first = world.ecs.list_tasks("compute", "BffService", "STOPPED")
    second = world.ecs.list_tasks("compute", "BffService", "STOPPED", first["nextToken"])
    assert len(first["taskArns"]) == 100
    assert len(second["taskArns"]) == 50
    assert "nextToken" not in second


def test_the_cluster_is_gone_once_its_services_are(world: World) -> None:
    stack = world.standing()
    world.cloudformation.delete_stack(stack.id)
    world.clock.sleep(20)
    assert stack.status == "DELETE_COMPLETE"
    with pytest.raises(NotFound, match="Cluster not found"):
        world.ecs.describe_services("compute", [])


def test_words_that_aws_added_later_are_answered_only_where_a_scenario_says_so() -> None:
    answer = {"Stacks": [{"StackName": "a", "StackStatus": NEW}]}
    check_answer(Call.DESCRIBE_STACKS, answer, {NEW})
    with pytest.raises(AssertionError, match="AWS never says"):
        check_answer(Call.DESCRIBE_STACKS, answer)


def test_an_operation_that_the_endpoint_does_not_know_is_refused(world: World) -> None:
    world.wire.unknown.add("ListTasks")
    with pytest.raises(Unsupported):
        world.wire(Call.LIST_TASKS, cluster="compute")


@pytest.fixture(autouse=True)
def address(server: ScriptedServer, dev: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables(server.endpoint, dev.region).items():
        monkeypatch.setenv(name, value)


def test_answers_of_every_protocol_arrive_as_they_were_scripted(
    server: ScriptedServer, dev: Environment
) -> None:
    stack = server.world.standing()
    client = BotoClient(dev.region)
    described = client(Call.DESCRIBE_STACKS, StackName=stack.name)["Stacks"][0]  # query
    assert described["StackStatus"] == "UPDATE_COMPLETE"
    assert described["LastUpdatedTime"] == stack.updated
    assert client(Call.GET_TEMPLATE, StackName=stack.id)["TemplateBody"] == stack.text
    arn = server.world.ecs.service("BffService").arn
    services = client(Call.DESCRIBE_SERVICES, cluster="compute", services=[arn])["services"]  # json
    assert services[0]["runningCount"] == 5
    (began,) = server.world.ecs.service("BffService").deployments
    assert services[0]["deployments"][0]["createdAt"] == began["createdAt"]
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
    server: ScriptedServer, dev: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)  # between its tries
    server.world.wire.refuse(Unavailable, Call.LIST_EXPORTS, why="lost")
    with pytest.raises(Unavailable):
        BotoClient(dev.region)(Call.LIST_EXPORTS)
    assert len(server.world.made(Call.LIST_EXPORTS)) == 4
