"""``status --drift`` and what a later ``status`` shows: never in sync where that was not seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import ExpiredCredentials, NotFound, Rejected, Throttled
from tests.deploy.scripted.drift import ScriptedDrift
from tests.deploy.scripted.run import Ended
from tests.deploy.scripted.world import World


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


Change = Callable[[ScriptedDrift], object]
RULE = '{"CidrIp":"0.0.0.0/0","IpProtocol":"-1"}'
GRACE = ("/HealthCheckGracePeriodSeconds", "NOT_EQUAL", "60", "5")
BOUNDARY = ("/PermissionsBoundary", "REMOVE", "arn:aws:iam::1:policy/b", "")
COUNT = ("/DesiredCount", "NOT_EQUAL", "2", "5")
SHELL = ("/EnableExecuteCommand", "NOT_EQUAL", "false", "true")
DENIED = {"DriftStatusReason": "not authorized to perform: iam:GetRolePolicy"}
FAILURE = "Failed to detect drift on resource [BffTaskRole]"
NOT_COMPARED = ("(1 not compared)", "drift: not known of Namespace, which were not compared")


def every(*changes: Change) -> Change:
    return lambda drift: [change(drift) for change in changes]


def modified(name: str, *differences: tuple[str, str, str, str]) -> Change:
    return lambda drift: drift.modify(name, *differences)


def is_(status: str, name: str, **more: str) -> Change:
    return lambda drift: drift.drifts.update({name: {"StackResourceDriftStatus": status, **more}})


def has(**values: object) -> Change:
    return lambda drift: vars(drift).update(values)


DELETED = is_("DELETED", "BffLogGroup")
# What detection finds, the code, the verdict, and what is said.
CASES: dict[str, tuple[Change, int, str, tuple[str, ...]]] = {
    "modified": (
        every(modified("BffService", GRACE), modified("BffTaskRole", BOUNDARY), has(page=7)),
        1,
        "drifted",
        (
            "! drift: 2 of ",
            "! drift: BffService HealthCheckGracePeriodSeconds is 5, deployed was 60",
            "! drift: BffTaskRole PermissionsBoundary removed, deployed was arn:aws:iam",
            "See it reverted: bidops-cfn plan --env dev --drift",
        ),
    ),
    "rule added": (
        modified("BffSecurityGroup", ("/SecurityGroupEgress/4", "ADD", "", RULE)),
        1,
        "drifted",
        (f"! drift: BffSecurityGroup SecurityGroupEgress.4 added: {RULE}",),
    ),
    "deleted": (
        DELETED, 1, "drifted", ("! drift: BffLogGroup was deleted outside CloudFormation",),
    ),
    "no values": (
        is_("MODIFIED", "BffTaskRole"), 1, "drifted", ("CloudFormation does not say in what",),
    ),
    "scaled": (
        modified("BffService", COUNT),
        0,
        "in sync",
        ("  drift: BffService DesiredCount is 5, deployed was 2; scaling's own, no drift",),
    ),
    "scaled and modified": (
        modified("BffService", COUNT, SHELL),
        1,
        "drifted",
        ("  drift: BffService DesiredCount", "! drift: BffService EnableExecuteCommand"),
    ),
    "silent": (has(silent={"Namespace"}), 0, "partly checked", NOT_COMPARED),
    "unsupported": (is_("UNSUPPORTED", "Namespace"), 0, "partly checked", NOT_COMPARED),
    "old": (has(old={"Namespace"}), 0, "partly checked", NOT_COMPARED),
    "unknown": (
        is_("UNKNOWN", "BffTaskRole", **DENIED),
        1,
        "partly checked",
        ("! drift: BffTaskRole could not be compared: not authorized",),
    ),
    "failed": (
        has(failure=FAILURE), 1, "cannot tell", (f"the detection failed: {FAILURE}",),
    ),
    "failed and deleted": (
        every(has(failure=FAILURE), DELETED),
        1,
        "drifted",
        (f"the detection failed: {FAILURE}", "BffLogGroup was deleted"),
    ),
    "said to be drifted": (has(says="DRIFTED"), 1, "cannot tell", ("names no resource",)),
    "said to be unknown": (has(says="UNKNOWN"), 1, "cannot tell", ("which",)),
    "endless": (
        has(seconds=3600),
        1,
        "cannot tell",
        ("the detection has not ended within 10 minutes",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("happen", "code", "found", "says"), CASES.values(), ids=CASES)
def test_what_detection_finds_is_said_and_what_was_not_seen_is_not_in_sync(
    drift: ScriptedDrift, happen: Change, code: int, found: str, says: tuple[str, ...]
) -> None:
    happen(drift)
    ended = drift.world.status(drift=True).hold(code)
    told = "\n".join([*lines(ended), ended.last])
    assert [one for one in says if one not in told] == []
    assert drift.failure is None or "drift: none" not in told
    assert verdict(drift.world) == found


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
