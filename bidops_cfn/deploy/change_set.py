"""Change sets: polled and deleted by ARN, read to the last page, executed exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate, read_pages
from bidops_cfn.deploy.faults import TRANSIENT, NotFound
from bidops_cfn.deploy.records import ChangeRow
from bidops_cfn.deploy.resource_change import merge_descriptions, parse_row
from bidops_cfn.deploy.runtime import Clock

PENDING = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
INCOMPLETE = "--include-property-values option can return incomplete"
REVERT_DRIFT = "REVERT_DRIFT"  # the only DeploymentMode
POLL_SECONDS = 1.0
PATIENCE_SECONDS = 600  # a change set of this size takes seconds; hooks may take minutes


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set: all its changes where it was described, none where it was listed.

    ``reverts_drift`` is whether it compares the template with what is live, ``hooked`` whether
    hooks will judge its resources.
    """

    id: str
    name: str
    stack_id: str
    status: str
    execution: str
    reason: str = ""
    description: str = ""
    changes: tuple[ChangeRow, ...] = ()
    reverts_drift: bool = False
    hooked: bool = False

    @property
    def empty(self) -> bool:
        """Whether it failed only because there is nothing to change."""
        return self.status == "FAILED" and any(text in self.reason for text in NO_CHANGES)

    @property
    def live(self) -> bool:
        """Whether it can still be executed."""
        return self.status in PENDING or self.execution == "AVAILABLE"


def wait_for_change_set(client: Client, clock: Clock, change_set_id: str) -> ChangeSet:
    """Poll until the change set is ready or failed, and return it with all its changes."""
    deadline = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            page = client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
            if page["Status"] not in PENDING or clock.monotonic() >= deadline:
                return describe_change_set(client, change_set_id, page)
        except TRANSIENT:
            if clock.monotonic() >= deadline:
                raise
        clock.sleep(POLL_SECONDS)


def describe_change_set(client: Client, change_set_id: str, first: Json | None = None) -> ChangeSet:
    """Return the change set with all changes and values; ``first`` is its plain first page."""
    head = first or client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
    changes: tuple[ChangeRow, ...] = ()
    listed: list[Json] = []
    if head["Status"] == "CREATE_COMPLETE":
        incomplete, listed = _list_changes(client, change_set_id, IncludePropertyValues=True)
        changes = tuple(map(parse_row, listed))
        if incomplete:
            _, plain = _list_changes(client, change_set_id)
            changes = merge_descriptions(changes, list(map(parse_row, plain)))
            listed += plain
    return replace(
        _parse(head, head.get("ChangeSetId", change_set_id)),
        changes=changes,
        reverts_drift=head.get("DeploymentMode") == REVERT_DRIFT
        or any(one.drift for one in changes),
        hooked=any(one.get("HookInvocationCount") for one in listed),
    )


def _list_changes(client: Client, change_set_id: str, **options: bool) -> tuple[bool, list[Json]]:
    found: list[Json] = []
    incomplete = False
    asked = {"ChangeSetName": change_set_id, **options}
    for page in read_pages(client, Call.DESCRIBE_CHANGE_SET, **asked):
        incomplete = incomplete or INCOMPLETE in (page.get("StatusReason") or "")
        found += page.get("Changes") or ()
    return incomplete, found


def _parse(described: Json, id_: str) -> ChangeSet:
    return ChangeSet(
        id=id_,
        name=described["ChangeSetName"],
        stack_id=described["StackId"],
        status=described["Status"],
        execution=described.get("ExecutionStatus", "UNAVAILABLE"),
        reason=described.get("StatusReason") or "",
        description=described.get("Description") or "",
    )


def list_change_sets(client: Client, stack_id: str) -> Iterator[ChangeSet]:
    """Yield the change sets of a stack, without their changes."""
    found = paginate(client, Call.LIST_CHANGE_SETS, "Summaries", StackName=stack_id)
    yield from (_parse(one, one["ChangeSetId"]) for one in found if one["StackId"] == stack_id)


def delete_change_set(client: Client, name: str, stack: str) -> None:
    """Delete a change set of ours by name and stack, or by ARN; none there is fine."""
    try:
        client(Call.DELETE_CHANGE_SET, ChangeSetName=name, StackName=stack)
    except NotFound:
        return
    except TRANSIENT:
        try:
            client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=name, StackName=stack)
        except NotFound:
            return
        raise
