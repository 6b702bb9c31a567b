"""The status report: what runs, what is in ALARM, and whether it is what the repository says."""

from __future__ import annotations

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.status import status
from tests.deploy.scripted.world import Ended, World


def run(world: World) -> Ended:
    return world.run(lambda: status(world.runtime, world.target))


def details(ended: Ended) -> str:
    assert ended.result is not None
    return "\n".join(ended.result.details)


def test_a_stack_in_order_is_reported_as_such(world: World) -> None:
    stack = world.standing()
    for one in stack.resources.values():
        if one.type == "AWS::CloudWatch::Alarm":
            world.account.alarms[one.physical_id] = "OK"
    ended = run(world)
    world.expect(ended, 0, "bidopsai-dev-compute is UPDATE_COMPLETE, and nothing is wrong")
    said = details(ended)
    assert "stack: UPDATE_COMPLETE since 2026-03-01 23:30 UTC" in said
    assert f"templates/dev/compute.json (sha256 {world.target.sha256[:12]}) is what runs" in said
    assert "image of bff: 1.4.1" in said
    assert "BffService: 5/5 tasks running" in said
    assert "alarms: none of 9 in ALARM" in said


def test_a_template_that_is_not_the_committed_one_is_a_finding(world: World) -> None:
    world.standing(template=world.text.replace('"RetentionInDays": 7', '"RetentionInDays": 30'))
    ended = run(world)
    assert ended.code == 1
    assert "not deployed yet, or changed elsewhere" in details(ended)


def test_a_template_that_is_not_committed_is_a_finding(world: World) -> None:
    world.standing()
    world.committed = None
    assert run(world).code == 1


def test_a_service_that_ecs_rolled_back_is_a_finding(world: World) -> None:
    world.standing()
    service = world.ecs.service("BffService")
    service.deploy("arn:aws:ecs:us-east-1:111111111111:task-definition/bff:0", "COMPLETED")
    ended = run(world)
    assert ended.code == 1
    assert "! BffService: ECS went back to bff:0" in details(ended)


def test_an_alarm_in_alarm_is_a_finding(world: World) -> None:
    stack = world.standing()
    world.account.alarms[stack.resources["BffCpuAlarm"].physical_id] = "ALARM"
    ended = run(world)
    assert ended.code == 1
    assert "! alarm bffcpualarm-1 is in ALARM" in details(ended)


def test_a_stack_that_needs_a_human_is_a_finding(world: World) -> None:
    world.standing("UPDATE_ROLLBACK_FAILED")
    ended = run(world)
    assert ended.code == 1
    assert "! stack: UPDATE_ROLLBACK_FAILED" in details(ended)


def test_without_a_stack_there_is_nothing_to_report(world: World) -> None:
    world.expect(run(world), 3, "bidops-cfn deploy --env dev")


def test_a_placeholder_is_told_without_asking_for_its_template(world: World) -> None:
    world.cloudformation.review(world.placeholder(), "theirs")
    ended = run(world)
    assert ended.code == 1
    assert "! stack: REVIEW_IN_PROGRESS" in details(ended)
    assert "template:" not in details(ended)
    assert world.made(Call.GET_TEMPLATE) == []


def test_an_operation_that_runs_is_not_told_as_a_good_end(world: World) -> None:
    world.standing("UPDATE_IN_PROGRESS")
    ended = run(world)
    assert ended.code == 0
    assert ended.result is not None
    assert "nothing is wrong so far" in ended.result.summary
    assert ended.last.endswith("bidops-cfn watch --env dev")


@pytest.mark.parametrize(
    ("status_", "step"),
    [
        ("UPDATE_ROLLBACK_FAILED", "bidops-cfn rollback --env dev"),
        ("ROLLBACK_COMPLETE", "bidops-cfn deploy --env dev --recreate --image bff=TAG"),
        ("DELETE_FAILED", "bidops-cfn watch --env dev"),
    ],
)
def test_what_is_wrong_with_the_stack_comes_with_the_next_command(
    world: World, status_: str, step: str
) -> None:
    world.standing(status_)
    assert step in run(world).last


def test_another_template_comes_with_the_command_that_compares(world: World) -> None:
    world.standing(template=world.text.replace('"RetentionInDays": 7', '"RetentionInDays": 30'))
    assert run(world).last.endswith("bidops-cfn diff --env dev --against deployed")


def test_services_have_the_names_that_people_know(world: World) -> None:
    world.standing()
    run(world)
    assert {one.service for one in world.output.of("ecs")} == {"AgentCoreService", "BffService"}


def test_a_service_that_ecs_has_no_more_is_a_finding(world: World) -> None:
    world.standing()
    del world.ecs.services[world.stack.resources["BffService"].physical_id]
    ended = run(world)
    assert ended.code == 1
    assert "! BffService: ECS has no such service" in details(ended)
    assert "bidops-cfn destroy --env dev" in ended.last
