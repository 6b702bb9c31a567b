"""The cause of failing tasks: on the screen while it happens, and in the block at the end.

The old tasks run on at their desired number in each of these: only the new deployment tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import redirect_stderr
from datetime import timedelta
from io import StringIO

import pytest

from bidops_cfn.cli.live import Live
from bidops_cfn.cli.plain import Lines, Plain
from bidops_cfn.cli.terminal import show_error
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, Fault, NotFound, Throttled
from tests.deploy.happenings import (
    CAUSE,
    Change,
    at,
    crash,
    ctrl_c,
    every,
    failing,
    nothing,
    refuse,
)
from tests.deploy.scripted.ecs import digest
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.hostile import ERASE, visible
from tests.test_sinks import written

Command = Callable[[World], Ended]
PULL = "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found"
NO_PULL = crash(
    PULL, log=(), stopCode="TaskFailedToStart", containers=[{"name": "bff", "reason": PULL}]
)
CAPACITY = "was unable to place a task. Reason: Capacity is unavailable at this time. Please try."
ROLE = "failed to launch a task with (error ECS was unable to assume the role 'r' that was)."
QUOTA = "was unable to place a task. Reason: You've reached the limit on the number of vCPUs."
ADDRESSES = "failed to launch a task with (error The specified subnet does not have enough free)."
STARTED = "has started 5 tasks: (task 1) (task 2) (task 3) (task 4) (task 5)."
ELB = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:b)"
UNHEALTHY = "Health checks failed with these codes: [502]"
STOPPED = "Service deployment stopped by user arn:aws:iam::111111111111:user/night"
HEALTH = "Task failed container health checks"
SERVICE_DEPLOYMENTS = (
    Call.LIST_SERVICE_DEPLOYMENTS,
    Call.DESCRIBE_SERVICE_DEPLOYMENTS,
    Call.DESCRIBE_SERVICE_REVISIONS,
)


def tell(message: str) -> Change:
    """Let ECS say something in a service event."""
    return lambda world: world.ecs.service("BffService").tell(message)


def sicken(world: World) -> None:
    service = world.ecs.service("BffService")
    service.target_group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/b/1"
    world.ecs.targets = [
        {
            "Target": {"Id": "10.0.11.7", "Port": 3000},
            "TargetHealth": {"State": "unhealthy", "Description": UNHEALTHY},
        },
        {"Target": {"Id": "10.0.11.8", "Port": 3000}, "TargetHealth": {"State": "healthy"}},
    ]
    service.fail()


def alarm(world: World) -> None:
    world.ecs.service("BffService").rollouts[0] |= {
        "status": "ROLLBACK_IN_PROGRESS",
        "statusReason": "Service deployment rolled back because of alarm(s).",
        "alarms": {
            "status": "TRIGGERED",
            "alarmNames": ["bff-5xx", "bff-latency"],
            "triggeredAlarmNames": ["bff-5xx"],
        },
    }


def stop(world: World) -> None:
    """Let another operator stop the rollout."""
    change = {"status": "ROLLBACK_IN_PROGRESS", "statusReason": STOPPED}
    world.ecs.service("BffService").rollouts[0] |= change


def vanish(world: World) -> None:
    world.ecs.service("BffService").vanish()


def unknown(world: World) -> None:
    world.wire.unknown.update(call.value.name for call in SERVICE_DEPLOYMENTS)


def be_late(behind: timedelta) -> Change:
    """Let ECS's clock be behind when it begins the new deployment."""

    def begin(world: World) -> None:
        service = world.ecs.service("BffService")
        service.deployments[0]["createdAt"] -= behind
        for name in ("createdAt", "startedAt"):
            service.rollouts[0][name] -= behind

    return at(0, begin)


def repeat(change: Change, first: float, times: int, step: float) -> Change:
    return every(*(at(first + step * number, change) for number in range(times)))


def show_log(world: World) -> None:
    """CloudWatch Logs shows a line seconds after the task has stopped."""
    world.ecs.logs.update({key: ["booting", CAUSE] for key in world.ecs.logs})


