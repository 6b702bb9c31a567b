"""What a deployment proposes: the change set's request, and what stands against executing it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence

from bidops_cfn import logical_ids
from bidops_cfn.deploy import template
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.change_set import ChangeSet, Request
from bidops_cfn.deploy.faults import Fault, Unsupported
from bidops_cfn.deploy.images import shown
from bidops_cfn.deploy.parameters import parameters
from bidops_cfn.deploy.preflight.exports import in_use, refusal
from bidops_cfn.deploy.preflight.subject import Subject
from bidops_cfn.deploy.records import ChangeRow, Notice
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.services import describe
from bidops_cfn.deploy.widening import marked
from bidops_cfn.deploy.wire import paged
from bidops_cfn.errors import ChangeSetFailed, GuardRefused


def request(runtime: Runtime, subject: Subject, live: Mapping[str, int] | None = None) -> Request:
    """Return the change set to ask for; ``live`` are the counts of services that it replaces."""
    target, environment = subject.target, subject.target.environment
    update = subject.deployed is not None
    images = [f"{name}={shown(image)}" for name, image in subject.images.items() if image]
    return Request(
        name=f"bidops-cfn-{target.sha256[:12]}-{runtime.unique()[:8]}",
        stack=environment.stack_name,
        kind="UPDATE" if update else "CREATE",
        template=source(runtime, subject),
        parameters=parameters(target, subject.stack if update else None, subject.deployed, live),
        capabilities=template.capabilities(target.template),
        tags=environment.tags,
        description=f"{environment.name}: template sha256 {target.sha256}, {', '.join(images)}",
        role_arn=environment.deploy.role_arn,
        rollback_alarms=environment.deploy.rollback_alarms,
        monitoring_minutes=environment.deploy.monitoring_minutes,
    )


def source(runtime: Runtime, subject: Subject) -> Mapping[str, str]:
    """Return where CloudFormation finds the template: in the request, or in the bucket."""
    target = subject.target
    text = template.body(target.rendered)
    if len(text.encode()) <= template.BODY_LIMIT or target.bucket is None:
        return {"TemplateBody": text}
    key = f"bidops-cfn/{target.environment.name}/{target.sha256}.json"
    runtime.output.status(f"Sending the template to {target.bucket} ...")
    runtime.wire(
        Call.PUT_OBJECT,
        Bucket=target.bucket,
        Key=key,
        Body=text.encode(),
        ContentType="application/json",
    )
    suffix = "amazonaws.com.cn" if target.environment.partition == "aws-cn" else "amazonaws.com"
    region = target.environment.region
    return {"TemplateURL": f"https://{target.bucket}.s3.{region}.{suffix}/{key}"}


def require_made(runtime: Runtime, change_set: ChangeSet) -> None:
    """Raise ``ChangeSetFailed`` unless CloudFormation could work the change set out."""
    if change_set.status == "CREATE_COMPLETE":
        return
    raise ChangeSetFailed(
        f"the change set is in {change_set.status}",
        change_set.reason or "CloudFormation gives no reason",
        details=list(objections(runtime, change_set.id)),
        hint="Nothing was changed. Mend the cause and run the command again.",
    )


def show(
    runtime: Runtime, subject: Subject, change_set: ChangeSet, rows: Sequence[ChangeRow]
) -> None:
    """Report every change with what it widens, and what validation and hooks say."""
    judged, others = marked(rows, subject.deployed, subject.target.template)
    for row in judged:
        runtime.output.emit(row)
    said = (*objections(runtime, change_set.id), *hooks(runtime, change_set))
    for notice in (*others, *(Notice(text) for text in said)):
        runtime.output.emit(notice)


def objections(runtime: Runtime, change_set_id: str) -> Iterator[str]:
    """Yield what early validation and hooks say of a change set (``DescribeEvents``)."""
    try:
        events = list(
            paged(
                runtime.wire, Call.DESCRIBE_EVENTS, "OperationEvents", ChangeSetName=change_set_id
            )
        )
    except Unsupported:
        return
    except Fault as fault:
        yield f"validation results cannot be read: {fault}"
        return
    for event in events:
        where = event.get("LogicalResourceId", "")
        if event.get("EventType") == "VALIDATION_ERROR":
            path = event.get("ValidationPath", "")
            said = event.get("ValidationStatusReason", "")
            mode = event.get("ValidationFailureMode", "FAIL")
            yield f"{mode} {event.get('ValidationName', '')} {where} {path}: {said}"
        elif event.get("EventType") == "HOOK_INVOCATION_ERROR":
            said = event.get("HookStatusReason", "")
            mode = event.get("HookFailureMode", "FAIL")
            yield f"{mode} {event.get('HookType', '')} {where}: {said}"


def hooks(runtime: Runtime, change_set: ChangeSet) -> Iterator[str]:
    """Yield the hooks that will judge the change set's resources when it is executed."""
    if not any(change.hooks for change in change_set.changes):
        return
    for hook in paged(
        runtime.wire, Call.DESCRIBE_CHANGE_SET_HOOKS, "Hooks", ChangeSetName=change_set.id
    ):
        details = hook.get("TargetDetails", {}).get("ResourceTargetDetails", {})
        yield f"{hook['TypeName']} judges {details.get('LogicalResourceId', 'the stack')}"


def require_allowed(rows: Sequence[ChangeRow], allowed: Collection[str]) -> None:
    """Raise ``GuardRefused`` for a guarded replacement or removal that nobody allowed by name."""
    refused = [row for row in rows if row.guarded and row.logical_id not in allowed]
    if not refused:
        return
    options = " ".join(f"--allow-replacement {row.logical_id}" for row in refused)
    raise GuardRefused(
        "this would replace or remove what the application runs on",
        "nothing was executed",
        details=[
            f"{row.logical_id} ({row.resource_type}): "
            + ("removed" if row.action == "Remove" else f"replacement {row.replacement}")
            for row in refused
        ],
        hint=f"If that is meant, say so by adding: {options}",
    )


def require_exports(subject: Subject, rows: Sequence[ChangeRow]) -> None:
    """Raise ``GuardRefused`` if a replacement alters an export that other stacks import.

    Which resources are replaced is known only from the change set, hence after preflight.
    """
    if subject.deployed is None:
        return
    gone = {row.logical_id for row in rows if row.replacement in ("True", "Conditional")}
    names = [
        name
        for name, value in template.exports(json.loads(subject.deployed)).items()
        if template.references(value) & gone
    ]
    used = in_use(subject.wire, sorted(names))
    if used:
        finding = refusal(used)
        raise GuardRefused(finding.message, details=finding.details, hint=finding.hint)


def live_counts(subject: Subject, rows: Sequence[ChangeRow]) -> Mapping[str, int]:
    """Return how many tasks each service that is replaced should have now, by service name."""
    replaced = {
        row.physical_id: row.logical_id
        for row in rows
        if row.resource_type == template.SERVICE
        and row.replacement in ("True", "Conditional")
        and row.physical_id
    }
    desired = {
        replaced[service.arn]: service.desired for service in describe(subject.wire, replaced)
    }
    return {
        service.name: desired[logical_ids.ecs_service(service)]
        for service in subject.target.services
        if logical_ids.ecs_service(service) in desired
    }
