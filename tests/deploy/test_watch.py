"""Following an operation: ours alone, at a decent pace, through trouble, to a true verdict."""

from __future__ import annotations

from typing import Any

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.watch import interval
from tests.deploy.scripted.world import Person, World

WATCH = "bidops-cfn watch --env dev"
DEPLOY = "bidops-cfn deploy --env dev"


@pytest.fixture
def update(world: World) -> World:
    """A stack to be updated with a new image, over fifteen seconds."""
    world.standing()
    world.images = {"bff": ":1.4.2"}
    return world


def statuses(world: World) -> list[str]:
    return [f"{event.logical_id} {event.status}" for event in world.output.of("event")]


# pace


def test_an_operation_of_fifteen_seconds_is_over_for_us_within_one_more(update: World) -> None:
    began: list[float] = []
    update.cloudformation.on_execute = lambda: began.append(update.clock.elapsed)
    calls = len(update.wire.calls)
    update.deploy()
    elapsed = update.clock.elapsed - began[0]
    assert 15.0 <= elapsed <= 16.5
    during = [call for call, _ in update.wire.calls[calls:]]
    polls = during[during.index(Call.EXECUTE_CHANGE_SET) + 1 :]
    assert len(polls) <= elapsed + 4  # the last look, and the verdict


def test_no_more_than_one_call_a_second_however_long_it_takes(update: World) -> None:
    update.play.seconds = 900
    update.deploy()
    assert update.clock.elapsed >= 900
    assert len(update.wire.calls) < 0.6 * update.clock.elapsed


def test_polls_come_every_second_first_and_every_ten_later() -> None:
    assert [interval(elapsed) for elapsed in (0, 29, 30, 60, 240, 3000)] == [1, 1, 3, 4, 10, 10]


# whose events


def test_events_before_ours_are_not_shown(update: World) -> None:
    update.stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "long ago")
    update.deploy()
    assert not any("UPDATE_FAILED" in text for text in statuses(update))
    assert "bidopsai-dev-compute UPDATE_COMPLETE" in statuses(update)