SPOT = crash("Your Spot Task was interrupted.", log=(), stopCode="SpotInterruption")
CRASH = at(20, crash())
CASES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "image": (
        at(20, NO_PULL),
        ("bff did not start: CannotPullContainerError", "[TaskFailedToStart]"),
    ),
    "crash": (CRASH, (f"log: {CAUSE}", "bff exited with 1", "SCALE_UP", "1 of 3 allowed failures")),
    "late log": (every(at(20, crash(log=())), at(32, show_log)), (f"log: {CAUSE}",)),
    "after others": (every(repeat(SPOT, 10, 8, 0), CRASH), (CAUSE,)),
    "ELB": (at(20, crash(ELB, log=(), stopCode="ServiceSchedulerInitiated")), (ELB,)),
    "health": (at(20, crash(HEALTH, log=(), stopCode="ServiceSchedulerInitiated")), (HEALTH,)),
    "targets": (at(20, sicken), (f"10.0.11.7:3000 unhealthy: {UNHEALTHY}",)),
    "alarm": (at(20, alarm), ("bff-5xx",)),
    "stopped": (at(20, stop), ("service deployment ROLLBACK_IN_PROGRESS", STOPPED)),
    "vanished": (every(repeat(crash(), 2, 3, 0.1), at(2.5, vanish)), (CAUSE,)),
    "last second": (every(at(59.2, crash()), at(59.5, vanish)), (CAUSE,)),
    "capacity": (at(20, tell(CAPACITY)), (CAPACITY,)),
    "role": (at(20, tell(ROLE)), (ROLE,)),
    "quota": (at(20, tell(QUOTA)), (QUOTA,)),
    "addresses": (at(20, tell(ADDRESSES)), (ADDRESSES,)),
    "good events": (every(at(20, tell(STARTED)), CRASH), (CAUSE,)),
    "unknown": (every(unknown, CRASH), (CAUSE,)),
    "denied": (every(refuse(AccessDenied, *SERVICE_DEPLOYMENTS), CRASH), (CAUSE,)),
    **{
        f"{seconds} s behind": (every(be_late(timedelta(seconds=seconds)), CRASH), (CAUSE,))
        for seconds in (0.001, 1, 5)
    },
}


def watch_theirs(world: World) -> Ended:
    world.begin_update(fails="BffService")
    return world.watch()


@pytest.mark.parametrize("command", [World.deploy, watch_theirs])
@pytest.mark.parametrize(("happen", "says"), CASES.values(), ids=CASES)
def test_the_cause_is_told_while_the_old_tasks_run_on_and_no_older_one(
    update: World, happen: Change, says: tuple[str, ...], command: Command
) -> None:
    tell("is OLD and assumed no role.")(update)
    tell("has reached a steady state.")(update)
    for _ in range(230):  # more than a page
        update.ecs.stop_task("BffService", "ecs-svc/old", "an OLD crash")
    update.clock.sleep(3600)
    failing(update).play.on_update = []
    happen(update)
    ended = command(update)
    told = ended.block + update.screen
    assert ended.code == 1, ended
    assert [one for one in says if one not in (told if one == "SCALE_UP" else ended.block)] == []
    assert DEPLOY in ended.last
    assert update.ecs.service("BffService").running == 5
    for other in ("OLD", "steady state", "has started 5 tasks", "10.0.11.8"):
        assert other not in told
    assert update.noticed.count("Notice(") <= 1


def test_both_services_tell_why(update: World) -> None:
    update.images = {"bff": ":1.4.2", "agentcore": ":2.0.1"}
    failing(update)
    at(25, crash("AgentCore's", name="AgentCoreService", log=()))(update)
    update.deploy().hold(1, f"log: {CAUSE}", "AgentCore's")


def plan_and_execute(world: World) -> Ended:
    return world.execute(world.plan_to_file()[1])


def watch_after_the_end(world: World) -> Ended:
    world.begin_update(fails="BffService")
    world.clock.sleep(55)
    vanish(world)
    world.clock.sleep(300)
    return world.watch()


def cancel_without_coming_back(world: World) -> Ended:
    world.begin_update()
    world.clock.sleep(30)
    world.play.undo_fails = True
    return world.cancel()


def run_out_of_time(world: World, seconds: float = 100) -> Ended:
    world.play.seconds, world.play.fails = seconds, ""
    return world.deploy(minutes=1)


def create_for_too_long(world: World) -> Ended:
    world.cloudformation.stacks.all.clear()
    world.images = {**world.images, "agentcore": ":2.0.0"}
    ended = run_out_of_time(world, 900)
    assert world.made(Call.DELETE_STACK) == []
    assert world.stack.status == "CREATE_IN_PROGRESS"
    return ended


def interrupt(answer: str) -> Command:
    def run(world: World) -> Ended:
        ctrl_c(50, answer)(world)
        return world.deploy()

    return run


ENDS: list[tuple[Command, int, str, str]] = [
    (plan_and_execute, 1, "", ""),
    (run_out_of_time, 1, DEPLOY, "it took longer than 1 minute"),
    (create_for_too_long, 7, WATCH, ""),
    (interrupt("c\n"), 1, DEPLOY, ""),
    (interrupt("d\n"), 7, WATCH, ""),
    (watch_after_the_end, 1, "", ""),
    (cancel_without_coming_back, 5, "", ""),
]


