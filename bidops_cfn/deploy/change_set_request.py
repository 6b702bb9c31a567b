"""Asking for a change set, and deleting what nothing came of.

Its name is chosen before it is asked for: whatever happens on the way, it can be found and deleted.
So can the placeholder stack of a first change set, if we caused it and it has no other change set.

A deployment never scales a busy service in (``docs/adr`` has the reasons). A creation passes the
settings' count; an update passes 0, which leaves the running count alone. Passing 0 after a
creation with 2 is itself a change to CloudFormation. So when nothing else changes (same template,
same images, same tags), the previous counts are kept, and CloudFormation says "no changes" itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import (
    NO_CHANGES,
    REVERT_DRIFT,
    ChangeSet,
    delete_change_set,
    list_change_sets,
    wait_for_change_set,
)
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.ecs_services import describe_services
from bidops_cfn.deploy.faults import TRANSIENT, AccessDenied, Fault, NotFound, Rejected
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.resource_change import COUNT
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import Stack, find_stack
from bidops_cfn.deploy.target import Target, format_image
from bidops_cfn.deploy.template import (
    ALARM,
    BODY_LIMIT,
    LEAVE_ALONE,
    SERVICE,
    find_capabilities,
    find_scaled_services,
    is_same_template,
    prepare_body,
)
from bidops_cfn.errors import ChangeSetFailed, StackBusy

NOTHING_CHANGED = "Nothing was changed. Fix the cause and run the command again."
DELETE_ATTEMPTS = 30  # one that is still being created cannot be deleted yet
DELETE_PAUSE = 2.0


class OperationInTheWay(StackBusy):
    """CloudFormation takes no change set while another operation runs."""


@dataclass(slots=True)
class Draft:
    """A change set that is ours to delete, until ``keep`` is called.

    ``name`` is unique and serves as client token: a request that is repeated on the way makes one
    change set; ``asked`` are the members of that request. ``placeholder`` says that there was no
    stack before it. ``stack_id`` is empty until AWS tells; ``requested`` is False while
    CloudFormation cannot have it.
    """

    target: Target
    name: str
    asked: Json
    placeholder: bool
    stack_id: str = ""
    change_set_id: str = ""
    requested: bool = False
    kept: bool = False

    @property
    def stack(self) -> str:
        """The stack's name."""
        return self.target.environment.stack_name

    def keep(self) -> None:
        """Leave the change set where it is: it was executed, or is to be executed later."""
        self.kept = True


@contextmanager
def hold_draft(
    runtime: Runtime,
    context: DeploymentContext,
    live: Mapping[str, int] | None = None,
    *,
    revert_drift: bool = False,
) -> Iterator[Draft]:
    """Hold a draft; delete its change set afterwards unless it was kept."""
    target = context.target
    name = f"bidops-cfn-{target.sha256[:12]}-{runtime.unique()[:8]}"
    asked = {
        "StackName": target.environment.stack_name,
        "ChangeSetName": name,
        "ClientToken": name,
        **_provide_template(runtime, context),
        **_describe_request(context, live),
        **({"DeploymentMode": REVERT_DRIFT} if revert_drift else {}),
    }
    draft = Draft(target, name, asked, placeholder=context.stack is None)
    try:
        yield draft
    finally:
        if draft.requested and not draft.kept:
            _discard_draft(runtime, draft)


