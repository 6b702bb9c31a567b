"""Rehearsals: each makes an operation end as it does on AWS, with all that AWS shows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bidops_cfn.compute import template
from bidops_cfn.deploy.template import prepare_body
from bidops_cfn.errors import UsageError
from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.engine.clock import Clock
from bidops_cfn_sandbox.engine.engine import (
    OF_A_SERVICE,
    OF_ALL,
    read_rehearsal,
    rehearsals,
)
from bidops_cfn_sandbox.server import Sandbox
from tests.sandbox.account import IMAGES, NO_TASKS, Account, account

SERVICES = ("bff", "agentcore")
ROLLOUT = {**IMAGES, **NO_TASKS, "BffImage": ":1.0.1"}
BREAKER = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."
HOOKED = "The following hook(s) failed: [Rehearsal::Images::Hook]"
# Of a creation, and of an update after it: what fails, and why.
CREATION: dict[str, tuple[str, str]] = {
    "crash:bff": ("BffService", BREAKER),
    "crash:agentcore": ("AgentCoreService", BREAKER),
    "unhealthy:bff": ("BffService", BREAKER),
    "unhealthy:agentcore": ("AgentCoreService", BREAKER),
    "no-capacity": ("Service", "Exceeded attempts to wait"),
    "quota": ("Role", "Cannot exceed quota for RolesPerAccount: 1000"),
    "hook": ("TaskDefinition", HOOKED),
}
UPDATE: dict[str, tuple[str, str]] = {
    "crash:bff": ("BffService", BREAKER),
    "unhealthy:bff": ("BffService", BREAKER),
    "no-capacity": ("Service", "Exceeded attempts to wait"),
    "quota": ("BffService", "Exceeded attempts to wait"),
    "hook": ("TaskDefinition", HOOKED),  # of either service: tags change, too
}
# What ECS says of the service.
MESSAGES = {
    "crash:bff": "deployment failed: tasks failed to start.",
    "unhealthy:bff": "(reason Health checks failed with these codes: [502])",
    "unhealthy:agentcore": "failed container health checks.",
    "no-capacity": "was unable to place a task. Reason: Capacity is unavailable at this time.",
    "quota": "reached the limit on the number of vCPUs you can run concurrently.",
}


@contextmanager
def updating(what: str, dev: Environment) -> Iterator[tuple[Account, Clock]]:
    """An update that is rehearsed has begun, on a clock that the test moves."""
    text, clock = template.render(dev), Clock(datetime(2026, 3, 1, tzinfo=UTC))
    stands = {"dev": prepare_body(text)}
    with rehearsing(what, dev, deployed=stands, pace=1, clock=clock) as held:
        held.deploy(dev.stack_name, text, ROLLOUT)
        yield held, clock


@contextmanager
def rehearsing(what: str, dev: Environment, **options: Any) -> Iterator[Account]:
    rehearsal = read_rehearsal(what, SERVICES)
    with (
        Sandbox([dev], rehearsal=rehearsal, **options) as sandbox,
        account(sandbox, dev) as held,
    ):
        yield held


def revisions(held: Account, service: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a service runs: the task definition and its images, by revision."""
    arns = [one["arn"] for one in service["currentServiceRevisions"]]
    found = held.client("ecs").describe_service_revisions(serviceRevisionArns=arns)
    return [(one["taskDefinition"], one["containerImages"]) for one in found["serviceRevisions"]]


def test_everything_that_can_be_rehearsed_is_tried_here() -> None:
    assert {*CREATION, "slow", "throttle"} == {*rehearsals(SERVICES)}


@pytest.mark.parametrize("what", CREATION)
def test_a_creation_fails_as_rehearsed_and_is_rolled_back(what: str, dev: Environment) -> None:
    failed, reason = CREATION[what]
    with rehearsing(what, dev) as held:
        held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        assert held.stack(dev.stack_name)["StackStatus"] == "ROLLBACK_COMPLETE"
        found = held.failures(dev.stack_name)
        assert [one for one, why in found if one.endswith(failed) and reason in why]
        if what == "hook":
            hold_result(held, dev.stack_name)