@pytest.mark.parametrize("cause", [crash(), tell(CAUSE)], ids=["crash", "event"])
@pytest.mark.parametrize(("command", "code", "last", "says"), ENDS)
def test_the_cause_is_in_the_block_however_it_ends(
    update: World, command: Command, code: int, *, last: str, says: str, cause: Change
) -> None:
    failing(update).play.on_update = []
    at(20, cause)(update)
    assert last in command(update).hold(code, CAUSE, says).last


@pytest.mark.parametrize("cause", [crash(), tell(CAUSE)], ids=["crash", "event"])
@pytest.mark.parametrize("moment", [3, 7.5, 28.5, 90, 400])
def test_the_cause_is_on_the_screen_within_ten_seconds(
    update: World, moment: float, cause: Change
) -> None:
    update.play.seconds = 900
    update.play.fails = "BffService"
    began: list[float] = []
    update.cloudformation.on_execute = lambda: began.append(update.clock.elapsed)
    at(moment, cause)(update)
    update.deploy()
    assert update.output.first(CAUSE) - began[0] - moment <= 10


@pytest.mark.parametrize("seconds", [60, 900])
def test_the_cause_costs_at_most_one_call_more_a_second(update: World, seconds: float) -> None:
    failing(update, at=10, seconds=seconds)
    update.deploy()
    times = update.wire.times
    began = times[[call for call, _ in update.wire.calls].index(Call.EXECUTE_CHANGE_SET)]
    assert CAUSE in update.screen
    for start in range(int(began) + 1, int(update.clock.elapsed) - 10, 5):
        within = [at for at in times if start <= at < start + 10]
        assert len(within) <= 10 * 2, f"{len(within)} calls in the ten seconds after {start}"


def test_the_first_cause_comes_first_and_repeated_ones_are_counted(update: World) -> None:
    failing(update).play.on_update = []
    at(20, crash(log=["Error: the first cause"]))(update)
    repeat(crash(log=["Error: a later cause"]), 30, 6, 1)(update)
    repeat(tell(CAPACITY), 20, 4, 5)(update)
    block = update.deploy().hold(1, "the first cause").block
    assert block.count("a later cause") <= 1
    assert block.find("the first cause") < block.find("a later cause") or "later" not in block
    assert re.search(r"\b[67]\b", block.partition("Console:")[0])  # six more, or seven in all
    (line,) = [one for one in block.splitlines() if CAPACITY in one]
    assert "4" in line


FORGED = f"{ERASE}Deployed: compute is UPDATE_COMPLETE\u202e"


@pytest.mark.parametrize("kind", [Plain, Live, Lines])
def test_the_log_line_of_a_crash_erases_nothing_and_forges_no_end(
    update: World, kind: type[Plain]
) -> None:
    failing(update).play.on_update = []
    at(20, crash(log=["booting", FORGED]))(update)
    ended = update.deploy()
    assert ended.error is not None
    with redirect_stderr(StringIO()) as block:
        show_error(ended.error)
    for said in (written(kind, update.output.records), block.getvalue()):
        assert visible(said)
        assert r"\u001b[20A\u001b[JDeployed: compute is UPDATE_COMPLETE\u202e" in said
        assert not [line for line in said.split("\n") if line.startswith("Deployed")]


def test_the_digest_of_the_deployment_that_failed_is_named(update: World) -> None:
    block = failing(update).deploy().block
    rolled_back, ours, *_ = update.ecs.service("BffService").rollouts
    failed = ours["_taskDefinition"]
    assert rolled_back["_taskDefinition"] != failed
    assert f"BffService: bff is {digest(failed)} in the deployment that failed" in block


@pytest.mark.parametrize("call", SERVICE_DEPLOYMENTS)
@pytest.mark.parametrize("fault", [Throttled, NotFound])
def test_a_read_that_failed_once_is_made_again(
    update: World, call: Call, fault: type[Fault]
) -> None:
    failing(update).wire.before[call] = [fault(call, "no")]
    block = update.deploy().block
    failed = update.ecs.service("BffService").rollouts[1]["_taskDefinition"]
    assert f"BffService: bff is {digest(failed)} in the deployment that failed" in block


@pytest.mark.parametrize(
    "happen", [nothing, *(refuse(AccessDenied, call) for call in SERVICE_DEPLOYMENTS)]
)
def test_digests_that_cannot_be_read_change_no_verdict(update: World, happen: Change) -> None:
    happen(update)
    ended = update.expect(update.deploy(), 0, "UPDATE_COMPLETE", executed=1)
    known = digest(update.ecs.service("BffService").task_definition)
    assert happen is not nothing or f"BffService: bff is {known}" in ended.done.details
