"""``status``: the stack, its services and alarms, and whether they are what the repository says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, paginate
from bidops_cfn.deploy.console import make_url
from bidops_cfn.deploy.drift import detect_drift, has_drifted, read_last_drift
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.log_lines import find_log_groups
from bidops_cfn.deploy.mounted_secrets import describe_secrets, read_mounted_secrets
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.running_images import read_service_digests
from bidops_cfn.deploy.runtime import Runtime, Trouble
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    StackResource,
    choose_action,
    find_stack,
    get_template,
    is_in_progress,
    list_stack_resources,
    require_stack,
)
from bidops_cfn.deploy.state_records import (
    AlarmStatus,
    DriftStatus,
    LogGroupStatus,
    ResourceDrift,
    ServiceProgress,
    ServiceStatus,
    StackStatus,
    StatusLine,
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
    choose_restoring_step,
    find_service_problem,
    find_task_definitions,
)

WATCH_SECONDS = 10.0
ALARMS_PER_CALL = 100


UNREADABLE = DriftStatus("cannot tell", problem="the deployed template cannot be read")
# How drift is come by: detected now, or as the last detection left it.
DriftReading = Callable[[Sequence[StackResource], Json], DriftStatus]


def status(runtime: Runtime, target: Target, *, drift: bool = False) -> Result:
    """Report on the stack; the exit code is 1 when something needs attention.

    With ``drift`` its resources are compared now; otherwise the last detection counts.
    """
    stack = require_stack(runtime, target)
    runtime.output.status("Looking at the stack, its services and alarms ...")
    detect = partial(detect_drift, runtime, stack, again=target.command("status"))
    record = _read_stack_status(runtime.client, target, stack, detect if drift else None)
    for service in record.services:
        if service.arn and not service.deleted:
            counts = (service.desired, service.running, service.pending)
            rollout = (service.rollout, service.rollout_reason, service.failed_tasks)
            runtime.output.emit(ServiceProgress(service.logical_id, *counts, *rollout))
    runtime.output.emit(record)
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    return _conclude_status(target, stack, record)


def watch_status(runtime: Runtime, target: Target) -> Result:
    """Report whenever something has changed; return the last report's result at an interrupt."""
    stack = require_stack(runtime, target)
    shown: StackStatus | None = None
    result: Result | None = None
    trouble = Trouble(runtime.output, "the stack cannot be read now")
    try:
        while True:
            with trouble.told_once():
                found = find_stack(runtime.client, stack.id)
                if found is None or found.status == "DELETE_COMPLETE":
                    return _conclude_gone(target, stack)
                record = _read_stack_status(runtime.client, target, found)
                if record != shown:
                    runtime.output.emit(record)
                shown, result = record, _conclude_status(target, found, record)
            runtime.output.status("Waiting for a change; Ctrl-C ends it ...")
            runtime.clock.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        if result is None:
            raise
        return result


def _read_stack_status(
    client: Client, target: Target, stack: Stack, detect: DriftReading | None = None
) -> StackStatus:
    """Return everything that is known of the stack; raises a ``Fault`` where it cannot be read."""
    resources = list(list_stack_resources(client, stack.id))
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = "" if placeholder else get_template(client, stack.id)
    judged = _judge_template(target, text)
    template = {} if judged.verdict in ("none", "unreadable") else parse_template(text)
    read_drift = detect or partial(read_last_drift, client, stack)
    return StackStatus(
        stack=stack.name,
        stack_id=stack.id,
        status=stack.status,
        since=stack.updated,
        termination_protection=stack.termination_protection,
        template=judged,
        console=make_url("stack", stack.id),
        images={
            service.name: format_image(image)
            for service in target.services
            if (image := stack.parameters.get(logical_ids.image(service)))
        },
        services=tuple(_read_services(client, target, template, resources)),
        log_groups=tuple(
            LogGroupStatus(service, name, make_url("logs", stack.id, name))
            for service, name in find_log_groups(target, resources)
        ),
        alarms=tuple(_read_alarms(client, stack, resources)),
        drift=read_drift(resources, template) if template else UNREADABLE,
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
    client: Client, target: Target, template: Json, resources: Sequence[StackResource]
) -> Iterator[ServiceStatus]:
    by_id = {one.logical_id: one.physical_id for one in resources}
    expected = dict(find_task_definitions(template, by_id))
    names = {logical_ids.ecs_service(one): one.name for one in target.services}
    arns = [by_id[logical_id] for logical_id in expected]
    found = {one.arn: one for one in describe_services(client, arns)}
    for logical_id, task_definition in sorted(expected.items()):
        arn, name = by_id[logical_id], names.get(logical_id, logical_id)
        service = found.get(arn)
        problem = find_service_problem(arn, service, task_definition)
        url = make_url("service", arn) if arn else ""
        known = ServiceStatus(name, logical_id, arn, problem == GONE, problem, console=url)
        if service is not None and not known.deleted:
            known = _add_service(client, known, service)
        yield known