def _describe_request(context: DeploymentContext, live: Mapping[str, int] | None) -> Json:
    target, environment = context.target, context.target.environment
    update = context.deployed is not None
    images = [f"{name}={format_image(image)}" for name, image in context.images.items() if image]
    stack, settings = context.stack if update else None, environment.deploy
    asked: Json = {
        "ChangeSetType": "UPDATE" if update else "CREATE",
        "Description": f"{environment.name}: template sha256 {target.sha256}, {', '.join(images)}",
        "Parameters": _build_parameters(context.resolved_target, stack, context.deployed, live),
        "Capabilities": list(find_capabilities(target.template)),
        "Tags": [{"Key": key, "Value": value} for key, value in environment.tags.items()],
    }
    if settings.role_arn:
        asked["RoleARN"] = settings.role_arn
    if not update:
        # A stack that never worked leaves nothing behind; its events stay readable by its id.
        asked["OnStackFailure"] = "DELETE"
    # Left out of an update it would mean: the alarms of the last one.
    if settings.rollback_alarms or update:
        alarms = settings.rollback_alarms
        asked["RollbackConfiguration"] = {
            "RollbackTriggers": [{"Arn": arn, "Type": ALARM} for arn in alarms],
            "MonitoringTimeInMinutes": settings.monitoring_minutes,
        }
    if settings.notification_topics is not None:  # left out: the stack keeps those that it has
        asked["NotificationARNs"] = list(settings.notification_topics)
    return asked


def _build_parameters(
    target: Target,
    stack: Stack | None,
    deployed: str | None,
    live: Mapping[str, int] | None = None,
) -> list[Json]:
    """Return the parameters for a change set; ``stack`` is None at creation.

    ``deployed`` is the stack's template, ``live`` the running count of each service that the change
    set replaces, by service name. Every image is known by now: preflight saw to it.
    """
    declared = target.template.get("Parameters", {})
    previous = stack.parameters if stack else {}
    keep = stack is not None and not live and _is_unchanged(target, stack, deployed)
    values: dict[str, str | None] = {}  # None keeps the previous one
    for service in target.services:
        image, count = logical_ids.image(service), logical_ids.desired_count(service)
        if service.name in target.images:
            values[image] = target.images[service.name]
        elif image in previous:
            values[image] = None
        if live and service.name in live:
            values[count] = str(live[service.name])
        elif count not in previous:
            values[count] = str(target.environment.services[service.name].desired_count)
        else:
            values[count] = None if keep else LEAVE_ALONE
    return [
        {"ParameterKey": name}
        | ({"UsePreviousValue": True} if value is None else {"ParameterValue": value})
        for name, value in values.items()
        if name in declared
    ]


def _is_unchanged(target: Target, stack: Stack, deployed: str | None) -> bool:
    given = {
        logical_ids.image(one): target.images[one.name]
        for one in target.services
        if one.name in target.images
    }
    return (
        deployed is not None
        and is_same_template(target.rendered, deployed)
        and dict(target.environment.tags) == dict(stack.tags)
        and given.items() <= stack.parameters.items()
    )


def read_live_counts(context: DeploymentContext, rows: Sequence[ChangeRow]) -> Mapping[str, int]:
    """Return how many tasks each service that is replaced should have now, by service name.

    One that is created again has the settings' count; 0 leaves one alone whose count would be reset
    to what was deployed.
    """
    replaced = {
        row.physical_id: row.logical_id
        for row in rows
        if row.resource_type == SERVICE
        and row.replacement in ("True", "Conditional")
        and row.physical_id
    }
    desired = {
        replaced[service.arn]: service.desired
        for service in describe_services(context.client, replaced)
    }
    scaled = find_scaled_services(context.target.template)
    reset = {
        row.logical_id
        for row in rows
        if row.logical_id in scaled
        and row.drift
        and any(one.path == COUNT and one.after is not None for one in row.properties)
    }
    gone = {row.logical_id for row in rows if row.drift == "DELETED"}
    settings = context.target.environment.services
    found: dict[str, int] = {}
    for service in context.target.services:
        name = logical_ids.ecs_service(service)
        if name in desired:
            found[service.name] = desired[name]
        elif name in gone:
            found[service.name] = settings[service.name].desired_count
        elif name in reset:
            found[service.name] = int(LEAVE_ALONE)
    return found


def _provide_template(runtime: Runtime, context: DeploymentContext) -> Mapping[str, str]:
    target = context.target
    text = prepare_body(target.rendered)
    if len(text.encode()) <= BODY_LIMIT or target.bucket is None:
        return {"TemplateBody": text}
    key = f"bidops-cfn/{target.environment.name}/{target.sha256}.json"
    runtime.output.status(f"Sending the template to {target.bucket} ...")
    place = {"Bucket": target.bucket, "Key": key, "ContentType": "application/json"}
    runtime.client(Call.PUT_OBJECT, Body=text.encode(), **place)
    suffix = "amazonaws.com.cn" if target.environment.partition == "aws-cn" else "amazonaws.com"
    region = target.environment.region
    return {"TemplateURL": f"https://{target.bucket}.s3.{region}.{suffix}/{key}"}


