"""Drift: whether the stack's resources are still what CloudFormation deployed.

Detection only reads; it takes minutes, and its result stays readable. CloudFormation compares what
the template says, so what was added where it says nothing is no drift; types that it cannot
read are not compared at all, and are never called in sync here. The desired count of a service
that scales is scaling's own.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.faults import TRANSIENT, UNANSWERED, Fault
from bidops_cfn.deploy.resource_change import DRIFTED, HIDDEN
from bidops_cfn.deploy.runtime import Runtime, repeat
from bidops_cfn.deploy.stack import Stack, StackResource
from bidops_cfn.deploy.state_records import DriftStatus, PropertyDrift, ResourceDrift
from bidops_cfn.deploy.template import (
    DESIRED_COUNT,
    Json,
    find_references,
    find_scaled_services,
    get_resources,
    list_hidden_parameters,
)
from bidops_cfn.errors import Interrupted

PAUSE_SECONDS = 3.0
PATIENCE_SECONDS = 600.0


def detect_drift(
    runtime: Runtime, stack: Stack, resources: Sequence[StackResource], template: Json, again: str
) -> DriftStatus:
    """Let CloudFormation compare every resource now, and return what it says.

    ``again`` is the command that shows the result of a detection that is left.
    """
    try:
        begun = runtime.client(Call.DETECT_STACK_DRIFT, StackName=stack.id)
        ended = _wait_for_detection(runtime, begun["StackDriftDetectionId"])
        since = ended.get("Timestamp")
        drifts = list(_read_drifts(runtime.client, stack, resources, template, since))
    except UNANSWERED as fault:
        return _make_unknown(fault)
    except KeyboardInterrupt:
        why = "a detection that has begun goes on in CloudFormation, and changes nothing"
        step = f"See its result in some minutes: {again}"
        raise Interrupted("interrupted", why, hint=step) from None
    state, reason = ended["DetectionStatus"], ended.get("DetectionStatusReason", "")
    if state == "DETECTION_COMPLETE":
        return _judge_drift(drifts, since, _find_contradiction(ended, drifts))
    problem = f"the detection failed: {reason or 'CloudFormation gives no reason'}"
    if state == "DETECTION_IN_PROGRESS":
        problem = f"the detection has not ended within {PATIENCE_SECONDS / 60:g} minutes"
    return _judge_drift(drifts, since, problem)


def _find_contradiction(ended: Json, drifts: Collection[ResourceDrift]) -> str:
    """Return what the detection says of the stack and no resource shows; empty where they agree."""
    shown = {one.status for one in drifts}
    stack = ended.get("StackDriftStatus", "")
    if stack == "DRIFTED" and shown.isdisjoint(DRIFTED):
        return "CloudFormation calls the stack drifted, and names no resource"
    if stack == "UNKNOWN" and "UNKNOWN" not in shown:
        return "CloudFormation could not compare a resource, and does not say which"
    return ""


def _wait_for_detection(runtime: Runtime, detection: str) -> Json:
    call, drifted = Call.DESCRIBE_STACK_DRIFT_DETECTION, 0
    for _ in repeat(runtime.clock, PATIENCE_SECONDS, PAUSE_SECONDS):
        runtime.output.status(f"Detecting drift: {drifted} resources differ so far ...")
        with suppress(*TRANSIENT):
            found = runtime.client(call, StackDriftDetectionId=detection)
            drifted = found.get("DriftedStackResourceCount", 0)
            if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
                return found
    return runtime.client(call, StackDriftDetectionId=detection)


def read_last_drift(
    client: Client, stack: Stack, resources: Sequence[StackResource], template: Json
) -> DriftStatus:
    """Return what the last detection said; what differs is asked for where something does."""
    if stack.drift_detected is None:
        return DriftStatus("never detected")
    if not any(one.drift in DRIFTED for one in resources):
        found = [ResourceDrift(one.logical_id, one.type, one.drift) for one in resources]
    else:
        try:
            found = list(_read_drifts(client, stack, resources, template))
        except UNANSWERED as fault:
            return _make_unknown(fault, stack.drift_detected)
    outdated = stack.updated is not None and stack.updated > stack.drift_detected
    return _judge_drift(found, stack.drift_detected, outdated=outdated)


def _make_unknown(fault: Fault, detected: datetime | None = None) -> DriftStatus:
    return DriftStatus("cannot tell", detected, problem=str(fault), hint=fault.hint)


def _read_drifts(
    client: Client,
    stack: Stack,
    resources: Sequence[StackResource],
    template: Json,
    since: datetime | None = None,
) -> Iterator[ResourceDrift]:
    hidden, scaled = list_hidden_parameters(template), find_scaled_services(template)
    said = {
        one["LogicalResourceId"]: one
        for one in paginate(
            client, Call.DESCRIBE_STACK_RESOURCE_DRIFTS, "StackResourceDrifts", StackName=stack.id
        )
        if since is None or one.get("Timestamp", since) >= since
    }
    for resource in resources:
        name = resource.logical_id
        mask = bool(find_references(get_resources(template).get(name)) & hidden)
        one = said.get(name, {})
        yield ResourceDrift(
            name,
            resource.type,
            one.get("StackResourceDriftStatus", "NOT_CHECKED"),
            one.get("DriftStatusReason", ""),
            tuple(
                _parse_difference(difference, scaled=name in scaled, mask=mask)
                for difference in one.get("PropertyDifferences") or ()
            ),
        )


def _parse_difference(described: Json, *, scaled: bool, mask: bool) -> PropertyDrift:
    path = described["PropertyPath"].strip("/").replace("/", ".")
    expected, actual = described.get("ExpectedValue"), described.get("ActualValue")
    return PropertyDrift(
        path=path,
        difference=described.get("DifferenceType", "NOT_EQUAL"),
        expected=HIDDEN if mask and expected else expected,
        actual=HIDDEN if mask and actual else actual,
        scaling=scaled and path == DESIRED_COUNT,
    )


def _judge_drift(
    found: Collection[ResourceDrift],
    detected: datetime | None,
    problem: str = "",
    *,
    outdated: bool = False,
) -> DriftStatus:
    """Return the verdict on all resources; ``problem`` says why a detection is not whole."""
    drifted = any(has_drifted(one) for one in found)
    checked = sum(one.status in ("IN_SYNC", *DRIFTED) for one in found)
    if drifted:
        verdict = "drifted"
    elif problem or not checked:
        verdict = "cannot tell"
    else:
        verdict = "in sync" if checked == len(found) else "partly checked"
    told = tuple(one for one in found if one.status != "IN_SYNC")
    return DriftStatus(verdict, detected, outdated, checked, len(found), told, problem)


def has_drifted(one: ResourceDrift) -> bool:
    """Tell whether a resource differs in more than what scaling sets."""
    own = bool(one.properties) and all(each.scaling for each in one.properties)
    return one.status == "DELETED" or (one.status == "MODIFIED" and not own)
