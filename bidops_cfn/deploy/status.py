"""``status``: the stack, its services and alarms, and whether they are what the repository says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.deploy.drift import detect_drift, has_drifted
from bidops_cfn.deploy.mounted_secrets import describe_secrets
from bidops_cfn.deploy.records import Outputs, Result
from bidops_cfn.deploy.runtime import Runtime, Trouble
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    StackResource,
    choose_action,
    find_stack,
    is_in_progress,
    require_stack,
)
from bidops_cfn.deploy.state_records import (
    AlarmStatus,
    DriftStatus,
    ResourceDrift,
    ServiceProgress,
    ServiceStatus,
    StackStatus,
    StatusLine,
    TemplateStatus,
)
from bidops_cfn.deploy.status_reading import read_stack_status
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.template import Json
from bidops_cfn.deploy.verdict import choose_restoring_step

WATCH_SECONDS = 10.0


def status(runtime: Runtime, target: Target, *, drift: bool = False) -> Result:
    """Report on the stack; the exit code is 1 when something needs attention.

    With ``drift`` its resources are compared now; otherwise the last detection counts.
    """
    stack = require_stack(runtime, target)
    runtime.output.status("Looking at the stack, its services and alarms ...")

    def detect(resources: Sequence[StackResource], template: Json) -> DriftStatus:
        return detect_drift(runtime, stack, resources, template, target.command("status"))

    record = read_stack_status(runtime.client, target, stack, detect if drift else None)
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
    trouble = Trouble(runtime.output, "the stack cannot be read now")
    result = _conclude_gone(target, stack)
    try:
        while True:
            with trouble.told_once():
                found = find_stack(runtime.client, stack.id)
                if found is None or found.status == "DELETE_COMPLETE":
                    return _conclude_gone(target, stack)
                record = read_stack_status(runtime.client, target, found)
                if record != shown:
                    runtime.output.emit(record)
                shown, result = record, _conclude_status(target, found, record)
            runtime.output.status("Waiting for a change; Ctrl-C ends it ...")
            runtime.clock.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        if shown is None:
            raise
        return result


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
