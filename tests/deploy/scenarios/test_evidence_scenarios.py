"""The cause of failing tasks: on the screen while it happens, and in the block at the end.

The old tasks run on at their desired number in each of these: only the new deployment tells.
"""

from __future__ import annotations

import re
from contextlib import redirect_stderr
from io import StringIO

import pytest

from bidops_cfn.cli.live import Live
from bidops_cfn.cli.plain import Lines, Plain
from bidops_cfn.cli.terminal import show_error
from bidops_cfn.deploy.calls import Call
from tests.deploy.scenarios.crashes import (
    CAUSE,
    NO_PULL,
    PULL,
    bad_image,
    crashing,
    failing,
)
from tests.deploy.scripted.run import Person, interrupt
from tests.deploy.scripted.world import DEPLOY, WATCH, World
from tests.hostile import ERASE, visible
from tests.test_sinks import written


def test_a_bad_image_is_named_while_the_old_tasks_run_on(update: World) -> None:
    failing(update).play.on_update = [(20, bad_image(update))]
    ended = update.expect(update.deploy(), 1, DEPLOY, executed=1)
    assert update.ecs.service("BffService").running == 5
    assert "bff did not start: CannotPullContainerError" in ended.block
    assert "[TaskFailedToStart]" in ended.block


def test_the_log_line_of_a_crash_is_in_the_block_while_the_old_tasks_run_on(update: World) -> None:
    update.expect(
        failing(update).deploy(), 1, DEPLOY, f"log: {CAUSE}", "bff exited with 1", executed=1
    )


def test_a_planned_update_tells_the_cause_too(update: World) -> None:
    _, made = update.plan_to_file()
    failing(update).execute(made).hold(1, CAUSE)


@pytest.mark.parametrize("at", [3, 7.5, 28.5, 31, 90, 205, 400])
def test_the_cause_is_on_the_screen_within_ten_seconds(update: World, at: float) -> None:
    update.play.seconds = 900
    update.play.fails = "BffService"
    began: list[float] = []
    update.cloudformation.on_execute = lambda: began.append(update.clock.elapsed)
    update.play.on_update = [(at, crashing(update))]
    update.deploy()
    assert update.output.first(CAUSE) - began[0] - at <= 10


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


def test_our_crash_is_found_behind_a_page_of_older_ones(update: World) -> None:
    for _ in range(230):
        update.ecs.stop_task("BffService", "ecs-svc/old", "an old crash")
    ended = failing(update).deploy()
    assert CAUSE in ended.block
    assert "an old crash" not in ended.block + update.screen


def test_the_first_cause_comes_first_and_repeated_ones_are_counted(update: World) -> None:
    failing(update)
    first = crashing(update, "Error: the first cause")
    later = [(30 + number, crashing(update, "Error: a later cause")) for number in range(6)]
    update.play.on_update = [(20, first), *later]
    block = update.deploy().block
    assert "the first cause" in block
    assert block.count("a later cause") <= 1
    assert block.find("the first cause") < block.find("a later cause") or "later" not in block
    assert re.search(r"\b[67]\b", block.partition("Console:")[0])  # six more, or seven in all


def test_a_deployment_that_ecs_takes_away_within_seconds_tells_why(update: World) -> None:
    update.play.seconds = 60
    update.play.fails = "BffService"
    vanish = update.ecs.service("BffService").vanish
    crashes = [(2 + number / 10, crashing(update)) for number in range(3)]
    update.play.on_update = [*crashes, (2.5, vanish)]
    update.expect(update.deploy(), 1, DEPLOY, CAUSE, executed=1)


def test_a_crash_in_the_last_second_before_the_failure_tells_why(update: World) -> None:
    update.play.seconds = 400
    update.play.fails = "BffService"
    vanish = update.ecs.service("BffService").vanish
    update.play.on_update = [(199.2, crashing(update)), (199.5, vanish)]
    assert CAUSE in update.deploy().block


def test_the_cause_is_in_the_block_when_time_ran_out(update: World) -> None:
    update.play.seconds = 100
    update.play.on_update = [(20, crashing(update))]
    update.expect(
        update.deploy(minutes=1), 1, DEPLOY, "it took longer than 1 minute", CAUSE, executed=1
    )


