"""Stacks: what CloudFormation says of one, and what its status allows a deployment to do.

A test holds ``ACTIONS`` against every ``StackStatus`` of the installed botocore.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, find, paginate
from bidops_cfn.deploy.faults import Unavailable
from bidops_cfn.deploy.preflight.basics import account
from bidops_cfn.deploy.records import Verdict
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import SERVICE
from bidops_cfn.errors import GuardRefused
from bidops_cfn.settings.environment import Environment


@dataclass(frozen=True, slots=True)
class StackOutput:
    """One output of a stack; ``export`` is its export name, empty when it is not exported."""

    key: str
    value: str
    export: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack, in CloudFormation's words; ``updated`` is when its last operation began."""

    id: str
    name: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: tuple[StackOutput, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    termination_protection: bool = False
    role_arn: str = ""
    rollback_alarms: tuple[str, ...] = ()
    monitoring_minutes: int = 0
    notification_topics: tuple[str, ...] = ()
    change_set_id: str = ""
    updated: datetime | None = None
    drift_detected: datetime | None = None


@dataclass(frozen=True, slots=True)
class StackResource:
    """One resource of a stack; ``physical_id`` is empty before it exists."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""
    drift: str = "NOT_CHECKED"


class StackAction(Enum):
    """What a deployment does with a stack."""

    CREATE = "create"
    UPDATE = "update"
    WAIT = "wait"  # an operation runs
    RECREATE = "recreate"  # a creation was rolled back: nothing in it can be updated
    ROLL_BACK = "roll back"  # stopped half way: `rollback` brings it to a stable state
    REFUSE = "refuse"


STATUSES = {
    StackAction.CREATE: "REVIEW_IN_PROGRESS DELETE_COMPLETE",
    StackAction.UPDATE: "CREATE_COMPLETE UPDATE_COMPLETE UPDATE_ROLLBACK_COMPLETE IMPORT_COMPLETE "
    "IMPORT_ROLLBACK_COMPLETE",
    StackAction.WAIT: "CREATE_IN_PROGRESS UPDATE_IN_PROGRESS UPDATE_COMPLETE_CLEANUP_IN_PROGRESS "
    "UPDATE_ROLLBACK_IN_PROGRESS UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS "
    "ROLLBACK_IN_PROGRESS DELETE_IN_PROGRESS IMPORT_IN_PROGRESS IMPORT_ROLLBACK_IN_PROGRESS",
    StackAction.RECREATE: "ROLLBACK_COMPLETE",
    StackAction.ROLL_BACK: "CREATE_FAILED UPDATE_FAILED UPDATE_ROLLBACK_FAILED",
    StackAction.REFUSE: "ROLLBACK_FAILED DELETE_FAILED IMPORT_ROLLBACK_FAILED",
}
ACTIONS = {status: action for action, statuses in STATUSES.items() for status in statuses.split()}


def choose_action(status: str | None) -> StackAction:
    """Return what a deployment does with a stack of ``status``; None where there is no stack.

    A status that is not known yet is waited for if it says that an operation runs.
    """
    if status is None:
        return StackAction.CREATE
    unknown = StackAction.WAIT if status.endswith("_IN_PROGRESS") else StackAction.REFUSE
    return ACTIONS.get(status, unknown)


def is_in_progress(status: str) -> bool:
    """Tell whether an operation runs; a placeholder under review is none."""
    return choose_action(status) is StackAction.WAIT


def find_stack(client: Client, name: str) -> Stack | None:
    """Return the stack of a name or id; None only when AWS says that it does not exist."""
    answer = find(client, Call.DESCRIBE_STACKS, StackName=name)
    if answer is None:
        return None
    if not answer["Stacks"]:
        raise Unavailable(Call.DESCRIBE_STACKS, f"it says neither that {name} exists nor that not")
    return parse_stack(answer["Stacks"][0])


def parse_stack(described: Json) -> Stack:
    """Return a stack of ``DescribeStacks``."""
    rollback = described.get("RollbackConfiguration") or {}
    return Stack(
        id=described["StackId"],
        name=described["StackName"],
        status=described["StackStatus"],
        reason=described.get("StackStatusReason", ""),
        parameters={
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in described.get("Parameters", ())
        },
        outputs=tuple(
            StackOutput(
                output["OutputKey"], output.get("OutputValue", ""), output.get("ExportName") or ""
            )
            for output in described.get("Outputs", ())
        ),
        tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", ())},
        termination_protection=bool(described.get("EnableTerminationProtection")),
        role_arn=described.get("RoleARN") or "",
        rollback_alarms=tuple(one["Arn"] for one in rollback.get("RollbackTriggers", ())),
        monitoring_minutes=int(rollback.get("MonitoringTimeInMinutes") or 0),
        notification_topics=tuple(described.get("NotificationARNs", ())),
        change_set_id=described.get("ChangeSetId") or "",
        updated=described.get("LastUpdatedTime") or described.get("CreationTime"),
        drift_detected=described.get("DriftInformation", {}).get("LastCheckTimestamp"),
    )


def list_stack_resources(client: Client, stack_id: str) -> Iterator[StackResource]:
    """Yield the resources of a stack."""
    for summary in paginate(
        client, Call.LIST_STACK_RESOURCES, "StackResourceSummaries", StackName=stack_id
    ):
        drift = summary.get("DriftInformation", {})
        yield StackResource(
            logical_id=summary["LogicalResourceId"],
            physical_id=summary.get("PhysicalResourceId", ""),
            type=summary["ResourceType"],
            status=summary["ResourceStatus"],
            reason=summary.get("ResourceStatusReason", ""),
            drift=drift.get("StackResourceDriftStatus", "NOT_CHECKED"),
        )


def list_service_arns(client: Client, stack_id: str) -> dict[str, str]:
    """Return the logical id of each ECS service that the stack has, by its ARN."""
    return {
        one.physical_id: one.logical_id
        for one in list_stack_resources(client, stack_id)
        if one.type == SERVICE and one.physical_id
    }


def get_template(client: Client, stack_id: str) -> str:
    """Return the template of a stack, as the text that was sent."""
    body = client(Call.GET_TEMPLATE, StackName=stack_id, TemplateStage="Original")["TemplateBody"]
    return str(body)


def require_account(runtime: Runtime, target: Target) -> None:
    """Raise ``GuardRefused`` unless the caller is in the environment's account and region."""
    runtime.output.status("Checking the credentials ...")
    finding = account(runtime.client, target.environment)
    runtime.output.emit(finding)
    if finding.verdict is not Verdict.OK:
        what, why = "wrong account or region", finding.message
        raise GuardRefused(what, why, details=finding.details, hint=finding.hint)


def require_stack(runtime: Runtime, target: Target) -> Stack:
    """Return the target's stack; raise ``GuardRefused`` without one, or in another account."""
    require_account(runtime, target)
    stack = find_stack(runtime.client, target.environment.stack_name)
    if stack is None:
        raise make_absent_error(target.environment, hint=f"Create it: {target.creation()}")
    return stack


def make_absent_error(
    environment: Environment, hint: str, details: Sequence[str] = ()
) -> GuardRefused:
    """Return the error for an environment that has no stack."""
    place = f"{environment.account_id}, {environment.region}"
    why = f"there is no stack {environment.stack_name} in {place}"
    return GuardRefused(f"{environment.name} is not deployed", why, details=details, hint=hint)
