"""``status``: the stack, its services and alarms, and whether they are what the repository says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn import logical_ids
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import paginate
from bidops_cfn.deploy.ecs_services import describe_services
from bidops_cfn.deploy.records import Outputs, Result, ServiceProgress
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.stack import (
    Stack,
    StackAction,
    StackResource,
    choose_action,
    get_template,
    is_in_progress,
    list_stack_resources,
    require_stack,
)
from bidops_cfn.deploy.target import Target, format_image
from bidops_cfn.deploy.template import (
    TemplateUnreadable,
    compute_digest,
    is_same_template,
    parse_template,
)
from bidops_cfn.deploy.verdict import GONE, find_service_problem, find_task_definitions

ALARM = "AWS::CloudWatch::Alarm"
ALARMS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class StatusLine:
    """One line of the report; ``wrong`` when something should be done about it: ``step``."""

    text: str
    wrong: bool = False
    step: str = ""


def status(runtime: Runtime, target: Target) -> Result:
    """Report on the stack; the exit code is 1 when something needs attention."""
    stack = require_stack(runtime, target)
    runtime.output.status("Looking at the stack, its services and alarms ...")
    resources = {one.logical_id: one for one in list_stack_resources(runtime.client, stack.id)}
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = "" if placeholder else get_template(runtime.client, stack.id)
    lines = [
        *report_stack(target, stack),
        *report_template(target, text),
        *report_images(target, stack),
        *report_services(runtime, target, text, resources),
        *report_alarms(runtime, resources),
    ]
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
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
        template_sha256=compute_digest(text) if text else "",
    )


def report_stack(target: Target, stack: Stack) -> Iterator[StatusLine]:
    """Yield the stack's state and protection."""
    when = f" since {stack.updated:%Y-%m-%d %H:%M} UTC" if stack.updated else ""
    what = choose_action(stack.status)
    rollback, recreate = target.command("rollback"), target.creation("--recreate")
    steps = {
        StackAction.WAIT: f"An operation runs; follow it: {target.command('watch')}",
        StackAction.ROLL_BACK: f"Bring the stack back to a stable state: {rollback}",
        StackAction.RECREATE: f"Delete what is left, create it anew: {recreate}",
        StackAction.REFUSE: f"See what failed: {target.command('watch')}",
        StackAction.CREATE: "It is a placeholder for a first change set; execute its plan: "
        f"{target.command('deploy', '--plan', 'FILE')}",
    }
    yield StatusLine(
        f"stack: {stack.status}{when}",
        wrong=what not in (StackAction.UPDATE, StackAction.WAIT),
        step=steps.get(what, ""),
    )
    yield StatusLine(f"termination protection: {'on' if stack.termination_protection else 'off'}")


def report_template(target: Target, text: str) -> Iterator[StatusLine]:
    """Return whether what is deployed is what the repository holds."""
    if not text:
        return
    digest = compute_digest(text)[:12]
    try:
        parse_template(text)
    except TemplateUnreadable as problem:
        yield StatusLine(
            f"template: sha256 {digest} runs, and cannot be read: {problem}", wrong=True
        )
        return
    if target.committed is None:
        yield StatusLine(f"template: {target.path} is missing; sha256 {digest} runs", wrong=True)
    elif is_same_template(text, target.committed):
        yield StatusLine(f"template: {target.path} (sha256 {digest}) is what runs")
    else:
        committed = compute_digest(target.committed)[:12]
        yield StatusLine(
            f"template: sha256 {digest} runs, {target.path} is {committed}: not deployed yet, "
            f"or changed elsewhere",
            wrong=True,
            step=f"See in what they differ: {target.command('diff', '--against', 'deployed')}",
        )


def report_images(target: Target, stack: Stack) -> Iterator[StatusLine]:
    """Yield the image that the stack names for each service."""
    for service in target.services:
        image = stack.parameters.get(logical_ids.image(service))
        if image:
            yield StatusLine(f"image of {service.name}: {format_image(image)}")


def report_services(
    runtime: Runtime, target: Target, text: str, resources: dict[str, StackResource]
) -> Iterator[StatusLine]:
    """Yield how many tasks each service has and whether they are what the stack says."""
    try:
        expected = dict(find_task_definitions(parse_template(text), resources))
    except TemplateUnreadable:
        yield StatusLine("services: not known, since the deployed template cannot be read", True)
        return
    arns = {resources[logical_id].physical_id: logical_id for logical_id in expected}
    services = list(describe_services(runtime.client, arns))
    for logical_id in sorted(arns[arn] for arn in set(arns) - {one.arn for one in services}):
        yield StatusLine(
            f"{logical_id}: {GONE}",
            wrong=True,
            step=f"Delete the stack and create it again: {target.command('destroy')}",
        )
    for service in services:
        logical_id = arns[service.arn]
        primary = service.primary
        runtime.output.emit(
            ServiceProgress(
                service=logical_id,
                desired=service.desired,
                running=service.running,
                pending=service.pending,
                rollout=primary.rollout if primary else "",
                rollout_reason=primary.rollout_reason if primary else "",
                failed_tasks=primary.failed_tasks if primary else 0,
            )
        )
        problem = find_service_problem(service, expected[logical_id])
        counts = f"{service.running}/{service.desired} tasks running"
        yield StatusLine(
            f"{logical_id}: {problem or counts}",
            wrong=bool(problem),
            step=problem and f"See how its last deployment went: {target.command('watch')}",
        )


def report_alarms(runtime: Runtime, resources: dict[str, StackResource]) -> Iterator[StatusLine]:
    """Yield the stack's alarms that are in alarm, or that none is."""
    names = sorted(one.physical_id for one in resources.values() if one.type == ALARM)
    alarming = []
    for start in range(0, len(names), ALARMS_PER_CALL):
        part = names[start : start + ALARMS_PER_CALL]
        alarms = paginate(runtime.client, Call.DESCRIBE_ALARMS, "MetricAlarms", AlarmNames=part)
        alarming += [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    if names and not alarming:
        yield StatusLine(f"alarms: none of {len(names)} in ALARM")
    for name in alarming:
        yield StatusLine(f"alarm {name} is in ALARM", wrong=True)
