"""Operations take time: what AWS's APIs show while they run, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bidops_cfn.compute import template
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.engine.clock import Clock, Process, side_by_side
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, NO_TASKS, Account, account

LONG = 10_000.0  # seconds, for any operation to end
ROLLOUT = {**IMAGES, **NO_TASKS, "BffImage": ":1.0.1"}


class Moved:
    """The account of dev, on a clock that stands still until ``wait``."""

    def __init__(self, held: Account, clock: Clock, dev: Environment) -> None:
        self.account, self.clock, self.name = held, clock, dev.stack_name
        self.text = template.render(dev)

    def wait(self, seconds: float) -> None:
        self.clock.advance(self.clock.elapsed + seconds)

    def begin(self, kind: str, parameters: dict[str, str]) -> None:
        self.account.deploy(self.name, self.text, parameters, kind)

    @property
    def status(self) -> str:
        return str(self.account.stack(self.name)["StackStatus"])

    def service(self) -> dict[str, Any]:
        ids = self.account.resources(self.name)
        return self.account.service(ids["Cluster"], ids["BffService"])

    def events(self) -> list[tuple[str, str, str]]:
        """Logical id, status and reason of every event, oldest first."""
        found = self.account.cloudformation.describe_stack_events(StackName=self.name)
        return [
            (one["LogicalResourceId"], one["ResourceStatus"], one.get("ResourceStatusReason", ""))
            for one in reversed(found["StackEvents"])
        ]


@contextmanager
def moving(dev: Environment, **options: Any) -> Iterator[Moved]:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    with Sandbox([dev], pace=1, clock=clock, **options) as sandbox, account(sandbox, dev) as held:
        yield Moved(held, clock, dev)


@pytest.fixture
def moved(dev: Environment) -> Iterator[Moved]:
    with moving(dev) as found:
        yield found


@pytest.fixture
def created(dev: Environment) -> Iterator[Moved]:
    with moving(dev, deployed={"dev": prepare_body(template.render(dev))}) as found:
        yield found


def test_a_creation_goes_on_resource_by_resource(moved: Moved) -> None:
    moved.begin("CREATE", IMAGES)
    assert moved.status == "CREATE_IN_PROGRESS"
    seen: set[str] = set()
    times = []
    while moved.status == "CREATE_IN_PROGRESS":
        moved.wait(5)
        listed = moved.account.cloudformation.list_stack_resources(StackName=moved.name)
        known = {one["LogicalResourceId"]: one for one in listed["StackResourceSummaries"]}
        done = {name for name, one in known.items() if one["ResourceStatus"] == "CREATE_COMPLETE"}
        assert done >= seen
        times += [moved.clock.elapsed] * (len(done) > len(seen))
        seen = done
    assert moved.status == "CREATE_COMPLETE"
    assert len(times) > 10
    order = [one for one, status, _ in moved.events() if status == "CREATE_COMPLETE"]
    assert order.index("BffTaskDefinition") < order.index("BffService")
    began = [one for one, status, _ in moved.events() if status == "CREATE_IN_PROGRESS"]
    assert began.index("BffTaskRole") < began.index("BffTaskDefinition")


def test_a_rollout_starts_tasks_beside_the_old_ones_and_then_stops_those(created: Moved) -> None:
    created.begin("UPDATE", ROLLOUT)
    created.wait(10)
    new, old = created.service()["deployments"]
    assert (new["status"], new["rolloutState"], new["runningCount"]) == (
        "PRIMARY",
        "IN_PROGRESS",
        0,
    )
    assert (old["status"], old["runningCount"]) == ("ACTIVE", 2)
    assert new["rolloutStateReason"] == f"ECS deployment {new['id']} in progress."
    assert created.service()["runningCount"] == 2
    ecs = created.account.client("ecs")
    cluster = created.account.resources(created.name)["Cluster"]
    tasks = ecs.list_tasks(cluster=cluster, serviceName=created.service()["serviceName"])
    states = ecs.describe_tasks(cluster=cluster, tasks=tasks["taskArns"])["tasks"]
    assert sorted(one["lastStatus"] for one in states) == ["PENDING"] * 2 + ["RUNNING"] * 2
    (listed,) = ecs.list_service_deployments(
        service=created.service()["serviceArn"], cluster=cluster, status=["IN_PROGRESS"]
    )["serviceDeployments"]
    created.wait(LONG)
    (only,) = created.service()["deployments"]
    assert only["rolloutStateReason"] == f"ECS deployment {new['id']} completed."
    assert (only["rolloutState"], only["runningCount"]) == ("COMPLETED", 2)
    (ended,) = ecs.describe_service_deployments(
        serviceDeploymentArns=[listed["serviceDeploymentArn"]]
    )["serviceDeployments"]
    assert ended["status"] == "SUCCESSFUL"
    messages = [one["message"] for one in created.service()["events"][:3]]
    assert messages[0].endswith("has reached a steady state.")
    assert "has stopped 2 running tasks" in messages[2]


def test_an_update_that_runs_can_be_cancelled_and_is_rolled_back(created: Moved) -> None:
    before = created.service()["taskDefinition"]
    created.begin("UPDATE", ROLLOUT)
    created.wait(10)
    created.account.cloudformation.cancel_update_stack(StackName=created.name)
    assert created.status == "UPDATE_ROLLBACK_IN_PROGRESS"
    assert ("BffService", "UPDATE_FAILED", "Resource update cancelled") in created.events()
    created.wait(LONG)
    assert created.status == "UPDATE_ROLLBACK_COMPLETE"
    assert created.service()["taskDefinition"] == before
    with pytest.raises(ClientError, match="cannot be called from current stack status"):
        created.account.cloudformation.cancel_update_stack(StackName=created.name)


def test_what_runs_refuses_another_operation_and_a_creation_can_be_deleted(moved: Moved) -> None:
    cloudformation = moved.account.cloudformation
    moved.begin("CREATE", IMAGES)
    moved.wait(30)
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        moved.account.change_set(moved.name, moved.text, ROLLOUT)
    (executed,) = cloudformation.list_change_sets(StackName=moved.name)["Summaries"]
    with pytest.raises(ClientError, match=r"deleted in its current .*\[EXECUTE_IN_PROGRESS\]"):
        cloudformation.delete_change_set(ChangeSetName=executed["ChangeSetId"])
    stack_id = moved.account.stack(moved.name)["StackId"]
    cloudformation.delete_stack(StackName=moved.name)
    moved.wait(LONG)
    assert moved.account.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert moved.account.client("logs").describe_log_groups()["logGroups"] == []


def test_a_stack_is_not_deleted_while_it_is_updated(created: Moved) -> None:
    created.begin("UPDATE", ROLLOUT)
    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        created.account.cloudformation.delete_stack(StackName=created.name)


def test_a_service_that_is_scaled_starts_and_stops_tasks(created: Moved) -> None:
    ecs, service = created.account.client("ecs"), created.service()
    cluster, name = service["clusterArn"], service["serviceName"]
    for count in (5, 1):
        ecs.update_service(cluster=cluster, service=name, desiredCount=count)
        created.wait(LONG)
        arns = ecs.list_tasks(cluster=cluster, serviceName=name)["taskArns"]
        assert created.service()["runningCount"] == len(arns) == count
    stopped = ecs.list_tasks(cluster=cluster, serviceName=name, desiredStatus="STOPPED")
    assert len(stopped["taskArns"]) == 4


def test_a_restart_rolls_out_on_the_clock(created: Moved) -> None:
    service = created.service()
    created.account.client("ecs").update_service(
        cluster=service["clusterArn"], service=service["serviceName"], forceNewDeployment=True
    )
    assert created.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    created.wait(LONG)
    assert created.service()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_what_stands_from_the_start_is_younger_than_its_secrets(dev: Environment) -> None:
    with (
        Sandbox([dev], deployed={"dev": prepare_body(template.render(dev))}) as sandbox,
        account(sandbox, dev) as held,
    ):
        begun = held.stack(dev.stack_name)["CreationTime"]
        secrets = held.client("ssm").describe_parameters()["Parameters"]
        assert secrets
        assert all(one["LastModifiedDate"] <= begun for one in secrets)


def test_processes_run_side_by_side_and_wait_for_what_they_need() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    log: list[tuple[float, str]] = []

    def work(name: str) -> Process[None]:
        yield 10.0 if name == "slow" else 3.0
        log.append((clock.elapsed, name))

    clock.run(side_by_side({"slow": set(), "quick": set(), "last": {"quick"}}, work, print))
    clock.advance(20)
    assert log == [(3.0, "quick"), (6.0, "last"), (10.0, "slow")]


def test_what_has_begun_is_told_when_another_fails_and_what_has_not_is_not() -> None:
    clock = Clock(datetime(2026, 3, 1, tzinfo=UTC))
    told: list[str] = []

    def work(name: str) -> Process[None]:
        yield 1.0 if name == "bad" else 5.0
        assert name != "bad"

    def whole() -> Process[None]:
        with pytest.raises(AssertionError):
            yield from side_by_side(
                {"good": set(), "bad": set(), "later": {"good"}}, work, told.append
            )

    clock.run(whole())
    clock.advance(20)
    assert told == ["good"]
