"""A failure that explains itself: the first cause, and what ECS said while it happened."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials
from tests.deploy.happenings import Change, at, every, nothing, refuse
from tests.deploy.scripted.world import DEPLOY, WATCH, World


def test_a_failed_update_names_the_first_real_failure(update: World) -> None:
    update.play.fails = "BffService"
    update.play.fails_because = "ECS Deployment Circuit Breaker was triggered"
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert ended.said.startswith("the update failed and was rolled back: BffService (AWS::ECS::")
    assert "Circuit Breaker was triggered" in ended.said
    assert "cancelled" not in ended.said
    assert "https://us-east-1.console.aws.amazon.com/cloudformation/home" in ended.said


def test_a_rollback_that_fails_needs_a_human(update: World) -> None:
    update.play.fails = "BffService"
    update.play.undo_fails = True
    update.expect(
        update.deploy(),
        5,
        "bidops-cfn rollback --env dev --skip BffService",
        "UPDATE_ROLLBACK_FAILED",
        "stable state: bidops-cfn rollback --env dev\n",
        executed=1,
    )


def test_a_creation_whose_removal_fails_needs_a_human(first: World) -> None:
    first.play.fails = "BffService"
    first.play.undo_fails = True
    first.expect(first.deploy(), 5, "bidops-cfn destroy --env dev", executed=1)


def test_a_breaker_trip_tells_why_the_tasks_died_although_they_are_gone(update: World) -> None:
    def crash() -> None:
        service = update.ecs.service("BffService")
        deployment = service.deployments[0]
        deployment["failedTasks"] = 1
        service.running = 4
        task = update.ecs.stop_task(
            "BffService", deployment["id"], "Essential container in task exited"
        )
        update.ecs.logs[f"bff/bff/{task}"] = ["booting", "Error: DATABASE_URL is not set"]

    def trip() -> None:
        update.ecs.service("BffService").trip()
        update.ecs.service("BffService").tasks.clear()

    update.play.seconds = 40
    update.play.fails = "BffService"
    update.play.on_update = [(5, crash), (15, trip)]
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    last = [one for one in update.output.of("ecs") if one.service == "BffService"][-1]
    assert last.rollout == "FAILED"
    assert "BffService: ECS deployment circuit breaker: tasks failed to start." in ended.said
    assert "[EssentialContainerExited]: Essential container in task exited" in ended.said
    assert "bff exited with 1" in ended.said
    assert "log: Error: DATABASE_URL is not set" in ended.said


def test_a_rollback_alarm_that_goes_into_alarm_is_the_cause(update: World) -> None:
    def alarm() -> None:
        stack = update.stack
        token = stack.operation.token or ""
        stack.begin("UPDATE_ROLLBACK_IN_PROGRESS", token, "Alarm smoke went into ALARM")
        update.clock.after(5, lambda: stack.enter("UPDATE_ROLLBACK_COMPLETE"))

    update.play.on_update = [(5, alarm)]
    update.expect(update.deploy(), 1, DEPLOY, "Alarm smoke went into ALARM", executed=1)


def crash(world: World) -> None:
    """Let a task of our deployment die, behind a load balancer."""
    service = world.ecs.service("BffService")
    service.target_group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/b/1"
    service.running = 4
    world.ecs.stop_task("BffService", service.deployments[0]["id"], "it crashed")
    elsewhere = "an old deployment's trouble", "another service's trouble"
    for name, reason in zip(("BffService", "AgentCoreService"), elsewhere, strict=True):
        world.ecs.stop_task(name, "ecs-svc/old", reason)
    scaled = "Scaling activity initiated by deployment"
    kind = "ServiceSchedulerInitiated"
    world.ecs.stop_task("BffService", service.deployments[0]["id"], scaled, stopCode=kind)


LOGS, TASKS, HEALTH = Call.GET_LOG_EVENTS, Call.LIST_TASKS, Call.DESCRIBE_TARGET_HEALTH
CASES: list[tuple[Change, int, str]] = [
    (nothing, 1, "it crashed"),
    (refuse(AccessDenied, LOGS, HEALTH), 1, "it crashed"),
    (refuse(AccessDenied, TASKS), 1, ""),
    *(
        (refuse(ExpiredCredentials, call), 7, WATCH)
        for call in (TASKS, Call.DESCRIBE_TASK_DEFINITION, HEALTH)
    ),
]


@pytest.mark.parametrize(("happen", "code", "says"), CASES)
def test_what_died_for_another_reason_is_no_evidence_and_what_may_not_be_read_is_left_out(
    update: World, happen: Change, code: int, says: str
) -> None:
    update.play.fails = "BffService"
    at(2, every(crash, happen))(update)
    ended = update.deploy().hold(code, says)
    for trouble in ("another service's", "an old deployment's", "Scaling activity"):
        assert trouble not in ended.said


def test_the_progress_of_each_service_is_reported_when_it_changes(update: World) -> None:
    update.deploy()
    progress = [one for one in update.output.of("ecs") if one.service == "BffService"]
    assert [(one.running, one.rollout) for one in progress] == [
        (0, "IN_PROGRESS"),
        (5, "COMPLETED"),
    ]
