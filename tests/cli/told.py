"""Records of a deployment, and what tells each of them to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bidops_cfn.cli import text
from bidops_cfn.cli.change_text import table
from bidops_cfn.cli.text import Line
from bidops_cfn.deploy.events import STACK_TYPE
from bidops_cfn.deploy.records import (
    ChangeRow,
    Event,
    Group,
    Instance,
    Outputs,
    Preflight,
    PropertyChange,
    Result,
    Verdict,
)
from bidops_cfn.deploy.state_records import ServiceProgress, StoppedTask

NIGHT = datetime(2026, 3, 1, 23, 30, 7, tzinfo=UTC)
REMOVED = ChangeRow(
    Group.REMOVAL, "Remove", "BffService", "AWS::ECS::Service", guarded=True, policy_action="Delete"
)
REVISED = ChangeRow(
    Group.OTHER,
    "Modify",
    "BffTaskDefinition",
    "AWS::ECS::TaskDefinition",
    replacement="True",
    properties=(
        PropertyChange(
            "Properties.ContainerDefinitions.0.Image",
            "registry/app:1.4.1",
            "registry/app:1.4.2",
            "Always",
            "BffImage",
        ),
    ),
)
WIDENED = ChangeRow(
    Group.IAM,
    "Modify",
    "BffTaskRole",
    "AWS::IAM::Role",
    properties=(PropertyChange("Properties.Policies", "x " * 900, "y"),),
    widened=("BffTaskRole: s3:DeleteObject on *",),
    narrowed=("BffTaskRole: s3:GetObject on bucket",),
)
ADDED = [
    ChangeRow(Group.OTHER, "Add", name, "AWS::CloudWatch::Alarm")
    for name in ("BffCpuAlarm", "BffMemoryAlarm", "BffTaskDeficitAlarm", "BffUnhealthyAlarm")
]
ROLLED_OUT = ChangeRow(
    Group.OTHER,
    "Modify",
    "BffService",
    "AWS::ECS::Service",
    image="1.4.1 -> 1.4.2",
    properties=(
        PropertyChange("Properties.TaskDefinition", cause="BffTaskDefinition"),
        PropertyChange("Properties.Tags", "a", "{{changeSet:KNOWN_AFTER_APPLY}}"),
    ),
)
ROWS = [REMOVED, WIDENED, *ADDED, REVISED]
EVENTS = [
    Event("1", NIGHT, "compute", "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS"),
    Event("2", NIGHT, "BffTaskRole", "AWS::IAM::Role", "UPDATE_IN_PROGRESS"),
    Event("3", NIGHT, "BffTaskRole", "AWS::IAM::Role", "UPDATE_COMPLETE"),
    Event("4", NIGHT, "BffLogGroup", "AWS::Logs::LogGroup", "UPDATE_COMPLETE"),
    Event("5", NIGHT, "BffService", "AWS::ECS::Service", "UPDATE_FAILED", "it broke " * 20),
]


DROPPED = PropertyChange("Properties.DesiredCount", "2", None, cause="BffDesiredCount")
STOPPED = StoppedTask("12345678abcdef", "X", "it crashed", ("bff exited with 1",), ("boom",))
FAILING = ServiceProgress(
    "BffService", 2, 1, 1, "IN_PROGRESS", failed_tasks=1, stopped=(STOPPED,), unhealthy=("t",)
)
CLUSTER = f"arn:aws:ecs:us-east-1:111111111111:cluster/{'c' * 25}"
DIGEST = f"bff 1.0.0 is sha256:{'a' * 64}"
CLEANUP = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
CANCELLED = Event("6", NIGHT, "X", "T", "UPDATE_FAILED", "Resource update cancelled")
REPLACED = replace(ROLLED_OUT, group=Group.REMOVAL, replacement="True", guarded=True)
WARNED = Preflight("roles", Verdict.WARNING, "no role", ("it may fail",), "Create it:\naws iam")
ENDLESS = Result("attention", 1, "x", details=("! " + "word " * 40,))
STRAYED = [
    ChangeRow(Group.OTHER, "Add", "BffLogGroup", "AWS::Logs::LogGroup", drift="DELETED"),
    ChangeRow(
        Group.OTHER,
        "Modify",
        "Cluster",
        "AWS::ECS::Cluster",
        properties=(
            PropertyChange("Properties.Tags", after="b", drifted=True, deployed="a", live=None),
        ),
        drift="MODIFIED",
        ignored=("Properties.DesiredCount",),
    ),
    ChangeRow(Group.OTHER, "SyncWithActual", "Namespace", "AWS::ServiceDiscovery::Namespace"),
]
# What is told of records.
TOLD: dict[str, tuple[Callable[[Any, int], Iterable[Line]], object]] = {
    "the change table says the dangerous first": (table, ROWS),
    "a routine rollout looks routine": (table, [ROLLED_OUT, REVISED]),
    "a service that is replaced is no rollout": (table, [REPLACED, REVISED]),
    "additions of a type share a line": (table, ADDED),
    "a count that an update drops stays": (
        table,
        [replace(ROLLED_OUT, image="", properties=(DROPPED,))],
    ),
    "an output that is too long for its column stands below its name": (
        text.outputs,
        Outputs({"ClusterArn": CLUSTER, "Id": "ns-1"}),
    ),
    "events read together are folded, and a failure stands alone": (text.events, EVENTS),
    "names keep their column": (text.events, EVENTS[1:3] * 3),
    "a long status leaves the names in their column": (
        text.events,
        [replace(EVENTS[0], status=CLEANUP, resource_type=STACK_TYPE)],
    ),
    "an event without a reason leaves no empty line": (
        text.events,
        [replace(EVENTS[0], status="UPDATE_ROLLBACK_COMPLETE")],
    ),
    "what was only cancelled is not shown": (text.events, [CANCELLED]),
    "a service that fails shows why": (text.progress, FAILING),
    "a check is one line, since the error has the details": (
        text.preflight,
        Preflight("images", Verdict.REFUSED, "not there", details=("bff",)),
    ),
    "what stops nothing has its details below its line": (text.preflight, WARNED),
    "what cannot be seen is not checked": (
        text.preflight,
        Preflight("quotas", Verdict.NOT_CHECKED, "not permitted"),
    ),
    "a word that is too long for its column begins further left": (
        text.preflight,
        Preflight("images", Verdict.OK, "one", details=(DIGEST,)),
    ),
    "long lines of a result are continued below": (text.result, ENDLESS),
    "what drifted is told with what was deployed and what is live": (table, STRAYED),
    **{
        f"a stack of another account that is {status}": (
            text.instance,
            Instance("222222222222", "us-east-1", status, reason),
        )
        for status, reason in (("SUCCEEDED", ""), ("FAILED", "no VPC"), ("RUNNING", ""))
    },
}
