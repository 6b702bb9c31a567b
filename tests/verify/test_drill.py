"""``drill task-loss``: what is stopped, what is measured, and how it is left."""

from __future__ import annotations

from collections import Counter
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
from bidops_cfn.deploy.records import Observation, Verification
from bidops_cfn.settings.environment import Environment
from bidops_cfn.verify.drill import drill_task_loss
from tests.deploy.scripted.run import Ended, Person
from tests.settings_files import with_table
from tests.verify.account import Account
from tests.verify.state import Json

HOLDS, FAILS, UNSEEN = Observation.HOLDS, Observation.FAILS, Observation.NOT_OBSERVED
ADDRESS = "10.0.11.7"


class Drilled(Account):
    """The account while a task is lost: ``times`` are seconds after the loss, by what happens."""

    def __init__(self, environment: Environment, name: str = "bff") -> None:
        super().__init__(environment)
        self.name = name
        self.lost_at: float | None = None
        self.times = {"replaced": 40.0, "left": 12.0, "found": 43.0, "over": 20.0}
        self.few = 2.0  # healthy targets meanwhile
        for one in self.tasks[name]:
            one["attachments"][0]["details"].append(
                {"name": "privateIPv4Address", "value": ADDRESS + one["taskArn"][-1]}
            )
        self.tasks[name].pop()
        self.services[name] |= {"desiredCount": 2, "runningCount": 2}
        self.stopped_experiments: list[str] = []

    def is_over(self, what: str) -> bool:
        begun = self.lost_at
        return begun is not None and self.world.clock.elapsed - begun >= self.times[what]

    def StopTask(self, task: str, **_: Any) -> Json:  # noqa: N802
        self.lost_at = self.world.clock.elapsed
        self.lose(task)
        return {"task": {"taskArn": task}}

    def lose(self, task: str) -> None:
        (one,) = (each for each in self.tasks[self.name] if each["taskArn"] == task)
        one |= {"lastStatus": "DEACTIVATING", "desiredStatus": "STOPPED"}

    def DescribeTasks(self, tasks: list[str], **more: Any) -> Json:  # noqa: N802
        new = self.task(self.name, 9)
        if self.is_over("replaced") and new not in self.tasks[self.name]:
            self.tasks[self.name].append(new)
            tasks = [*tasks, new["taskArn"]]
        return super().DescribeTasks(tasks, **more)

    def DescribeTargetHealth(self, **_: Any) -> Json:  # noqa: N802
        lost = "draining" if self.is_over("left") else "healthy"
        states = {f"{ADDRESS}1": lost, f"{ADDRESS}2": "healthy" if self.few > 1 else "unhealthy"}
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": one}, "TargetHealth": {"State": state}}
                for one, state in states.items()
            ]
        }

    def GetInstancesHealthStatus(self, **_: Any) -> Json:  # noqa: N802
        new = "HEALTHY" if self.is_over("found") else "UNHEALTHY"
        return {"Status": {"agentcore2": "HEALTHY", "agentcore9": new}}

    def StartExperiment(self, **_: Any) -> Json:  # noqa: N802
        self.lost_at = self.world.clock.elapsed
        self.lose(self.tasks[self.name][1]["taskArn"])
        return {"experiment": {"id": "EXP1"}}

    def GetExperiment(self, **_: Any) -> Json:  # noqa: N802
        state = "completed" if self.is_over("over") else "running"
        return {"experiment": {"id": "EXP1", "state": {"status": state}}}

    def StopExperiment(self, id: str) -> Json:  # noqa: A002, N802
        self.stopped_experiments.append(id)
        return {"experiment": {"id": id}}


@pytest.fixture
def account(dev: Environment) -> Drilled:
    return Drilled(dev)


def run(account: Drilled, *, minutes: float = 5, zone: bool = False, yes: bool = True) -> Ended:
    world = account.world
    return world.run(
        lambda: drill_task_loss(
            world.runtime, world.target, account.name, minutes, zone=zone, yes=yes
        )
    )


def found(account: Drilled) -> dict[str, Verification]:
    return {one.id: one for one in account.world.output.of("verification")}


def stopped(account: Drilled) -> list[Json]:
    return account.world.wire.made(Call.STOP_TASK)


