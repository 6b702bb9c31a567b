"""Reading what ``status`` reports: the stack, its template, services, log groups and alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.console import make_url
from bidops_cfn.deploy.drift import read_last_drift
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.log_lines import find_log_groups
from bidops_cfn.deploy.mounted_secrets import read_mounted_secrets
from bidops_cfn.deploy.running_images import read_service_digests
from bidops_cfn.deploy.stack import Stack, StackResource, get_template, list_stack_resources
from bidops_cfn.deploy.state_records import (
    AlarmStatus,
    DriftStatus,
    LogGroupStatus,
    ServiceStatus,
    StackStatus,
    TemplateStatus,
)
from bidops_cfn.deploy.target import Target, format_image
from bidops_cfn.deploy.template import (
    ALARM,
    Json,
    TemplateUnreadable,
    compute_digest,
    is_same_template,
    parse_template,
)
from bidops_cfn.deploy.verdict import (
    GONE,
    UNNAMED,
    find_service_problem,
    find_task_definitions,
)

ALARMS_PER_CALL = 100


UNREADABLE = DriftStatus("cannot tell", problem="the deployed template cannot be read")
# How drift is come by: detected now, or as the last detection left it.
DriftReading = Callable[[Sequence[StackResource], Json], DriftStatus]


def read_stack_status(
    client: Client, target: Target, stack: Stack, detect: DriftReading | None = None
) -> StackStatus:
    """Return everything that is known of the stack; raises a ``Fault`` where it cannot be read."""
    resources = list(list_stack_resources(client, stack.id))
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = "" if placeholder else get_template(client, stack.id)
    template = _judge_template(target, text)
    readable = template.verdict not in ("none", "unreadable")
    read_drift = detect or partial(read_last_drift, client, stack)
    return StackStatus(
        stack=stack.name,
        stack_id=stack.id,
        status=stack.status,
        since=stack.updated,
        termination_protection=stack.termination_protection,
        template=template,
        console=make_url("stack", stack.id),
        images={
            service.name: format_image(image)
            for service in target.services
            if (image := stack.parameters.get(logical_ids.image(service)))
        },
        services=tuple(_read_services(client, target, text, resources)) if readable else (),
        log_groups=tuple(
            LogGroupStatus(service, name, make_url("logs", stack.id, name))
            for service, name in find_log_groups(target, resources)
        ),
        alarms=tuple(_read_alarms(client, stack, resources)),
        drift=read_drift(resources, parse_template(text)) if readable else UNREADABLE,
    )


def _judge_template(target: Target, text: str) -> TemplateStatus:
    if not text:
        return TemplateStatus("none", target.path)
    digest = compute_digest(text)
    try:
        parse_template(text)
    except TemplateUnreadable as problem:
        return TemplateStatus("unreadable", target.path, digest, problem=str(problem))
    if target.committed is None:
        return TemplateStatus("not committed", target.path, digest)
    same = is_same_template(text, target.committed)
    committed = compute_digest(target.committed)
    return TemplateStatus("committed" if same else "other", target.path, digest, committed)


def _read_services(
    client: Client, target: Target, text: str, resources: Sequence[StackResource]
) -> Iterator[ServiceStatus]:
    by_id = {one.logical_id: one.physical_id for one in resources}
    expected = dict(find_task_definitions(parse_template(text), by_id))
    names = {logical_ids.ecs_service(one): one.name for one in target.services}
    arns = [by_id[logical_id] for logical_id in expected]
    found = {one.arn: one for one in describe_services(client, arns)}
    for logical_id, task_definition in sorted(expected.items()):
        arn = by_id[logical_id]
        service = found.get(arn)
        known = ServiceStatus(names.get(logical_id, logical_id), logical_id, arn, deleted=False)
        if not arn:
            yield replace(known, problem=UNNAMED)
        elif service is None or service.status == "INACTIVE":  # ECS shows a deleted one for a while
            yield replace(known, deleted=True, problem=GONE, console=make_url("service", arn))
        else:
            yield _describe_service(client, known, service, task_definition)


def _describe_service(
    client: Client, known: ServiceStatus, service: EcsService, task_definition: str
) -> ServiceStatus:
    primary = service.primary
    return replace(
        known,
        problem=find_service_problem(service, task_definition),
        desired=service.desired,
        running=service.running,
        pending=service.pending,
        rollout=primary.rollout if primary else "",
        rollout_reason=primary.rollout_reason if primary else "",
        failed_tasks=primary.failed_tasks if primary else 0,
        task_definition=primary.task_definition if primary else "",
        digest=read_service_digests(client, service).get(known.service, ""),
        secrets=tuple(read_mounted_secrets(client, service)),
        console=make_url("service", known.arn),
    )


def _read_alarms(
    client: Client, stack: Stack, resources: Sequence[StackResource]
) -> Iterator[AlarmStatus]:
    names = {one.physical_id: one.logical_id for one in resources if one.type == ALARM}
    names.pop("", None)  # not created yet
    ordered = sorted(names)
    states: dict[str, str] = {}
    for start in range(0, len(ordered), ALARMS_PER_CALL):
        part = ordered[start : start + ALARMS_PER_CALL]
        alarms = paginate(client, Call.DESCRIBE_ALARMS, "MetricAlarms", AlarmNames=part)
        states |= {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
    for name in ordered:
        url = make_url("alarm", stack.id, name)
        yield AlarmStatus(names[name], name, states.get(name, ""), url)
