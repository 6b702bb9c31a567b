"""``status --drift`` and what a later ``status`` shows: never in sync where that was not seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials, NotFound, Rejected, Throttled
from tests.deploy.scripted.drift import ScriptedDrift
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World

RULE = '{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}'


@pytest.fixture
def drift(world: World) -> ScriptedDrift:
    world.standing()
    return ScriptedDrift(world)


def lines(ended: Ended) -> list[str]:
    """What the report says of drift; ``!`` begins what needs attention."""
    return [one for one in ended.done.details if one[2:].startswith("drift:")]


def verdict(world: World) -> str:
    (record,) = world.output.of("status")
    return str(record.drift.verdict)


def test_all_that_is_in_sync_is_counted_with_its_time(drift: ScriptedDrift) -> None:
    world = drift.world
    count = len(world.stack.resources)
    ended = world.status(drift=True).hold(0)
    assert lines(ended) == [f"  drift: none of {count} resources, detected 2026-03-01 23:30 UTC"]
    assert verdict(world) == "in sync"


def test_what_was_modified_is_said_with_both_values(drift: ScriptedDrift) -> None:
    drift.modify("BffService", ("/HealthCheckGracePeriodSeconds", "NOT_EQUAL", "60", "5"))
    drift.modify("BffTaskRole", ("/PermissionsBoundary", "REMOVE", "arn:aws:iam::1:policy/b", ""))
    drift.page = 7
    ended = drift.world.status(drift=True).hold(1)
    said = "\n".join(lines(ended))
    count = len(drift.world.stack.resources)
    assert f"! drift: 2 of {count} resources, detected" in said
    assert "! drift: BffService HealthCheckGracePeriodSeconds is 5, deployed was 60" in said
    assert "! drift: BffTaskRole PermissionsBoundary removed, deployed was arn:aws:iam" in said
    assert ended.last == "See it reverted: bidops-cfn plan --env dev --drift"
    assert verdict(drift.world) == "drifted"


def test_a_rule_that_was_added_to_a_group_is_drift(drift: ScriptedDrift) -> None:
    drift.modify("BffSecurityGroup", ("/SecurityGroupEgress/4", "ADD", "", RULE))
    ended = drift.world.status(drift=True).hold(1)
    assert f"! drift: BffSecurityGroup SecurityGroupEgress.4 added: {RULE}" in lines(ended)


def test_what_was_deleted_is_drift(drift: ScriptedDrift) -> None:
    drift.drifts["BffLogGroup"] = {"StackResourceDriftStatus": "DELETED"}
    ended = drift.world.status(drift=True).hold(1)
    assert "! drift: BffLogGroup was deleted outside CloudFormation" in lines(ended)


def test_a_modification_without_its_values_is_drift(drift: ScriptedDrift) -> None:
    drift.drifts["BffTaskRole"] = {"StackResourceDriftStatus": "MODIFIED"}
    ended = drift.world.status(drift=True).hold(1)
    assert "CloudFormation does not say in what" in "\n".join(lines(ended))


def test_the_count_that_scaling_sets_is_no_drift(drift: ScriptedDrift) -> None:
    drift.modify("BffService", ("/DesiredCount", "NOT_EQUAL", "2", "5"))
    ended = drift.world.status(drift=True).hold(0)
    assert "  drift: BffService DesiredCount is 5, deployed was 2; scaling's own, no drift" in (
        lines(ended)
    )
    assert verdict(drift.world) == "in sync"


def test_the_count_beside_another_difference_is_drift_in_that_alone(drift: ScriptedDrift) -> None:
    drift.modify(
        "BffService",
        ("/DesiredCount", "NOT_EQUAL", "2", "5"),
        ("/EnableExecuteCommand", "NOT_EQUAL", "false", "true"),
    )
    ended = drift.world.status(drift=True).hold(1)
    assert [one[0] for one in lines(ended) if "BffService" in one] == [" ", "!"]


def test_the_count_of_a_service_that_does_not_scale_is_drift(world: World) -> None:
    def unscaled(document: dict[str, dict[str, dict[str, str]]]) -> None:
        for name, one in list(document["Resources"].items()):
            if one["Type"].startswith("AWS::ApplicationAutoScaling"):
                del document["Resources"][name]

    world.edit(unscaled)
    world.standing()
    drift = ScriptedDrift(world)
    drift.modify("BffService", ("/DesiredCount", "NOT_EQUAL", "2", "5"))
    assert world.status(drift=True).code == 1


@pytest.mark.parametrize("how", ["silent", "unsupported", "old"])
def test_what_was_not_compared_is_not_called_in_sync(drift: ScriptedDrift, how: str) -> None:
    if how == "unsupported":
        drift.drifts["Namespace"] = {"StackResourceDriftStatus": "UNSUPPORTED"}
    else:
        {"silent": drift.silent, "old": drift.old}[how].add("Namespace")
    ended = drift.world.status(drift=True).hold(0)
    count = len(drift.world.stack.resources)
    said = "\n".join(lines(ended))
    assert f"drift: none of {count - 1} resources (1 not compared)" in said
    assert "drift: not known of Namespace, which were not compared" in said
    assert verdict(drift.world) == "partly checked"


def test_a_resource_that_could_not_be_compared_needs_attention(drift: ScriptedDrift) -> None:
    drift.drifts["BffTaskRole"] = {
        "StackResourceDriftStatus": "UNKNOWN",
        "DriftStatusReason": "not authorized to perform: iam:GetRolePolicy",
    }
    ended = drift.world.status(drift=True).hold(1)
    assert "! drift: BffTaskRole could not be compared: not authorized" in "\n".join(lines(ended))
    assert verdict(drift.world) == "partly checked"


@pytest.mark.parametrize("drifted", [False, True])
def test_a_detection_that_failed_says_what_it_has_seen(drift: ScriptedDrift, drifted: bool) -> None:
    drift.failure = "Failed to detect drift on resource [BffTaskRole]"
    if drifted:
        drift.drifts["BffLogGroup"] = {"StackResourceDriftStatus": "DELETED"}
    ended = drift.world.status(drift=True).hold(1)
    said = "\n".join(lines(ended))
    assert "the detection failed: Failed to detect drift on resource [BffTaskRole]" in said
    assert "drift: none" not in said
    assert ("BffLogGroup was deleted" in said) == drifted
    assert verdict(drift.world) == ("drifted" if drifted else "cannot tell")


@pytest.mark.parametrize(("says", "told"), [("DRIFTED", "names no resource"), ("UNKNOWN", "which")])
def test_a_stack_that_is_said_to_differ_is_not_called_in_sync(
    drift: ScriptedDrift, says: str, told: str
) -> None:
    drift.says = says
    ended = drift.world.status(drift=True).hold(1)
    assert told in "\n".join(lines(ended))
    assert verdict(drift.world) == "cannot tell"


def test_a_detection_that_does_not_end_is_left(drift: ScriptedDrift) -> None:
    drift.seconds = 3600
    ended = drift.world.status(drift=True).hold(1)
    assert "the detection has not ended within 10 minutes" in "\n".join(lines(ended))
    assert verdict(drift.world) == "cannot tell"


def refused(world: World) -> None:
    call = Call.DETECT_STACK_DRIFT
    why = "Drift detection is already in progress for stack [bidopsai-dev-compute]."
    world.wire.refuse(Rejected, call, why=why, code="ValidationError")


def unknown(world: World) -> None:
    world.wire.unknown.add("DetectStackDrift")


def lost(world: World) -> None:
    call = Call.DESCRIBE_STACK_DRIFT_DETECTION
    world.wire.refuse(NotFound, call, why="there is no such detection", code="NotFound")


@pytest.mark.parametrize(
    ("happen", "told"),
    [
        (refused, "already in progress"),
        (unknown, "the endpoint does not know"),
        (lost, "there is no such detection"),
        (lambda world: world.deny(Call.DETECT_STACK_DRIFT), "cloudformation:DetectStackDrift"),
        (
            lambda world: world.deny(Call.DESCRIBE_STACK_DRIFT_DETECTION),
            "cloudformation:DescribeStackDriftDetectionStatus",
        ),
        (
            lambda world: world.deny(Call.DESCRIBE_STACK_RESOURCE_DRIFTS),
            "cloudformation:DescribeStackResourceDrifts",
        ),
    ],
    ids=["busy", "unknown", "lost", "not begun", "not polled", "not read"],
)
def test_a_detection_that_is_refused_tells_the_rest_of_the_report(
    drift: ScriptedDrift, happen: Callable[[World], None], told: str
) -> None:
    happen(drift.world)
    ended = drift.world.status(drift=True).hold(1)
    assert any("BffService: 5/5 tasks running" in one for one in ended.done.details)
    assert told in "\n".join(lines(ended))
    assert verdict(drift.world) == "cannot tell"


def test_throttled_polls_change_no_verdict(drift: ScriptedDrift) -> None:
    call = Call.DESCRIBE_STACK_DRIFT_DETECTION
    drift.world.wire.before[call] = [None, Throttled(call, "Rate exceeded"), Throttled(call, "no")]
    assert drift.world.status(drift=True).code == 0
    assert verdict(drift.world) == "in sync"


def test_credentials_that_expire_meanwhile_end_it(drift: ScriptedDrift) -> None:
    call = Call.DESCRIBE_STACK_DRIFT_DETECTION
    drift.world.wire.before[call] = [None, ExpiredCredentials(call, "expired", "ExpiredToken")]
    assert drift.world.status(drift=True).error is not None


def test_an_interrupt_says_that_the_detection_goes_on(drift: ScriptedDrift) -> None:
    world = drift.world
    world.wire.always[Call.DESCRIBE_STACK_DRIFT_DETECTION] = KeyboardInterrupt
    ended = world.status(drift=True).hold(130, "goes on in CloudFormation, and changes nothing")
    assert ended.last.endswith("bidops-cfn status --env dev")


def test_without_a_detection_drift_is_not_known(drift: ScriptedDrift) -> None:
    ended = drift.world.status().hold(0)
    assert lines(ended) == ["  drift: not known, it was never detected (status --drift does)"]
    assert drift.world.made(Call.DETECT_STACK_DRIFT) == []


@pytest.mark.parametrize(("after", "code"), [(True, 1), (False, 0)])
def test_the_last_detection_is_shown_with_its_time(
    drift: ScriptedDrift, after: bool, code: int
) -> None:
    drift.drifts["BffLogGroup"] = {"StackResourceDriftStatus": "DELETED"}
    drift.silent.add("Namespace")
    drift.detected()
    if not after:
        drift.world.clock.sleep(60)
        drift.world.stack.updated = drift.world.clock.now()
    ended = drift.world.status().hold(code)
    said = "\n".join(lines(ended))
    assert "detected 2026-03-01 23:30 UTC" in said
    assert "BffLogGroup was deleted" in said
    assert "not known of Namespace" in said
    assert ("before the last update of the stack" in said) is not after
    assert drift.world.made(Call.DETECT_STACK_DRIFT) == []


def test_a_last_detection_without_differences_takes_no_further_call(drift: ScriptedDrift) -> None:
    drift.detected()
    assert drift.world.status().code == 0
    assert verdict(drift.world) == "in sync"
    assert drift.world.made(Call.DESCRIBE_STACK_RESOURCE_DRIFTS) == []
