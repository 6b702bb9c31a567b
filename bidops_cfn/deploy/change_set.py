"""Change sets: polled and deleted by ARN, read to the last page, and reported with what they widen.

What one widens is worked out from both templates: CloudFormation cuts its own values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate, read_pages
from bidops_cfn.deploy.ecs_services import describe_services
from bidops_cfn.deploy.faults import TRANSIENT, Fault, NotFound, Unsupported
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.resource_change import COUNT, merge_descriptions, parse_row, summarize
from bidops_cfn.deploy.running_images import warn_of_moved_tags
from bidops_cfn.deploy.runtime import Clock, Runtime, repeat
from bidops_cfn.deploy.stack import list_service_arns
from bidops_cfn.deploy.target import format_image
from bidops_cfn.deploy.template import LEAVE_ALONE, TemplateUnreadable, list_hidden_parameters
from bidops_cfn.facts.document import logical_id
from bidops_cfn.facts.reading import read
from bidops_cfn.facts.widening import Change, changes

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
    for _ in repeat(clock, PATIENCE_SECONDS, POLL_SECONDS):
        with suppress(*TRANSIENT):
            page = client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=change_set_id)
            if page["Status"] not in PENDING:
                return describe_change_set(client, change_set_id, page)
    return describe_change_set(client, change_set_id)


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


UNREAD = ("NOT_CHECKED", "UNKNOWN", "UNSUPPORTED")


def report_changes(
    runtime: Runtime, context: DeploymentContext, change_set: ChangeSet, *, revert_drift: bool
) -> None:
    """Report every change with what it widens, then what should be known before it is confirmed."""
    rows = change_set.changes
    try:
        old = None if context.deployed is None else context.deployed_template
        judged, others = _mark_widened(rows, old, context.target.template)
    except TemplateUnreadable as problem:
        message = "what this change widens cannot be told: the deployed template cannot be read"
        judged, others = rows, (Notice(message, (str(problem),)),)
    for row in _mark_images(context, judged):
        runtime.output.emit(row)
    remarks = (*read_validation_errors(runtime, change_set.id), *_read_hooks(runtime, change_set))
    others = (*others, *(_warn_of_drift(change_set) if revert_drift else ()))
    others = (*others, *warn_of_moved_tags(context, rows))
    for notice in (*others, *(Notice(text) for text in remarks), *_warn_of_scaling_in(context)):
        runtime.output.emit(notice)


def _warn_of_drift(change_set: ChangeSet) -> Iterator[Notice]:
    if not change_set.reverts_drift:
        message = "cannot tell whether this change set compares with what is live"
        yield Notice(message, ("CloudFormation does not say that it reverts drift.",))
    for row in change_set.changes:
        for one in row.properties:
            if one.path == COUNT and one.after is not None:
                change = f"from {one.before or 'an unknown number'} to {one.after} tasks"
                message = f"executing this sets {row.logical_id} {change}"
                yield Notice(message, ("CloudFormation reverts what scaling has set.",))
    unread = [row.logical_id for row in change_set.changes if row.drift in UNREAD]
    if unread:
        message = "CloudFormation compares these with what was deployed, not with what is live"
        yield Notice(message, (", ".join(unread),))


def _warn_of_scaling_in(context: DeploymentContext) -> Iterator[Notice]:
    """Yield a warning for each service that a rollback of this update would scale in."""
    stack = context.stack
    if stack is None or context.deployed is None:
        return
    held = {
        logical_ids.ecs_service(service): stack.parameters.get(logical_ids.desired_count(service))
        for service in context.target.services
    }
    risky = {
        name: int(count)
        for name, count in held.items()
        if count and count.isdecimal() and count != LEAVE_ALONE  # **** where a template hides it
    }
    if not risky:
        return
    listed = list_service_arns(context.client, stack.id)
    arns = {arn: name for arn, name in listed.items() if name in risky}
    for service in describe_services(context.client, arns):
        name = arns[service.arn]
        if service.desired > risky[name]:
            what = f"CloudFormation sets {name} from {service.desired} to {risky[name]} tasks"
            why = "The stack holds the count of its creation until this update is over."
            yield Notice(f"if this update is rolled back, {what}", (why,))


def summarize_changes(context: DeploymentContext, rows: Sequence[ChangeRow]) -> str:
    """Return ``3 added, 1 replaced``; what changes besides resources where none of them does."""
    return summarize(rows) or f"no resource changes, only {_list_other_changes(context)}"


def _list_other_changes(context: DeploymentContext) -> str:
    """Return ``outputs and tags``: what a change set without resources can be about."""
    stack, target = context.stack, context.target
    try:
        old = context.deployed_template
    except TemplateUnreadable:
        return "outputs, tags or other parts that are no resources"
    found = [
        part.lower()
        for part in sorted({*old, *target.template})
        if part != "Resources" and old.get(part) != target.template.get(part)
    ]
    if stack is not None and dict(stack.tags) != dict(target.environment.tags):
        found.append("tags")
    return " and ".join(found) or "parts that are no resources"


def _mark_widened(
    rows: tuple[ChangeRow, ...], old: Json | None, new: Json
) -> tuple[tuple[ChangeRow, ...], tuple[Notice, ...]]:
    """Return the rows with what each widens and narrows, and notices for what has no row.

    What changed without its being known whether it widens anything is a notice, too.
    A stack that is created has nothing to be compared with; parameters are no facts.
    """
    if old is None or old == new:
        return rows, ()
    told: dict[tuple[str, Change], tuple[str, ...]] = {}
    for one in changes(read(old), read(new)):
        about = (logical_id(one.path), one.change)
        told[about] = (*told.get(about, ()), one.told)
    judged = tuple(
        replace(
            row,
            widened=told.get((row.logical_id, Change.WIDENED), ()),
            narrowed=told.get((row.logical_id, Change.NARROWED), ()),
        )
        for row in rows
    )
    named = {row.logical_id for row in rows}
    return judged, tuple(
        Notice(f"{kind.value}: {owner or 'the template'}", told[owner, kind])
        for owner in sorted({owner for owner, _ in told})
        for kind in Change
        if (owner, kind) in told and (owner not in named or kind is Change.UNKNOWN)
    )


def _mark_images(context: DeploymentContext, rows: Sequence[ChangeRow]) -> Iterator[ChangeRow]:
    before = context.stack.parameters if context.stack else {}
    hidden = list_hidden_parameters(context.target.template)
    found = {}
    for service in context.target.services:
        parameter, new = logical_ids.image(service), context.images[service.name]
        old = before.get(parameter, "")
        if old and new and old != new and parameter not in hidden:
            found[logical_ids.ecs_service(service)] = f"{format_image(old)} -> {format_image(new)}"
    for row in rows:
        yield replace(row, image=found.get(row.logical_id, ""))


def read_validation_errors(runtime: Runtime, change_set_id: str) -> Iterator[str]:
    """Yield what early validation and hooks say of a change set (``DescribeEvents``)."""
    about = {"ChangeSetName": change_set_id}
    try:
        events = list(paginate(runtime.client, Call.DESCRIBE_EVENTS, "OperationEvents", **about))
    except Unsupported:
        return
    except Fault as fault:
        yield f"validation results cannot be read: {fault}"
        return
    for event in events:
        where = event.get("LogicalResourceId", "")
        if event.get("EventType") == "VALIDATION_ERROR":
            what, name = "Validation", event.get("ValidationName", "")
            where = f"{where} {event.get('ValidationPath', '')}"
        elif event.get("EventType") == "HOOK_INVOCATION_ERROR":
            what, name = "Hook", event.get("HookType", "")
        else:
            continue
        mode, reason = event.get(f"{what}FailureMode", "FAIL"), event.get(f"{what}StatusReason", "")
        yield f"{mode} {name} {where}: {reason}"


def _read_hooks(runtime: Runtime, change_set: ChangeSet) -> Iterator[str]:
    if not change_set.hooked:
        return
    about = {"ChangeSetName": change_set.id}
    for hook in paginate(runtime.client, Call.DESCRIBE_CHANGE_SET_HOOKS, "Hooks", **about):
        details = hook.get("TargetDetails", {}).get("ResourceTargetDetails", {})
        yield f"{hook['TypeName']} judges {details.get('LogicalResourceId', 'the stack')}"