def test_a_public_service_is_measured_at_the_load_balancer(account: Drilled) -> None:
    ended = run(account)
    assert ended.code == 0, ended
    assert ended.result is not None
    assert ended.result.outcome == "drilled"
    rows = found(account)
    assert {name: one.outcome for name, one in rows.items()} == {
        "SC-002": HOLDS, "SC-003": UNSEEN, "SC-005": UNSEEN, "SC-011": UNSEEN,
    }  # fmt: skip
    assert (rows["SC-002"].value, rows["SC-005"].value, rows["SC-003"].value) == (40, 12, 100)
    assert "no health check failed" in rows["SC-005"].reason
    assert rows["SC-003"].reason == (
        "41 readings over 40 s cannot tell 99.9 %, which takes 1000 readings of rolling deployments"
    )
    assert rows["SC-011"].reason == "bff is not found by name"
    assert ended.result.summary == (
        "bff of bidopsai-dev-compute lost 1 task; 1 of 4 figures is judged, and none fails"
    )
    (asked,) = stopped(account)
    assert asked["task"].endswith("/bff1")
    assert "drill" in asked["reason"]


def test_each_second_asks_only_for_what_may_have_changed(dev: Environment) -> None:
    for name, each in (("bff", Call.DESCRIBE_TARGET_HEALTH), ("agentcore", Call.LIST_TASKS)):
        account = Drilled(dev, name)
        assert run(account).code == 0
        made = Counter(call for call, _ in account.world.wire.calls)
        assert made[each] > 40
        lasting = (Call.LIST_STACK_RESOURCES, Call.DESCRIBE_TARGET_GROUPS)
        assert [made[one] for one in (*lasting, Call.GET_DISCOVERY_SERVICE)] == [1, 0, 0]


def test_a_service_that_is_found_by_name_is_measured_there(dev: Environment) -> None:
    account = Drilled(dev, "agentcore")
    assert run(account).code == 0
    rows = found(account)
    assert rows["SC-011"].value == 3
    assert rows["SC-005"].reason == "agentcore stands behind no load balancer"


@pytest.mark.parametrize(
    ("what", "seconds", "name", "says"),
    [
        ("replaced", 75, "SC-002", "75 s is more than 60 s"),
        ("replaced", 9000, "SC-002", "no task ran in its place within 121 s"),
        ("left", 100, "SC-005", "100 s is more than 90 s"),
    ],
)
def test_what_takes_too_long_fails(
    account: Drilled, what: str, seconds: float, name: str, says: str
) -> None:
    account.times[what] = seconds
    ended = run(account, minutes=2)
    assert ended.code == 1
    assert found(account)[name].outcome is FAILS
    assert says in ended.block


@pytest.mark.parametrize("change", [{"desiredCount": 3}, {"deployments": [{"id": "2"}] * 2}])
def test_tasks_that_a_scaling_or_a_rollout_starts_are_no_replacement(
    account: Drilled, change: Json
) -> None:
    handlers = account.world.wire.handlers
    answer = handlers[Call.DESCRIBE_SERVICES]

    def describe(**asked: Any) -> Json:
        if account.is_over("left"):
            account.services["bff"] |= change
        return answer(**asked)

    handlers[Call.DESCRIBE_SERVICES] = describe
    assert run(account).code == 0
    assert found(account)["SC-002"].outcome is UNSEEN
    assert "scaled or deployed meanwhile" in found(account)["SC-002"].reason


def test_a_moment_without_a_healthy_target_fails(account: Drilled) -> None:
    account.few = 1
    assert run(account).code == 1
    assert found(account)["SC-003"].outcome is FAILS


@pytest.mark.parametrize(
    ("named", "person", "yes", "code"),
    [
        (False, Person(), False, 8),
        (False, Person("n"), False, 8),
        (False, Person("y"), False, 0),
        (False, Person(), True, 0),
        # Where the name is asked for, --yes does not do.
        (True, Person(), True, 8),
        (True, Person("y"), True, 8),
        (True, Person("test"), True, 8),
        (True, Person("dev"), True, 0),
    ],
)
def test_it_is_asked_like_a_deployment(
    dev: Environment, person: Person, code: int, *, named: bool, yes: bool
) -> None:
    account = Drilled(with_table(dev, "deploy", confirm_name=named))
    account.world.person = person
    ended = run(account, yes=yes)
    assert ended.code == code
    assert len(stopped(account)) == (code == 0)
    if named and not person.interactive:
        assert "--yes does not stand for it" in ended.said


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        ({"desiredCount": 3}, 3, "2/3 tasks running"),
        ({"status": "INACTIVE"}, 3, "plan --env dev --drift --out plan.json"),
        ({"deployments": [{"id": "1", "status": "PRIMARY", "rolloutState": "IN_PROGRESS"}]}, 6,
         "a rollout is in progress"),
    ],
)  # fmt: skip
def test_a_service_that_is_not_steady_is_left_alone(
    account: Drilled, change: Json, code: int, says: str
) -> None:
    account.services["bff"] |= change
    ended = run(account)
    assert (ended.code, stopped(account)) == (code, [])
    assert says in ended.said