def test_the_cause_is_in_the_block_when_a_creation_ran_out_of_time(first: World) -> None:
    first.play.seconds = 900
    first.play.on_update = [(20, crashing(first))]
    first.expect(first.deploy(minutes=1), 7, WATCH, CAUSE, executed=1)


@pytest.mark.parametrize(("answer", "code"), [("c\n", 1), ("d\n", 7)])
def test_the_cause_is_in_the_block_when_a_person_cancelled_or_left(
    update: World, answer: str, code: int
) -> None:

    update.person = Person(answer)
    update.play.seconds = 900
    update.play.on_update = [(20, crashing(update)), (50, interrupt)]
    update.deploy().hold(code, CAUSE)


def test_watch_tells_the_cause_and_no_older_one(update: World) -> None:
    update.ecs.stop_task("BffService", "ecs-svc/old", "an old crash")
    failing(update)
    update.begin_update(fails="BffService")
    ended = update.watch().hold(1, CAUSE)
    assert "an old crash" not in ended.block + update.screen


def test_watch_after_the_end_still_tells_the_cause(update: World) -> None:
    failing(update)
    update.begin_update(fails="BffService")
    update.clock.sleep(55)
    update.ecs.service("BffService").vanish()
    update.clock.sleep(300)
    update.watch().hold(1, CAUSE)


def test_cancel_that_does_not_come_back_tells_the_cause(update: World) -> None:
    failing(update)
    update.begin_update()
    update.clock.sleep(30)
    update.play.undo_fails = True
    update.cancel().hold(5, CAUSE)


@pytest.mark.parametrize(
    "reason",
    [
        "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:b)",
        "Task failed container health checks",
    ],
)
def test_tasks_that_fail_their_health_checks_are_named_while_the_old_ones_run_on(
    update: World, reason: str
) -> None:
    failing(update).play.on_update = [
        (
            20,
            lambda: update.ecs.crash("BffService", reason, stopCode="ServiceSchedulerInitiated"),
        )
    ]
    assert reason in update.deploy().block


def test_unhealthy_targets_are_named_while_the_old_tasks_run_on(update: World) -> None:
    def sicken() -> None:
        service = update.ecs.service("BffService")
        service.target_group = "arn:aws:elasticloadbalancing:us-east-1:111111111111:targetgroup/b/1"
        description = "Health checks failed with these codes: [502]"
        update.ecs.targets = [
            {
                "Target": {"Id": "10.0.11.7", "Port": 3000},
                "TargetHealth": {"State": "unhealthy", "Description": description},
            },
            {"Target": {"Id": "10.0.11.8", "Port": 3000}, "TargetHealth": {"State": "healthy"}},
        ]
        service.fail()

    failing(update).play.on_update = [(20, sicken)]
    block = update.deploy().block
    assert "10.0.11.7:3000 unhealthy: Health checks failed with these codes: [502]" in block
    assert "10.0.11.8" not in block


def test_a_spot_interruption_does_not_hide_the_cause(update: World) -> None:
    def interrupt() -> None:
        for _ in range(8):
            reason = "Your Spot Task was interrupted."
            update.ecs.crash("BffService", reason, stopCode="SpotInterruption")

    failing(update).play.on_update.insert(0, (10, interrupt))
    assert CAUSE in update.deploy().block


def test_both_services_tell_why(world: World) -> None:
    world.standing()
    world.images = {"bff": ":1.4.2", "agentcore": ":2.0.1"}
    failing(world)
    world.play.on_update.append((25, lambda: world.ecs.crash("AgentCoreService", PULL, **NO_PULL)))
    block = world.deploy().block
    assert f"log: {CAUSE}" in block
    assert PULL in block


FORGED = f"{ERASE}Deployed: compute is UPDATE_COMPLETE\u202e"


@pytest.mark.parametrize("kind", [Plain, Live, Lines])
def test_the_log_line_of_a_crash_erases_nothing_and_forges_no_end(
    update: World, kind: type[Plain]
) -> None:
    failing(update)
    update.play.on_update = [(20, crashing(update, FORGED))]
    ended = update.deploy()
    assert ended.error is not None
    with redirect_stderr(StringIO()) as block:
        show_error(ended.error)
    for said in (written(kind, update.output.records), block.getvalue()):
        assert visible(said)
        assert r"\u001b[20A\u001b[JDeployed: compute is UPDATE_COMPLETE\u202e" in said
        assert not [line for line in said.split("\n") if line.startswith("Deployed")]