def _request_change_set(client: Client, draft: Draft) -> tuple[str, str]:
    try:
        answer = client(Call.CREATE_CHANGE_SET, **draft.asked)
    except Rejected as fault:
        if "AlreadyExists" not in fault.code:
            raise
        # Its name is ours alone: the answer to the first attempt was lost on the way.
        found = client(Call.DESCRIBE_CHANGE_SET, ChangeSetName=draft.name, StackName=draft.stack)
        return found["ChangeSetId"], found["StackId"]
    return answer["Id"], answer["StackId"]


def create_change_set(runtime: Runtime, draft: Draft) -> ChangeSet:
    """Create the draft's change set and return it once CloudFormation has worked it out.

    Raises ``OperationInTheWay`` when an operation began meanwhile, and ``ChangeSetFailed``.
    """
    runtime.output.status("Creating the change set ...")
    draft.requested = True
    try:
        draft.change_set_id, draft.stack_id = _request_change_set(runtime.client, draft)
    except AccessDenied:
        draft.requested = False
        raise
    except Rejected as fault:
        draft.requested = False
        if any(text in fault.why for text in NO_CHANGES):
            # an endpoint that says so at once
            return ChangeSet("", draft.name, "", "FAILED", "UNAVAILABLE", reason=fault.why)
        if "_IN_PROGRESS state" in fault.why:
            what = f"another operation runs on {draft.stack}"
            raise OperationInTheWay(what, fault.why) from fault
        hint = fault.hint or NOTHING_CHANGED
        raise ChangeSetFailed("the change set was refused", fault.why, hint=hint) from fault
    try:
        return wait_for_change_set(runtime.client, runtime.clock, draft.change_set_id)
    except NotFound as gone:
        what = "the change set was deleted while it was worked out"
        raise ChangeSetFailed(what, gone.why, hint=NOTHING_CHANGED) from gone


def _discard_draft(runtime: Runtime, draft: Draft) -> None:
    name, stack = draft.name, draft.stack
    try:
        _delete_draft(runtime, draft)
        if draft.placeholder:
            _delete_placeholder(runtime, draft)
    except (Fault, KeyboardInterrupt) as problem:
        region, words = draft.target.environment.region, f"--stack-name {stack}"
        change_set = f"cloudformation delete-change-set --change-set-name {name} {words}"
        change_set = draft.target.aws(change_set, region)
        empty = draft.target.aws(f"cloudformation delete-stack {words}", region)
        details = [str(problem) or "interrupted", f"Remove it with: {change_set}"]
        details += [f"then the empty stack: {empty}"] if draft.placeholder else []
        runtime.output.emit(Notice("our change set may be left behind", tuple(details)))


def _delete_draft(runtime: Runtime, draft: Draft) -> None:
    for attempt in range(DELETE_ATTEMPTS):
        try:
            delete_change_set(runtime.client, draft.name, draft.stack)
        except Rejected as fault:
            if "InvalidChangeSetStatus" not in fault.code or attempt == DELETE_ATTEMPTS - 1:
                raise
            runtime.clock.sleep(DELETE_PAUSE)
        else:
            return


def _delete_placeholder(runtime: Runtime, draft: Draft) -> None:
    stack = find_stack(runtime.client, draft.stack_id or draft.stack)
    if stack is None or stack.status != "REVIEW_IN_PROGRESS":
        return
    others = [one for one in list_change_sets(runtime.client, stack.id) if one.name != draft.name]
    if others:
        return
    try:
        runtime.client(Call.DELETE_STACK, StackName=stack.id)
    except TRANSIENT:
        left = find_stack(runtime.client, stack.id)
        if left is not None and left.status == stack.status:
            raise