def _add_service(client: Client, known: ServiceStatus, service: EcsService) -> ServiceStatus:
    primary = service.primary
    return replace(
        known,
        desired=service.desired,
        running=service.running,
        pending=service.pending,
        rollout=primary.rollout if primary else "",
        rollout_reason=primary.rollout_reason if primary else "",
        failed_tasks=primary.failed_tasks if primary else 0,
        task_definition=primary.task_definition if primary else "",
        digest=read_service_digests(client, service).get(known.service, ""),
        secrets=tuple(read_mounted_secrets(client, service)),
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


def _conclude_gone(target: Target, stack: Stack) -> Result:
    step, name = f"See what happened: {target.command('events')}", target.environment.name
    summary = f"{stack.name} is gone"
    return Result("attention", 1, summary, next=step, environment=name, stack_id=stack.id)


def _conclude_status(target: Target, stack: Stack, record: StackStatus) -> Result:
    lines = list(_describe_status(target, record))
    bad = [line for line in lines if line.wrong]
    healthy = f"{stack.name} is {stack.status}, and nothing is wrong"
    if is_in_progress(stack.status):
        healthy = f"{stack.name} is in {stack.status}, and nothing is wrong so far"
    return Result(
        outcome="attention" if bad else "healthy",
        exit_code=1 if bad else 0,
        summary=f"{stack.name}: {len(bad)} finding{'s' * (len(bad) != 1)}" if bad else healthy,
        details=tuple(f"{'!' if one.wrong else ' '} {one.text}" for one in lines),
        next="\n".join(dict.fromkeys(one.step for one in lines if one.step)),
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=stack.change_set_id,
        template_sha256=record.template.deployed_sha256,
    )


def _describe_status(target: Target, record: StackStatus) -> Iterator[StatusLine]:
    yield from _describe_stack(target, record)
    yield from _describe_template(target, record.template)
    digests = {one.service: one.digest for one in record.services if one.arn and not one.deleted}
    for name, image in record.images.items():
        yield StatusLine(f"image of {name}: {image}{_describe_digest(image, digests.get(name))}")
    if record.template.verdict == "unreadable":
        yield StatusLine("services: not known, since the deployed template cannot be read", True)
    for service in record.services:
        yield _describe_service_line(target, service)
        yield from describe_secrets(target, service)
    yield from _describe_alarms(record.alarms)
    if record.template.verdict != "none":
        yield from _describe_drift(target, record.drift)
    for group in record.log_groups:
        yield StatusLine(f"logs of {group.service}: {group.name}")
    yield StatusLine(f"console: {record.console}")


def _describe_stack(target: Target, record: StackStatus) -> Iterator[StatusLine]:
    when = f" since {record.since:%Y-%m-%d %H:%M} UTC" if record.since else ""
    what = choose_action(record.status)
    rollback, recreate = target.command("rollback"), target.creation("--recreate")
    steps = {
        StackAction.WAIT: f"An operation runs; follow it: {target.command('watch')}",
        StackAction.ROLL_BACK: f"Bring the stack back to a stable state: {rollback}",
        StackAction.RECREATE: f"Delete what is left, create it again: {recreate}",
        StackAction.REFUSE: f"See what failed: {target.command('watch')}",
        StackAction.CREATE: "It is a placeholder for a first change set; execute its plan: "
        f"{target.command('deploy', '--plan', 'FILE')}",
    }
    wrong = what not in (StackAction.UPDATE, StackAction.WAIT)
    yield StatusLine(f"stack: {record.status}{when}", wrong, steps.get(what, ""))
    yield StatusLine(f"termination protection: {'on' if record.termination_protection else 'off'}")


def _describe_template(target: Target, found: TemplateStatus) -> Iterator[StatusLine]:
    digest, committed = found.deployed_sha256[:12], found.committed_sha256[:12]
    if found.verdict == "unreadable":
        text = f"sha256 {digest} runs, and cannot be read: {found.problem}"
        yield StatusLine(f"template: {text}", wrong=True)
    elif found.verdict == "not committed":
        text = f"{found.path} is missing; sha256 {digest} runs"
        yield StatusLine(f"template: {text}", wrong=True)
    elif found.verdict == "committed":
        yield StatusLine(f"template: {found.path} (sha256 {digest}) is what runs")
    elif found.verdict == "other":
        text = f"{found.path} is {committed}: not deployed yet, or changed elsewhere"
        step = f"See in what they differ: {target.command('diff', '--against', 'deployed')}"
        yield StatusLine(f"template: sha256 {digest} runs, {text}", True, step)


def _describe_service_line(target: Target, service: ServiceStatus) -> StatusLine:
    step = ""
    if service.deleted:
        step = choose_restoring_step(target)
    elif service.problem:
        named = () if service.service == service.logical_id else ("--service", service.service)
        step = (
            f"See what its tasks wrote: {target.command('logs', *named)}\n"
            f"See what ECS says of it: {target.command('open', 'service', *named)}"
        )
    counts = f"{service.running}/{service.desired} tasks running"
    return StatusLine(
        f"{service.logical_id}: {service.problem or counts}", bool(service.problem), step
    )


def _describe_digest(image: str, digest: str | None) -> str:
    if digest is None:
        return ""
    if not digest:
        return ", cannot tell which digest runs"
    return ", running" if image.endswith(digest) else f", running {digest}"


def _describe_alarms(alarms: tuple[AlarmStatus, ...]) -> Iterator[StatusLine]:
    for alarm in alarms:
        if alarm.state == "ALARM":
            yield StatusLine(f"alarm {alarm.name} is in ALARM", wrong=True)
        elif not alarm.state:
            text = "CloudWatch has no such alarm; deleted outside CloudFormation"
            yield StatusLine(f"alarm {alarm.name}: {text}", wrong=True)
    unsure = sum(alarm.state == "INSUFFICIENT_DATA" for alarm in alarms)
    if alarms and not any(alarm.state in ("ALARM", "") for alarm in alarms):
        more = f", {unsure} without enough data" if unsure else ""
        yield StatusLine(f"alarms: none of {len(alarms)} in ALARM{more}")


def _describe_drift(target: Target, found: DriftStatus) -> Iterator[StatusLine]:
    detect = f"Compare its resources now: {target.command('status', '--drift')}"
    when = f", detected {found.detected:%Y-%m-%d %H:%M} UTC" if found.detected else ""
    if found.outdated:
        when += ", before the last update of the stack"
    left = found.total - found.checked
    of = f"{found.checked} resource{'s' * (found.checked != 1)}"
    of += (f" ({left} not compared)" if left else "") + when
    if found.verdict == "never detected":
        yield StatusLine("drift: not known, it was never detected (status --drift does)")
    elif found.verdict == "cannot tell":
        why = found.problem or "CloudFormation compared no resource"
        yield StatusLine(f"drift: cannot tell, {why}{when}", True, found.hint)
    elif found.verdict == "drifted":
        step = detect if found.outdated else f"See it reverted: {target.command('plan', '--drift')}"
        count = sum(map(has_drifted, found.resources))
        yield StatusLine(f"drift: {count} of {of}", not found.outdated, step)
    else:
        yield StatusLine(f"drift: none of {of}")
    if found.problem and found.verdict == "drifted":
        yield StatusLine(f"drift: the rest cannot be told, {found.problem}", True, found.hint)
    for one in found.resources:
        yield from _describe_resource_drift(one, wrong=not found.outdated)
    others = [one for one in found.resources if one.status in ("NOT_CHECKED", "UNSUPPORTED")]
    if others:
        names = ", ".join(one.logical_id for one in others)
        yield StatusLine(f"drift: not known of {names}, which were not compared")


def _describe_resource_drift(one: ResourceDrift, *, wrong: bool) -> Iterator[StatusLine]:
    name = one.logical_id
    if one.status == "DELETED":
        yield StatusLine(f"drift: {name} was deleted outside CloudFormation", wrong)
    elif one.status == "UNKNOWN":
        why = one.reason or "CloudFormation gives no reason"
        yield StatusLine(f"drift: {name} could not be compared: {why}", wrong)
    elif one.status == "MODIFIED" and not one.properties:
        yield StatusLine(f"drift: {name} was modified; CloudFormation does not say in what", wrong)
    for each in one.properties:
        live = {"REMOVE": "removed", "ADD": f"added: {each.actual}"}.get(
            each.difference, f"is {each.actual}"
        )
        was = "" if each.difference == "ADD" else f", deployed was {each.expected}"
        own = "; scaling's own, no drift" if each.scaling else ""
        yield StatusLine(f"drift: {name} {each.path} {live}{was}{own}", wrong and not each.scaling)
