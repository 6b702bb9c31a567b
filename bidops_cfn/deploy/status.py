"""``status``: what stands there, runs and rings, and whether it is what the repository says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn import logical_ids
from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy import template
from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.images import shown
from bidops_cfn.deploy.records import Outputs, Result, ServiceProgress
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.services import describe
from bidops_cfn.deploy.stack import Stack, StackResource
from bidops_cfn.deploy.standing import require_stack
from bidops_cfn.deploy.state import Action, action, in_progress
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import task_definitions, wrong
from bidops_cfn.deploy.wire import paged

ALARM = "AWS::CloudWatch::Alarm"
ALARMS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``wrong`` when somebody should do something about it: ``step``."""

    text: str
    wrong: bool = False
    step: str = ""


def status(runtime: Runtime, target: Target) -> Result:
    """Report on the stack; the exit code is 1 when something is not as it should be."""
    stack = require_stack(runtime, target)
    runtime.output.status("Looking at the stack, its services and alarms ...")
    resources = {one.logical_id: one for one in stacks.resources(runtime.wire, stack.id)}
    placeholder = stack.status == "REVIEW_IN_PROGRESS"  # it has no template
    text = "" if placeholder else stacks.deployed_template(runtime.wire, stack.id)
    findings = [
        *of_stack(target, stack),
        *of_template(target, text),
        *of_images(target, stack),
        *of_services(runtime, target, text, resources),
        *of_alarms(runtime, resources),
    ]
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    bad = [finding for finding in findings if finding.wrong]
    well = "is as it should be"
    if in_progress(stack.status):
        well = "is being worked on, and nothing is wrong so far"
    return Result(
        outcome="attention" if bad else "well",
        exit_code=1 if bad else 0,
        summary=f"{stack.name}: {len(bad)} finding{'s' * (len(bad) != 1)}"
        if bad
        else f"{stack.name} {well}",
        details=tuple(f"{'!' if one.wrong else ' '} {one.text}" for one in findings),
        next="\n".join(dict.fromkeys(one.step for one in findings if one.step)),
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=stack.change_set_id,
        template_sha256=template.digest(text) if text else "",
    )


def of_stack(target: Target, stack: Stack) -> Iterator[Finding]:
    """Yield the stack's state and protection."""
    when = f" since {stack.updated:%Y-%m-%d %H:%M} UTC" if stack.updated else ""
    what = action(stack.status)
    steps = {
        Action.WAIT: f"An operation runs; follow it: {target.command('watch')}",
        Action.ROLL_BACK: f"Bring the stack back to a stable state: {target.command('rollback')}",
        Action.RECREATE: f"Delete what is left, create it anew: {target.creation('--recreate')}",
        Action.REFUSE: f"See what failed: {target.command('watch')}",
        Action.CREATE: "It is a placeholder for a first change set; execute its plan: "
        f"{target.command('deploy', '--plan', 'FILE')}",
    }
    yield Finding(
        f"stack: {stack.status}{when}",
        wrong=what not in (Action.UPDATE, Action.WAIT),
        step=steps.get(what, ""),
    )
    yield Finding(f"termination protection: {'on' if stack.termination_protection else 'off'}")


def of_template(target: Target, text: str) -> Iterator[Finding]:
    """Return whether what is deployed is what the repository holds."""
    if not text:
        return
    digest = template.digest(text)[:12]
    if target.committed is None:
        yield Finding(f"template: {target.path} is missing; sha256 {digest} runs", wrong=True)
    elif template.same(text, target.committed):
        yield Finding(f"template: {target.path} (sha256 {digest}) is what runs")
    else:
        committed = template.digest(target.committed)[:12]
        yield Finding(
            f"template: sha256 {digest} runs, {target.path} is {committed}: not deployed yet, "
            f"or changed elsewhere",
            wrong=True,
            step=f"See in what they differ: {target.command('diff', '--against', 'deployed')}",
        )


def of_images(target: Target, stack: Stack) -> Iterator[Finding]:
    """Yield the image that the stack names for each service."""
    for service in target.services:
        image = stack.parameters.get(logical_ids.image(service))
        if image:
            yield Finding(f"image of {service.name}: {shown(image)}")


def of_services(
    runtime: Runtime, target: Target, text: str, resources: dict[str, StackResource]
) -> Iterator[Finding]:
    """Yield how many tasks each service has and whether they are what the stack says."""
    expected = dict(task_definitions(template.parsed(text), resources))
    arns = {resources[logical_id].physical_id: logical_id for logical_id in expected}
    for service in describe(runtime.wire, arns):
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
        problem = wrong(service, expected[logical_id])
        counts = f"{service.running} of {service.desired} tasks run"
        yield Finding(
            f"{logical_id}: {problem or counts}",
            wrong=bool(problem),
            step=problem and f"See how its last deployment went: {target.command('watch')}",
        )


def of_alarms(runtime: Runtime, resources: dict[str, StackResource]) -> Iterator[Finding]:
    """Yield the stack's alarms that ring, or that none does."""
    names = sorted(one.physical_id for one in resources.values() if one.type == ALARM)
    ringing = []
    for start in range(0, len(names), ALARMS_PER_CALL):
        part = names[start : start + ALARMS_PER_CALL]
        alarms = paged(runtime.wire, Call.DESCRIBE_ALARMS, "MetricAlarms", AlarmNames=part)
        ringing += [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    if names and not ringing:
        yield Finding(f"alarms: none of {len(names)} rings")
    for name in ringing:
        yield Finding(f"alarm rings: {name}", wrong=True)