@pytest.mark.parametrize("what", UPDATE)
def test_an_update_fails_as_rehearsed_and_the_former_image_runs(
    what: str, dev: Environment
) -> None:
    failed, reason = UPDATE[what]
    text = template.render(dev)
    with rehearsing(what, dev, deployed={"dev": prepare_body(text)}) as held:
        ids = held.resources(dev.stack_name)
        before = held.service(ids["Cluster"], ids["BffService"])
        held.deploy(dev.stack_name, text, ROLLOUT)
        assert held.stack(dev.stack_name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        found = held.failures(dev.stack_name)
        assert [one for one, why in found if one.endswith(failed) and reason in why]
        after = held.service(ids["Cluster"], ids["BffService"])
        assert after["taskDefinition"] == before["taskDefinition"]
        assert after["runningCount"] == before["runningCount"] == 2
        # What runs is one revision, and ECS tells its digests: `status` names them.
        assert revisions(held, after) == revisions(held, before)
        messages = [one["message"] for one in after["events"]]
        assert any(MESSAGES.get(what, "") in one for one in messages)
        if what == "crash:bff":
            hold_traces(held, ids)


def hold_traces(held: Account, ids: Mapping[str, str]) -> None:
    """Tasks that crash leave exit codes and log lines."""
    ecs, cluster = held.client("ecs"), ids["Cluster"]
    arns = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    stopped = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"]
    assert len(stopped) == 3
    assert {one["stopCode"] for one in stopped} == {"EssentialContainerExited"}
    assert {one["containers"][0]["exitCode"] for one in stopped} == {1}
    stream = f"bff/bff/{arns[0].rpartition('/')[2]}"
    lines = held.client("logs").get_log_events(
        logGroupName=ids["BffLogGroup"], logStreamName=stream
    )["events"]
    assert any("Error: " in one["message"] for one in lines)


def test_tasks_that_are_unhealthy_are_unhealthy_targets_while_they_run(dev: Environment) -> None:
    with updating("unhealthy:bff", dev) as (held, clock):
        group = held.resources(dev.stack_name)["BffTargetGroup"]
        seen = set[tuple[str, ...]]()
        while ("healthy", "healthy", "unhealthy") not in seen and clock.elapsed < 300:
            clock.advance(clock.elapsed + 5)
            health = held.client("elbv2").describe_target_health(TargetGroupArn=group)
            targets = health["TargetHealthDescriptions"]
            seen.add(tuple(sorted(one["TargetHealth"]["State"] for one in targets)))
        assert ("healthy", "healthy", "unhealthy") in seen


def test_a_rollout_that_is_stopped_goes_back_and_fails_the_update(dev: Environment) -> None:
    text, clock = template.render(dev), Clock(datetime(2026, 3, 1, tzinfo=UTC))
    with rehearsing("slow", dev, deployed={"dev": prepare_body(text)}, pace=1, clock=clock) as held:
        ids, ecs = held.resources(dev.stack_name), held.client("ecs")
        before = held.service(ids["Cluster"], ids["BffService"])
        held.deploy(dev.stack_name, text, ROLLOUT)
        clock.advance(clock.elapsed + 300)
        rollouts = ecs.list_service_deployments(
            service=ids["BffService"], cluster=ids["Cluster"], status=["IN_PROGRESS"]
        )["serviceDeployments"]
        stopped = {"serviceDeploymentArn": rollouts[0]["serviceDeploymentArn"]}
        assert ecs.stop_service_deployment(**stopped, stopType="ROLLBACK")["ResponseMetadata"]
        with pytest.raises(ClientError, match="ConflictException"):
            ecs.stop_service_deployment(**stopped)
        unknown = {"serviceDeploymentArn": "arn:aws:ecs:us-east-1:1:service-deployment/a/b/c"}
        with pytest.raises(ClientError, match="ServiceDeploymentNotFoundException"):
            ecs.stop_service_deployment(**unknown)
        with pytest.raises(ClientError, match="InvalidParameterException"):
            ecs.stop_service_deployment(**unknown, stopType="ABORT")
        clock.advance(clock.elapsed + 900)
        assert held.stack(dev.stack_name)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert "ECS Deployment was stopped" in dict(held.failures(dev.stack_name))["BffService"]
        after = held.service(ids["Cluster"], ids["BffService"])
        assert revisions(held, after) == revisions(held, before)
        assert after["runningCount"] == before["runningCount"]
        first = before["deployments"][0]
        tasks = ecs.list_tasks(cluster=ids["Cluster"], serviceName=after["serviceName"])
        run = ecs.describe_tasks(cluster=ids["Cluster"], tasks=tasks["taskArns"])["tasks"]
        assert {one["startedBy"] for one in run} == {first["id"]}  # none was replaced


def test_a_slow_rollout_takes_long_and_succeeds(dev: Environment) -> None:
    with updating("slow", dev) as (held, clock):
        clock.advance(clock.elapsed + 500)
        assert held.stack(dev.stack_name)["StackStatus"] == "UPDATE_IN_PROGRESS"
        clock.advance(clock.elapsed + 500)
        assert held.stack(dev.stack_name)["StackStatus"] == "UPDATE_COMPLETE"


def test_throttling_comes_with_an_operation_and_goes(dev: Environment) -> None:
    with rehearsing("throttle", dev) as held:
        held.deploy(dev.stack_name, template.render(dev), IMAGES, "CREATE")
        impatient = held.session.client(
            "cloudformation",
            region_name="us-east-1",
            endpoint_url=held.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=held.variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=held.variables["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        for _ in range(6):
            with pytest.raises(ClientError, match="Throttling"):
                impatient.describe_stacks(StackName=dev.stack_name)
        (stack,) = impatient.describe_stacks(StackName=dev.stack_name)["Stacks"]
        impatient.close()
        assert stack["StackStatus"] == "CREATE_COMPLETE"


def hold_result(held: Account, name: str) -> None:
    """A hook has a result that says what to do."""
    found = held.cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    (told,) = [one for one in found if one.get("HookStatus") == "HOOK_COMPLETE_FAILED"]
    result = held.cloudformation.get_hook_result(HookResultId=told["HookInvocationId"])
    (annotation,) = result["Annotations"]
    assert annotation["RemediationMessage"] == "Sign the image, or deploy one that is signed"
    with pytest.raises(ClientError, match="HookResultNotFound"):
        held.cloudformation.get_hook_result(HookResultId="0" * 36)


@pytest.mark.parametrize("what", ["", "crash", "crash:web", "slow:bff", "fire", *OF_A_SERVICE])
def test_what_cannot_be_rehearsed_is_refused_with_what_can(what: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_rehearsal(what, SERVICES)
    assert "crash:bff, crash:agentcore, unhealthy:bff" in str(refused.value)
    assert all(word in str(refused.value) for word in OF_ALL)
