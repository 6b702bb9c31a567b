"""Change sets: made under a unique name, polled and deleted by ARN, read to the last page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change import Change, merged, parse
from bidops_cfn.deploy.clock import Clock
from bidops_cfn.deploy.faults import PASSING, NotFound, Rejected
from bidops_cfn.deploy.wire import Json, Wire, paged

PENDING = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
INCOMPLETE = "--include-property-values option can return incomplete"
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 600  # a change set of this size takes seconds; hooks may take minutes


@dataclass(frozen=True, slots=True)
class Request:
    """What a change set is made from; ``kind`` is ``CREATE`` or ``UPDATE``.

    ``template`` is ``{"TemplateBody": text}`` or ``{"TemplateURL": address}``. ``name`` is unique
    and serves as client token: a request that is repeated on the way makes one change set.
    """

    name: str
    stack: str
    kind: str
    template: Mapping[str, str]
    parameters: Sequence[Mapping[str, Any]]
    capabilities: Sequence[str]
    tags: Mapping[str, str]
    description: str
    role_arn: str | None = None
    rollback_alarms: Sequence[str] = ()
    monitoring_minutes: int = 0


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set as described: all its changes, whatever the number of pages."""

    id: str
    name: str
    stack_id: str
    status: str
    execution: str
    reason: str = ""
    description: str = ""
    changes: tuple[Change, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it failed only because there is nothing to change."""
        return self.status == "FAILED" and any(text in self.reason for text in NO_CHANGES)


@dataclass(frozen=True, slots=True)
class Summary:
    """A change set in the list of a stack."""

    id: str
    name: str
    status: str
    execution: str
    description: str = ""
    created: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether somebody may still execute it."""
        return self.status in PENDING or self.execution == "AVAILABLE"


def create(wire: Wire, request: Request) -> tuple[str, str]:
    """Create the change set and return its ARN and the stack's id."""
    optional: Json = {}
    if request.role_arn:
        optional["RoleARN"] = request.role_arn
    if request.kind == "CREATE":
        # A stack that never worked leaves nothing behind; its events stay readable by its id.
        optional["OnStackFailure"] = "DELETE"
    # Left out of an update it would mean: the alarms of the last one.
    if request.rollback_alarms or request.kind == "UPDATE":
        optional["RollbackConfiguration"] = {
            "RollbackTriggers": [
                {"Arn": arn, "Type": "AWS::CloudWatch::Alarm"} for arn in request.rollback_alarms
            ],
            "MonitoringTimeInMinutes": request.monitoring_minutes,
        }
    try:
        made = wire(
            Call.CREATE_CHANGE_SET,
            StackName=request.stack,
            ChangeSetName=request.name,
            ClientToken=request.name,
            ChangeSetType=request.kind,
            Description=request.description,
            Parameters=list(request.parameters),
            Capabilities=list(request.capabilities),
            Tags=[{"Key": key, "Value": value} for key, value in request.tags.items()],
            **request.template,
            **optional,
        )
    except Rejected as fault:
        if "AlreadyExists" not in fault.code:
            raise
        # Its name is ours alone: the answer to the first attempt was lost on the way.
        found = wire(Call.DESCRIBE_CHANGE_SET, ChangeSetName=request.name, StackName=request.stack)
        return found["ChangeSetId"], found["StackId"]
    return made["Id"], made["StackId"]


def settled(wire: Wire, clock: Clock, change_set_id: str) -> ChangeSet:
    """Poll until the change set is ready or failed, and return it with all its changes.

    After ``PATIENCE_SECONDS`` it is returned as it is.
    """
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            page = wire(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
            if page["Status"] not in PENDING or clock.monotonic() >= deadline:
                return described(wire, change_set_id, page)
        except PASSING:
            if clock.monotonic() >= deadline:
                raise
        clock.sleep(POLL_SECONDS)


def described(wire: Wire, change_set_id: str, first: Json | None = None) -> ChangeSet:
    """Return the change set with all changes and values; ``first`` is its plain first page."""
    head = first or wire(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
    changes: tuple[Change, ...] = ()
    if head["Status"] == "CREATE_COMPLETE":
        incomplete, changes = _changes(wire, change_set_id, IncludePropertyValues=True)
        if incomplete:
            changes = merged(changes, _changes(wire, change_set_id)[1])
    return ChangeSet(
        id=head.get("ChangeSetId", change_set_id),
        name=head["ChangeSetName"],
        stack_id=head["StackId"],
        status=head["Status"],
        execution=head.get("ExecutionStatus", "UNAVAILABLE"),
        reason=head.get("StatusReason") or "",
        description=head.get("Description") or "",
        changes=changes,
    )


def _changes(wire: Wire, change_set_id: str, **options: bool) -> tuple[bool, tuple[Change, ...]]:
    """Return whether values were left out, and the changes of every page."""
    found: list[Change] = []
    incomplete = False
    token: dict[str, str] = {}
    while True:
        page = wire(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id, **options, **token)
        incomplete = incomplete or INCOMPLETE in (page.get("StatusReason") or "")
        found += [parse(change) for change in page.get("Changes") or ()]
        if not page.get("NextToken"):
            return incomplete, tuple(found)
        token = {"NextToken": page["NextToken"]}


def all_of(wire: Wire, stack_id: str) -> Iterator[Summary]:
    """Yield the change sets of a stack."""
    for summary in paged(wire, Call.LIST_CHANGE_SETS, "Summaries", StackName=stack_id):
        if summary["StackId"] == stack_id:
            yield Summary(
                id=summary["ChangeSetId"],
                name=summary["ChangeSetName"],
                status=summary["Status"],
                execution=summary.get("ExecutionStatus", "UNAVAILABLE"),
                description=summary.get("Description") or "",
                created=summary.get("CreationTime"),
            )


def delete(wire: Wire, name: str, stack: str) -> None:
    """Delete a change set of ours by name and stack, or by ARN; none there is fine."""
    try:
        wire(Call.DELETE_CHANGE_SET, ChangeSetName=name, StackName=stack)
    except NotFound:
        return