def test_events_of_somebody_elses_operation_are_not_shown(update: World) -> None:
    def meanwhile() -> None:
        stack = update.stack
        ours = stack.token, stack.operation
        stack.token, stack.operation = "theirs", "operation-theirs"
        stack.event("BffService", "AWS::ECS::Service", "UPDATE_FAILED", "theirs")
        stack.token, stack.operation = ours

    update.play.on_update = [(5, meanwhile)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert "BffService UPDATE_FAILED" not in statuses(update)


def test_events_are_read_page_by_page_and_each_once(update: World) -> None:
    update.cloudformation.page_size = 2
    update.deploy()
    ids = [event.id for event in update.output.of("event")]
    assert len(ids) == len(set(ids)) > 5


def test_the_rollback_of_our_update_is_ours(update: World) -> None:
    update.play.fails = "BffService"
    update.deploy()
    assert "bidopsai-dev-compute UPDATE_ROLLBACK_IN_PROGRESS" in statuses(update)
    assert "bidopsai-dev-compute UPDATE_ROLLBACK_COMPLETE" in statuses(update)


def test_an_endpoint_without_tokens_and_operation_ids_works(update: World) -> None:
    def forget() -> None:
        update.stack.token = update.stack.operation = ""

    update.play.on_update = [(0, forget)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


# trouble on the way


def test_a_stale_read_just_after_the_start_is_not_taken_for_the_end(update: World) -> None:
    update.cloudformation.stale_reads = 3
    update.play.seconds = 60
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert update.clock.elapsed >= 60


@pytest.mark.parametrize("fault", [Throttled, Unavailable, AccessDenied])
def test_events_that_cannot_be_read_are_one_warning_and_no_failure(
    update: World, fault: type[Fault]
) -> None:
    def events_fail() -> None:
        update.wire.always[Call.DESCRIBE_STACK_EVENTS] = lambda: fault(
            Call.DESCRIBE_STACK_EVENTS, "no"
        )

    update.cloudformation.on_execute = events_fail
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    warnings = [one.message for one in update.output.of("warning")]
    assert warnings == ["the stack's events cannot be read"]


def test_throttled_polls_are_survived(update: World) -> None:
    def throttle() -> None:
        update.wire.before[Call.DESCRIBE_STACKS] = [
            Throttled(Call.DESCRIBE_STACKS, "Rate exceeded") for _ in range(3)
        ]
        update.wire.before[Call.DESCRIBE_SERVICES] = [
            Throttled(Call.DESCRIBE_SERVICES, "Rate exceeded") for _ in range(3)
        ]

    update.cloudformation.on_execute = throttle
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


@pytest.mark.parametrize("call", [Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS])
def test_credentials_that_expire_leave_the_operation_running(update: World, call: Call) -> None:
    def expire() -> None:
        update.wire.always[call] = lambda: ExpiredCredentials(call, "expired")

    update.play.on_update = [(5, expire)]
    ended = update.deploy()
    update.expect(ended, 7, WATCH, executed=1)
    assert "Sign in again" in ended.said


def test_an_aws_that_stays_silent_is_left(update: World) -> None:
    def fall_silent() -> None:
        for call in (Call.DESCRIBE_STACK_EVENTS, Call.DESCRIBE_STACKS, Call.DESCRIBE_SERVICES):
            update.wire.always[call] = lambda: Unavailable(Call.DESCRIBE_STACKS, "no route")

    update.play.on_update = [(5, fall_silent)]
    update.expect(update.deploy(), 7, WATCH, executed=1)


def test_a_stack_that_may_not_be_read_any_more_is_left(update: World) -> None:
    def forbid() -> None:
        update.wire.always[Call.DESCRIBE_STACKS] = lambda: AccessDenied(Call.DESCRIBE_STACKS, "no")

    update.cloudformation.on_execute = forbid
    update.expect(update.deploy(), 7, WATCH, executed=1)


# execution


def test_a_lost_answer_to_the_execution_is_followed(update: World) -> None:
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_an_execution_that_never_reached_aws_changes_nothing(update: World) -> None:
    update.wire.before[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 4, "it is safe to repeat.", executed=1)


def test_an_execution_that_nobody_can_tell_of_deletes_nothing(update: World) -> None:
    def vanish() -> None:
        update.wire.always[Call.DESCRIBE_CHANGE_SET] = lambda: Unavailable(
            Call.DESCRIBE_CHANGE_SET, "reset"
        )

    update.cloudformation.on_execute = vanish
    update.wire.after[Call.EXECUTE_CHANGE_SET] = [Unavailable(Call.EXECUTE_CHANGE_SET, "reset")]
    update.expect(update.deploy(), 7, "bidops-cfn status --env dev", executed=1)
    assert update.made(Call.DELETE_CHANGE_SET) == []


# time limits


def test_an_update_that_takes_too_long_is_cancelled_and_rolled_back(update: World) -> None:
    update.play.never_ends = True
    ended = update.deploy(minutes=10)
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "it took longer than 10 minutes" in ended.said
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_a_rollback_that_takes_too_long_is_left(update: World) -> None:
    update.play.never_ends = True
    update.play.seconds = 5000
    update.expect(update.deploy(minutes=10), 7, WATCH, executed=1)


def test_a_creation_that_takes_too_long_is_left_running(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.0"}
    world.play.never_ends = True
    world.expect(world.deploy(minutes=10), 7, WATCH, executed=1)
    assert world.made(Call.DELETE_STACK) == []
    assert world.stack.status == "CREATE_IN_PROGRESS"


# failures and evidence


def test_a_failed_update_names_the_first_real_failure(update: World) -> None:
    update.play.fails = "BffService"
    update.play.fails_because = "ECS Deployment Circuit Breaker was triggered"
    ended = update.deploy()
    update.expect(ended, 1, DEPLOY, executed=1)
    assert ended.said.startswith("the update failed and was rolled back: BffService (AWS::ECS::")
    assert "Circuit Breaker was triggered" in ended.said
    assert "cancelled" not in ended.said
    assert "https://us-east-1.console.aws.amazon.com/cloudformation/home" in ended.said


def test_a_rollback_that_fails_needs_a_human(update: World) -> None:
    update.play.fails = "BffService"
    update.play.undo_fails = True
    ended = update.deploy()
    update.expect(ended, 5, "bidops-cfn rollback --env dev", executed=1)
    assert "UPDATE_ROLLBACK_FAILED" in ended.said


def test_a_creation_whose_removal_fails_needs_a_human(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.0"}
    world.play.fails = "BffService"
    world.play.undo_fails = True
    world.expect(world.deploy(), 5, "bidops-cfn destroy --env dev", executed=1)


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
        update.ecs.tasks.clear()

    update.play.seconds = 40
    update.play.fails = "BffService"
    update.play.on_update = [(5, crash), (15, trip)]
    ended = update.deploy()
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "BffService: ECS deployment circuit breaker: tasks failed to start." in ended.said
    assert "[EssentialContainerExited]: Essential container in task exited" in ended.said
    assert "bff exited with 1" in ended.said
    assert "log: Error: DATABASE_URL is not set" in ended.said


def test_a_task_that_cannot_pull_its_image_tells_so(update: World) -> None:
    def fail() -> None:
        service = update.ecs.service("BffService")
        service.running = 4
        update.ecs.stop_task(
            "BffService",
            service.deployments[0]["id"],
            "CannotPullContainerError: pull image manifest has been retried 5 time(s)",
            stopCode="TaskFailedToStart",
            containers=[{"name": "bff", "reason": "CannotPullContainerError"}],
        )

    update.play.fails = "BffService"
    update.play.on_update = [(2, fail)]
    said = update.deploy().said
    assert "[TaskFailedToStart]: CannotPullContainerError" in said
    assert "bff did not start: CannotPullContainerError" in said


def test_unhealthy_targets_are_named(update: World) -> None:
    def sicken() -> None:
        service = update.ecs.service("BffService")
        service.target_group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/b/1"
        service.running = 4
        update.ecs.targets = [
            {
                "Target": {"Id": "10.0.11.7", "Port": 3000},
                "TargetHealth": {
                    "State": "unhealthy",
                    "Description": "Health checks failed with these codes: [502]",
                },
            },
            {"Target": {"Id": "10.0.11.8", "Port": 3000}, "TargetHealth": {"State": "healthy"}},
        ]

    update.play.fails = "BffService"
    update.play.on_update = [(2, sicken)]
    said = update.deploy().said
    assert "10.0.11.7:3000 unhealthy: Health checks failed with these codes: [502]" in said
    assert "10.0.11.8" not in said


def test_another_service_that_fails_in_the_same_cluster_is_not_blamed(update: World) -> None:
    def elsewhere() -> None:
        update.ecs.service("BffService").running = 4
        update.ecs.stop_task("AgentCoreService", "ecs-svc/old", "somebody else's trouble")
        update.ecs.stop_task("BffService", "ecs-svc/old", "an old deployment's trouble")

    update.play.fails = "BffService"
    update.play.on_update = [(2, elsewhere)]
    said = update.deploy().said
    assert "somebody else's trouble" not in said
    assert "an old deployment's trouble" not in said


def test_tasks_that_ecs_stops_to_make_way_are_no_evidence(update: World) -> None:
    def scale_in() -> None:
        service = update.ecs.service("BffService")
        service.running = 4
        update.ecs.stop_task(
            "BffService",
            service.deployments[0]["id"],
            "Scaling activity initiated by deployment",
            stopCode="ServiceSchedulerInitiated",
        )

    update.play.fails = "BffService"
    update.play.on_update = [(2, scale_in)]
    assert "Scaling activity" not in update.deploy().said


def test_evidence_that_may_not_be_read_is_left_out(update: World) -> None:
    def fail() -> None:
        service = update.ecs.service("BffService")
        service.running = 4
        update.ecs.stop_task("BffService", service.deployments[0]["id"], "it crashed")
        for call in (Call.GET_LOG_EVENTS, Call.DESCRIBE_TARGET_HEALTH):
            update.wire.always[call] = lambda: AccessDenied(Call.GET_LOG_EVENTS, "no")

    update.play.fails = "BffService"
    update.play.on_update = [(2, fail)]
    ended = update.deploy()
    assert ended.code == 1
    assert "it crashed" in ended.said


def test_the_progress_of_each_service_is_reported_when_it_changes(update: World) -> None:
    update.deploy()
    progress = [one for one in update.output.of("ecs") if one.service == "BffService"]
    assert [(one.running, one.rollout) for one in progress] == [
        (0, "IN_PROGRESS"),
        (5, "COMPLETED"),
    ]


# the verdict


def test_a_complete_stack_whose_service_ecs_rolled_back_is_a_failure(update: World) -> None:
    update.play.goes_back = "BffService"
    ended = update.deploy()
    update.expect(ended, 1, "bidops-cfn status --env dev", executed=1)
    assert "ECS went back to bff:0; the stack says BffTaskDefinition:2" in ended.said


def test_a_complete_stack_without_all_its_tasks_is_a_failure(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    update.ecs.service("BffService").running = 3
    ended = update.deploy()
    update.expect(ended, 1, "bidops-cfn status --env dev", executed=1)
    assert "rollout is IN_PROGRESS" in ended.said


def test_ecs_may_be_a_few_reads_behind(update: World) -> None:
    update.play.short_of_tasks = "BffService"
    finish = update.ecs.service("BffService").complete
    update.play.on_update = [(25, finish)]
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)


def test_no_changes_is_no_success_while_ecs_runs_something_else(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")
    ended = world.deploy()
    world.expect(ended, 1, "bidops-cfn status --env dev")
    assert "ECS went back to bff:0" in ended.said


# interrupts while watching


def interrupt(world: World, at: float, stop: BaseException) -> None:
    """Let ``stop`` come while the watcher sleeps, ``at`` seconds after the start."""

    def happen() -> None:
        raise stop

    world.play.on_update = [*world.play.on_update, (at, happen)]


def test_ctrl_c_without_a_terminal_detaches(update: World) -> None:
    interrupt(update, 5, KeyboardInterrupt())
    ended = update.deploy()
    update.expect(ended, 7, WATCH, executed=1)
    assert "detached; CloudFormation goes on" in ended.said
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


@pytest.mark.parametrize("answer", ["d\n", "\n", "", KeyboardInterrupt()])
def test_ctrl_c_at_a_terminal_detaches_unless_cancel_is_chosen(update: World, answer: Any) -> None:
    update.person = Person(answer)
    interrupt(update, 5, KeyboardInterrupt())
    update.expect(update.deploy(), 7, WATCH, executed=1)
    assert "[c] cancel it: the update is rolled back" in update.person.questions[0]
    assert update.made(Call.CANCEL_UPDATE_STACK) == []


def test_ctrl_c_and_cancel_roll_the_update_back(update: World) -> None:
    update.person = Person("c\n")
    interrupt(update, 5, KeyboardInterrupt())
    ended = update.deploy()
    update.expect(ended, 1, DEPLOY, executed=1)
    assert "it was cancelled here" in ended.said
    assert update.stack.status == "UPDATE_ROLLBACK_COMPLETE"


def test_ctrl_c_and_cancel_of_a_creation_delete_the_new_stack(world: World) -> None:
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.0"}
    world.person = Person("c\n")
    interrupt(world, 5, KeyboardInterrupt())
    world.expect(world.deploy(), 1, DEPLOY, executed=1)
    assert world.cloudformation.stack(world.environment.stack_name) is None


def test_a_cancel_that_comes_too_late_ends_in_success(update: World) -> None:
    update.person = Person("c\n")
    interrupt(update, 14.5, KeyboardInterrupt())
    update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    assert any("could not be called off" in one.message for one in update.output.of("warning"))


def test_a_second_ctrl_c_while_it_rolls_back_detaches(update: World) -> None:
    update.person = Person("c\n")
    update.play.seconds = 60
    interrupt(update, 5, KeyboardInterrupt())
    original = update.play.cancel

    def cancel(stack: Any, token: str) -> None:
        original(stack, token)

        def again() -> None:
            raise KeyboardInterrupt

        update.clock.after(5, again)

    update.play.cancel = cancel
    update.expect(update.deploy(), 7, WATCH, executed=1)
