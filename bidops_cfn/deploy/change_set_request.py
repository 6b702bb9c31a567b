"""Asking for a change set, and deleting what nothing came of.

Its name is chosen before it is asked for: whatever happens on the way, it can be found and deleted.
So can the placeholder stack of a first change set, if we caused it and it has no other change set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

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
from bidops_cfn.deploy.faults import TRANSIENT, AccessDenied, Fault, NotFound, Rejected
from bidops_cfn.deploy.parameters import build_parameters
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.records import Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import find_stack
from bidops_cfn.deploy.target import Target, format_image
from bidops_cfn.deploy.template import ALARM, BODY_LIMIT, find_capabilities, prepare_body
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
        "Parameters": build_parameters(context.resolved_target, stack, context.deployed, live),
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
