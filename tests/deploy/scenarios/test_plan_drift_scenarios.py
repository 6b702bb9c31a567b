"""``plan --drift``: template, deployed and live values; the count that scaling sets is no drift."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from bidops_cfn.cli.change_text import table
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import AccessDenied, ExpiredCredentials, Fault, Rejected, Throttled
from bidops_cfn.deploy.plan import format_plan
from bidops_cfn.settings.services import SERVICES
from tests.deploy.scripted.drift import reverted
from tests.deploy.scripted.world import World
from tests.images import EVERY_IMAGE, typed

SERVICE, GROUP = "AWS::ECS::Service", "AWS::EC2::SecurityGroup"
GRACE = reverted("BffService", SERVICE, ("HealthCheckGracePeriodSeconds", "60", "5", "60"))
RULE = '{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}'
OPENED = reverted("BffSecurityGroup", GROUP, ("SecurityGroupEgress/4", None, RULE, None))
DELETED = reverted("BffLogGroup", "AWS::Logs::LogGroup", status="DELETED")
COUNT = ("DesiredCount", "2", "5", "2")


@pytest.fixture
def drifted(world: World) -> World:
    world.standing()
    return world


def shown(world: World, width: int = 100) -> str:
    return "\n".join(line.text for line in table(world.output.of("change"), width))


def sent(world: World) -> list[dict[str, Any]]:
    return world.made(Call.CREATE_CHANGE_SET)


def counts(request: dict[str, Any]) -> dict[str, str]:
    return {
        one["ParameterKey"]: one.get("ParameterValue", "as before")
        for one in request["Parameters"]
        if one["ParameterKey"].endswith("DesiredCount")
    }


def test_what_is_in_sync_changes_nothing(drifted: World) -> None:
    drifted.cloudformation.changes = []
    ended = drifted.plan(drift=True)
    drifted.expect(ended, 0, "its live resources are too, where CloudFormation compares them")
    assert [one["DeploymentMode"] for one in sent(drifted)] == ["REVERT_DRIFT"]


def test_an_ordinary_plan_does_not_ask_for_live_values(drifted: World) -> None:
    drifted.cloudformation.changes = []
    drifted.plan()
    assert "DeploymentMode" not in sent(drifted)[0]


@pytest.mark.parametrize("width", [80, 200])
def test_a_modified_resource_has_three_values(drifted: World, width: int) -> None:
    drifted.cloudformation.changes = [GRACE]
    ended = drifted.expect(
        drifted.plan(drift=True), 0, "bidops-cfn plan --env dev --drift --out plan.json"
    )
    assert ended.done.summary == "1 modified, drift of 1 reverted; nothing was executed"
    lines = [line.strip() for line in shown(drifted, width).splitlines()]
    start = lines.index("~ BffService  AWS::ECS::Service  drifted")
    assert lines[start + 1 : start + 5] == [
        "HealthCheckGracePeriodSeconds",
        "deployed 60",
        "live     5",
        "template 60",
    ]


def test_a_rule_that_was_added_is_removed(drifted: World) -> None:
    drifted.cloudformation.changes = [OPENED]
    drifted.plan(drift=True)
    text = shown(drifted)
    assert "deployed none" in text
    assert f"live     {RULE}" in text
    assert "template none" in text


def test_a_deleted_resource_is_created_again(drifted: World) -> None:
    drifted.cloudformation.changes = [DELETED]
    ended = drifted.plan(drift=True)
    assert ended.done.summary.startswith("1 added, drift of 1 reverted")
    assert "BffLogGroup (again: deleted outside CloudFormation)" in shown(drifted)


@pytest.mark.parametrize("after", [None, "2"])
def test_the_count_that_scaling_sets_is_no_drift(drifted: World, after: str | None) -> None:
    change = reverted("BffService", SERVICE, (*COUNT[:3], after))
    first = [change]
    answers = [first, []]

    def work_out(**request: Any) -> dict[str, Any]:
        drifted.cloudformation.changes = answers.pop(0)
        return original(**request)

    original = drifted.wire.handlers[Call.CREATE_CHANGE_SET]
    drifted.wire.handlers[Call.CREATE_CHANGE_SET] = work_out
    ended = drifted.plan(drift=True).hold(0)
    assert ended.done.outcome == "no changes"
    assert drifted.output.of("change") == []
    assert drifted.cloudformation.left_behind() == []
    if after is not None:  # the count would be reset: asked again, so that it is left alone
        assert counts(sent(drifted)[1]) == {f"{one.title}DesiredCount": "0" for one in SERVICES}


def test_a_count_that_is_reset_all_the_same_is_said(drifted: World) -> None:
    drifted.cloudformation.changes = [reverted("BffService", SERVICE, COUNT)]
    ended = drifted.plan(drift=True)
    assert len(sent(drifted)) == 2
    assert ended.done.summary == "1 modified; nothing was executed"
    assert "executing this sets BffService from 5 to 2 tasks" in drifted.noticed


def test_the_count_beside_other_drift_is_left_out(drifted: World) -> None:
    change = reverted(
        "BffService",
        SERVICE,
        (*COUNT[:3], None),
        ("EnableExecuteCommand", "false", "true", "false"),
    )
    drifted.cloudformation.changes = [change]
    ended = drifted.plan(drift=True)
    assert ended.done.summary.startswith("1 modified, drift of 1 reverted")
    assert "DesiredCount" not in shown(drifted)


def test_a_service_that_is_created_again_has_the_settings_count(drifted: World) -> None:
    drifted.cloudformation.changes = [reverted("BffService", SERVICE, status="DELETED")]
    drifted.plan(drift=True)
    first, second = sent(drifted)
    wanted = drifted.environment.services["bff"].desired_count
    assert counts(second)["BffDesiredCount"] == str(wanted) != counts(first)["BffDesiredCount"]


def test_what_aws_leaves_alone_is_said(drifted: World) -> None:
    left = [{"Path": "/Properties/DesiredCount", "Reason": "MANAGED_BY_AWS"}]
    change = reverted(
        "BffService",
        SERVICE,
        ("EnableExecuteCommand", "false", "true", "false"),
        ResourceDriftIgnoredAttributes=left,
    )
    drifted.cloudformation.changes = [change]
    drifted.plan(drift=True)
    assert "left as it is live: Properties.DesiredCount: MANAGED_BY_AWS" in shown(drifted)


@pytest.mark.parametrize("status", ["UNKNOWN", "UNSUPPORTED", "NOT_CHECKED"])
def test_what_is_not_compared_is_named(drifted: World, status: str) -> None:
    drifted.cloudformation.changes = [
        reverted("Namespace", "AWS::ServiceDiscovery::PrivateDnsNamespace", status=status)
    ]
    drifted.plan(drift=True)
    assert "compares these with what was deployed, not with what is live" in drifted.noticed
    assert "Namespace" in drifted.noticed


def test_an_endpoint_that_compares_nothing_live_is_not_believed(drifted: World) -> None:
    create = drifted.wire.handlers[Call.CREATE_CHANGE_SET]

    def forget(DeploymentMode: str, **request: Any) -> Any:  # noqa: N803 - AWS's name
        assert DeploymentMode == "REVERT_DRIFT"
        return create(**request)

    drifted.wire.handlers[Call.CREATE_CHANGE_SET] = forget
    drifted.images = {"bff": ":1.4.2"}
    drifted.plan(drift=True)
    assert "cannot tell whether this change set compares with what is live" in drifted.noticed
    drifted.images = {}
    ended = drifted.plan(drift=True)
    assert "whether its live resources are cannot be told" in ended.last


def test_a_plan_of_drift_is_executed_as_it_is(drifted: World) -> None:
    drifted.cloudformation.changes = [GRACE]
    _, made = drifted.plan_to_file(drift=True)
    assert json.loads(format_plan(made))["revert_drift"] is True
    drifted.cloudformation.changes = None
    drifted.expect(drifted.execute(made), 0, "UPDATE_COMPLETE", executed=1)
    assert len(sent(drifted)) == 1
    assert "live     5" in shown(drifted)


def test_a_plan_that_does_not_say_that_it_reverts_drift_is_refused(drifted: World) -> None:
    drifted.cloudformation.changes = [GRACE]
    _, made = drifted.plan_to_file(drift=True)
    drifted.execute(dataclasses.replace(made, revert_drift=False)).hold(
        3, "its change set reverts drift, and the plan does not say so"
    )
    assert drifted.made(Call.EXECUTE_CHANGE_SET) == []


def test_without_a_stack_nothing_has_drifted(first: World) -> None:
    first.expect(first.plan(drift=True), 3, f"bidops-cfn deploy --env dev {typed(EVERY_IMAGE)}")
    assert sent(first) == []


def test_a_denied_change_set_leaves_nothing(drifted: World) -> None:
    drifted.deny(Call.CREATE_CHANGE_SET)
    ended = drifted.plan(drift=True)
    assert isinstance(ended.error, AccessDenied)
    assert drifted.cloudformation.left_behind() == []


@pytest.mark.parametrize(
    ("fault", "code"), [(Throttled, 3), (ExpiredCredentials, 3), (Rejected, 4)]
)
def test_a_change_set_that_is_not_made_ends_it(
    drifted: World, fault: type[Fault], code: int
) -> None:
    drifted.wire.refuse(fault, Call.CREATE_CHANGE_SET, why="it is not made")
    drifted.plan(drift=True).hold(code)
    assert drifted.cloudformation.left_behind() == []


def test_an_interrupt_leaves_nothing_behind(drifted: World) -> None:
    drifted.cloudformation.changes = [GRACE]
    drifted.wire.before[Call.DESCRIBE_CHANGE_SET] = [None, KeyboardInterrupt()]
    drifted.plan(drift=True).hold(130)
    assert drifted.cloudformation.left_behind() == []
