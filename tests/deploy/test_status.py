"""The status report: what runs, what is in ALARM, and whether it is what the repository says."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import (
    AccessDenied,
    ExpiredCredentials,
    Fault,
    Throttled,
    Unavailable,
)
from bidops_cfn.deploy.records import build_line
from bidops_cfn.deploy.status import watch_status
from bidops_cfn.settings.services import SERVICES
from tests.deploy.happenings import Change
from tests.deploy.scripted.run import Ended, interrupt
from tests.deploy.scripted.world import World
from tests.images import NAMES


def details(ended: Ended) -> str:
    return "\n".join(ended.done.details)


def test_a_stack_in_order_is_reported_as_such(world: World) -> None:
    stack = world.standing()
    for one in stack.resources.values():
        if one.type == "AWS::CloudWatch::Alarm":
            world.account.alarms[one.made.physical_id] = "OK"
    ended = world.expect(
        world.status(), 0, "bidopsai-dev-compute is UPDATE_COMPLETE, and nothing is wrong"
    )
    assert {one.service for one in world.output.of("ecs")} == {
        f"{one.title}Service" for one in SERVICES
    }
    said = details(ended)
    assert "stack: UPDATE_COMPLETE since 2026-03-01 23:30 UTC" in said
    assert f"templates/dev/compute.json (sha256 {world.target.sha256[:12]}) is what runs" in said
    assert "image of bff: 1.4.1" in said
    assert "BffService: 5/5 tasks running" in said
    assert f"alarms: none of {world.count_alarms()} in ALARM" in said
    assert "logs of bff: bffloggroup-1" in said
    assert "console: https://us-east-1.console.aws.amazon.com/cloudformation/" in said


def another_template(world: World) -> None:
    world.stack.text = world.text.replace('"RetentionInDays": 7', '"RetentionInDays": 30')


def uncommitted(world: World) -> None:
    world.committed = None


def rolled_back(world: World) -> None:
    definition = "arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0"
    world.ecs.service("BffService").deploy(definition, "COMPLETED")


def gone(world: World) -> None:
    del world.ecs.services[world.stack.physical_id("BffService")]


def no_alarm(world: World) -> None:
    del world.account.alarms["bffcpualarm-1"]


def short_of_tasks(world: World) -> None:
    world.ecs.service("BffService").running = 3


def in_status(status_: str) -> Change:
    return lambda world: setattr(world.stack, "status", status_)


LOGS = "bidops-cfn logs --env dev --service bff"


@pytest.mark.parametrize(
    ("spoil", "said", "step"),
    [
        (another_template, "not deployed yet, or changed", "diff --env dev --against deployed"),
        (uncommitted, "template: templates/dev/compute.json is missing", ""),
        (rolled_back, "BffService: ECS went back to bff:0", LOGS),
        (
            lambda world: world.stack.identify("BffService", ""),
            "BffService: CloudFormation names no ECS service for it",
            LOGS,
        ),
        (gone, "BffService: ECS has no such service", "bidops-cfn destroy --env dev"),
        (short_of_tasks, "BffService: 3/5 tasks", "open --env dev service --service bff"),
        (short_of_tasks, "BffService: 3/5 tasks", LOGS),
        (
            lambda world: world.account.alarms.update({"bffcpualarm-1": "ALARM"}),
            "alarm bffcpualarm-1 is in ALARM",
            "",
        ),
        (no_alarm, "alarm bffcpualarm-1: CloudWatch has no such alarm", ""),
        (
            in_status("UPDATE_ROLLBACK_FAILED"),
            "stack: UPDATE_ROLLBACK_FAILED",
            "rollback --env dev",
        ),
        (in_status("ROLLBACK_COMPLETE"), "stack: ROLLBACK_COMPLETE", "--recreate --image bff=TAG"),
        (in_status("DELETE_FAILED"), "stack: DELETE_FAILED", "bidops-cfn watch --env dev"),
    ],
)
def test_what_is_wrong_is_a_finding_with_what_to_do_about_it(
    world: World, spoil: Change, said: str, step: str
) -> None:
    world.standing()
    spoil(world)
    ended = world.status().hold(1)
    (line,) = (one for one in details(ended).splitlines() if said in one)
    assert line.startswith("! ")
    assert step in ended.done.next
    assert f"none of {world.count_alarms()} in ALARM" not in details(ended) or "alarm" not in said
    assert ("deleted" in ended.block) is (spoil in (gone, no_alarm))
    assert ("bidops-cfn watch" in ended.block) is ("watch" in step)


def test_an_alarm_without_data_is_not_told_as_ok(world: World) -> None:
    world.standing()
    world.account.alarms["bffcpualarm-1"] = "INSUFFICIENT_DATA"
    assert f"none of {world.count_alarms()} in ALARM, 1 without enough data" in details(
        world.status()
    )


def test_an_operation_that_runs_is_not_told_as_a_good_end(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    ended = world.status().hold(0)
    assert "nothing is wrong so far" in ended.done.summary
    assert ended.last.endswith("bidops-cfn watch --env dev")


def test_the_report_has_fields(world: World) -> None:
    stack = world.standing()
    world.account.alarms[stack.physical_id("BffCpuAlarm")] = "ALARM"
    world.status()
    (one,) = world.output.of("status")
    line = build_line(one)
    assert line["stack"] == "bidopsai-dev-compute"
    assert line["images"] == {**dict.fromkeys(NAMES, "2.0.0"), "bff": "1.4.1"}
    assert line["template"]["verdict"] == "committed"
    assert line["template"]["deployed_sha256"] == line["template"]["committed_sha256"]
    assert line["termination_protection"] is False
    assert [one["service"] for one in line["services"]] == sorted(NAMES)
    (bff,) = (one for one in line["services"] if one["service"] == "bff")
    assert (bff["service"], bff["running"], bff["desired"], bff["deleted"]) == ("bff", 5, 5, False)
    assert "/services/BffService/health" in bff["console"]
    assert {one["service"] for one in line["log_groups"]} == {*NAMES}
    assert {one["logical_id"]: one["state"] for one in line["alarms"]}["BffCpuAlarm"] == "ALARM"
    assert len(line["alarms"]) == world.count_alarms()


# --watch


def watching(world: World) -> Ended:
    return world.run(lambda: watch_status(world.runtime, world.target))


def stop(world: World, after: float) -> None:

    world.clock.after(after, interrupt)


def test_watching_reports_when_something_changed_and_ends_with_the_last_verdict(
    world: World,
) -> None:
    stack = world.standing()
    name = stack.physical_id("BffCpuAlarm")
    world.clock.after(35, lambda: world.account.alarms.update({name: "ALARM"}))
    stop(world, 95)
    watching(world).hold(1)
    assert len(world.output.of("status")) == 2
    assert len(world.made(Call.DESCRIBE_ALARMS)) == 10


def test_watching_a_stack_in_order_ends_well(world: World) -> None:
    world.standing()
    stop(world, 25)
    world.expect(watching(world), 0, "nothing is wrong")


@pytest.mark.parametrize("fault", [Throttled, Unavailable])
def test_watching_goes_on_after_what_passes(world: World, fault: type[Fault]) -> None:
    world.standing()
    trouble = fault(Call.DESCRIBE_ALARMS, "no", "")
    world.wire.before[Call.DESCRIBE_ALARMS] = [None, trouble, trouble]
    stop(world, 95)
    assert watching(world).code == 0
    assert len(world.output.of("warning")) == 1


@pytest.mark.parametrize("fault", [AccessDenied, ExpiredCredentials])
def test_what_may_not_be_read_ends_the_watching(world: World, fault: type[Fault]) -> None:
    world.standing()
    world.wire.refuse(fault, Call.DESCRIBE_ALARMS)
    watching(world).hold(3, "cloudwatch:DescribeAlarms")


def test_a_stack_that_goes_ends_the_watching(world: World) -> None:
    stack = world.standing()
    world.clock.after(15, lambda: stack.enter("DELETE_COMPLETE"))
    ended = watching(world).hold(1)
    assert "bidops-cfn events --env dev" in ended.last
