"""``status``: what stands there, runs and rings, and whether it is what the repository says."""

from __future__ import annotations

import json
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
from bidops_cfn.deploy.state import Action, action
from bidops_cfn.deploy.target import Target
from bidops_cfn.deploy.verdict import task_definitions, wrong
from bidops_cfn.deploy.wire import paged

ALARM = "AWS::CloudWatch::Alarm"
ALARMS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; ``wrong`` when somebody should do something about it."""

    text: str
    wrong: bool = False


def status(runtime: Runtime, target: Target) -> Result:
    """Report on the stack; the exit code is 1 when something is not as it should be."""
    stack = require_stack(runtime, target)
    runtime.output.status("Looking at the stack, its services and alarms ...")
    resources = {one.logical_id: one for one in stacks.resources(runtime.wire, stack.id)}
    text = stacks.deployed_template(runtime.wire, stack.id)
    findings = [
        *of_stack(stack),
        of_template(target, text),
        *of_images(target, stack),
        *of_services(runtime, text, resources),
        *of_alarms(runtime, resources),
    ]
    runtime.output.emit(Outputs({output.key: output.value for output in stack.outputs}))
    bad = [finding for finding in findings if finding.wrong]
    return Result(
        outcome="attention" if bad else "well",
        exit_code=1 if bad else 0,
        summary=f"{stack.name}: {len(bad)} finding{'s' * (len(bad) != 1)}"
        if bad
        else f"{stack.name} is as it should be",
        details=tuple(f"{'!' if one.wrong else ' '} {one.text}" for one in findings),
        environment=target.environment.name,
        stack_id=stack.id,
        change_set_id=stack.change_set_id,
        template_sha256=template.digest(text),
    )


def of_stack(stack: Stack) -> Iterator[Finding]:
    """Yield the stack's state and protection."""
    when = f" since {stack.updated:%Y-%m-%d %H:%M} UTC" if stack.updated else ""
    steady = action(stack.status) in (Action.UPDATE, Action.WAIT)
    yield Finding(f"stack: {stack.status}{when}", wrong=not steady)
    yield Finding(f"termination protection: {'on' if stack.termination_protection else 'off'}")


def of_template(target: Target, text: str) -> Finding:
    """Return whether what is deployed is what the repository holds."""
    digest = template.digest(text)[:12]
    if target.committed is None:
        return Finding(f"template: {target.path} is missing; sha256 {digest} runs", wrong=True)
    if template.same(text, target.committed):
        return Finding(f"template: {target.path} (sha256 {digest}) is what runs")
    committed = template.digest(target.committed)[:12]
    return Finding(
        f"template: sha256 {digest} runs, {target.path} is {committed}: not deployed yet, "
        f"or changed elsewhere",
        wrong=True,
    )


def of_images(target: Target, stack: Stack) -> Iterator[Finding]:
    """Yield the image that the stack names for each service."""
    for service in target.services:
        image = stack.parameters.get(logical_ids.image(service))
        if image:
            yield Finding(f"image of {service.name}: {shown(image)}")


def of_services(
    runtime: Runtime, text: str, resources: dict[str, StackResource]
) -> Iterator[Finding]:
    """Yield how many tasks each service has and whether they are what the stack says."""
    expected = dict(task_definitions(json.loads(text), resources))
    arns = {resources[logical_id].physical_id: logical_id for logical_id in expected}
    for service in describe(runtime.wire, arns):
        logical_id = arns[service.arn]
        primary = service.primary
        runtime.output.emit(
            ServiceProgress(
                service=service.name,
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
        yield Finding(f"{logical_id}: {problem or counts}", wrong=bool(problem))


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