@pytest.mark.parametrize("kind", [AccessDenied, Throttled, Unavailable, ExpiredCredentials])
def test_a_refused_stop_changes_nothing(account: Drilled, kind: type[Fault]) -> None:
    account.world.wire.always[Call.STOP_TASK] = lambda: kind(Call.STOP_TASK, "no", "Code")
    ended = run(account)
    assert ended.code == 3
    assert "nothing was stopped" in ended.said
    assert not found(account)


def test_a_stop_whose_answer_was_lost_is_measured(account: Drilled) -> None:
    account.world.wire.after[Call.STOP_TASK] = [Unavailable(Call.STOP_TASK, "closed")]
    assert run(account).code == 0
    assert found(account)["SC-002"].outcome is HOLDS


@pytest.mark.parametrize("kind", [Throttled, Unavailable])
def test_what_passes_is_a_warning_once(account: Drilled, kind: type[Fault]) -> None:
    problem = kind(Call.DESCRIBE_TARGET_HEALTH, "later")
    account.world.wire.before[Call.DESCRIBE_TARGET_HEALTH] = [None, problem, problem]
    assert run(account).code == 0
    assert len(account.world.output.of("warning")) == 1


def test_a_denied_look_aside_leaves_its_figure_open(account: Drilled) -> None:
    call = Call.DESCRIBE_TARGET_HEALTH
    account.world.wire.always[call] = lambda: AccessDenied(call, "no", "AccessDenied")
    assert run(account).code == 0
    rows = found(account)
    assert rows["SC-005"].outcome is UNSEEN
    assert call.text in rows["SC-005"].reason
    assert rows["SC-002"].outcome is HOLDS


def test_lost_credentials_are_no_verdict(account: Drilled) -> None:
    account.world.wire.before[Call.DESCRIBE_TARGET_HEALTH] = [
        None, ExpiredCredentials(Call.DESCRIBE_TARGET_HEALTH, "expired"),
    ]  # fmt: skip
    ended = run(account)
    assert ended.code == 7
    assert "cannot tell how bff takes the loss" in ended.said
    assert not found(account)


def test_an_interrupt_leaves_the_rest_to_ecs(account: Drilled) -> None:
    account.world.wire.before[Call.DESCRIBE_TARGET_HEALTH] = [None, KeyboardInterrupt()]
    ended = run(account)
    assert ended.code == 7
    assert "ECS replaces what was lost" in ended.said
    assert "SC-003: bff: at least 2 served" in ended.said


@pytest.fixture
def zoned(dev: Environment) -> Drilled:
    return Drilled(with_table(dev, "drill", fis_template="EXT1a2b3c4d"))


@pytest.mark.parametrize("over", [20, 65])
def test_a_zone_is_lost_by_the_experiment_of_the_settings(zoned: Drilled, over: float) -> None:
    zoned.times["over"] = over  # it may last longer than the replacement takes
    assert run(zoned, zone=True).code == 0
    assert not stopped(zoned)
    (asked,) = zoned.world.wire.made(Call.START_EXPERIMENT)
    assert asked["experimentTemplateId"] == "EXT1a2b3c4d"
    assert found(zoned)["SC-002"].measured == "bff: 1 lost, replaced within 40 s"


def test_an_experiment_does_not_tell_when_a_target_should_have_left(zoned: Drilled) -> None:
    zoned.times |= {"left": 100, "over": 110}
    assert run(zoned, zone=True).code == 0
    assert found(zoned)["SC-005"].outcome is UNSEEN


def test_without_an_experiment_no_zone_is_lost(account: Drilled) -> None:
    ended = run(account, zone=True)
    assert ended.code == 2
    assert "Set drill.fis_template in params/dev.toml" in ended.said


@pytest.mark.parametrize("denied", [False, True])
def test_an_interrupt_stops_the_experiment(zoned: Drilled, *, denied: bool) -> None:
    zoned.world.wire.before[Call.GET_EXPERIMENT] = [None, KeyboardInterrupt()]
    call = Call.STOP_EXPERIMENT
    if denied:
        zoned.world.wire.always[call] = lambda: AccessDenied(call, "no", "AccessDenied")
    ended = run(zoned, zone=True)
    assert ended.code == 7
    assert ("the experiment EXP1 goes on" in ended.said) is denied
    assert zoned.stopped_experiments == ([] if denied else ["EXP1"])


def test_another_task_that_stops_meanwhile_leaves_the_replacement_open(account: Drilled) -> None:
    account.world.clock.after(20, lambda: account.lose(account.tasks["bff"][1]["taskArn"]))
    assert run(account).code == 0
    one = found(account)["SC-002"]
    assert one.outcome is UNSEEN
    assert one.reason == "another task of bff stopped meanwhile, whose replacement it may be"
