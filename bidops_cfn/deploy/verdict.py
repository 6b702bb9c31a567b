"""Whether a complete stack really runs: CloudFormation may say yes where ECS went back.

Each service's primary deployment is completed, runs the task definition that the stack holds, and
has all its tasks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from bidops_cfn.deploy import stack as stacks
from bidops_cfn.deploy.faults import Fault
from bidops_cfn.deploy.runtime import Runtime
from bidops_cfn.deploy.services import Service, describe
from bidops_cfn.deploy.stack import StackResource
from bidops_cfn.deploy.template import SERVICE, Json, references, resources

PATIENCE_SECONDS = 60.0  # ECS may be a few reads behind CloudFormation
POLL_SECONDS = 3.0


def problems(runtime: Runtime, stack_id: str, template: str) -> tuple[str, ...]:
    """Return what is wrong with the stack's services, once it stays wrong; empty when all run."""
    deadline = runtime.clock.monotonic() + PATIENCE_SECONDS
    by_id = {one.logical_id: one for one in stacks.resources(runtime.wire, stack_id)}
    expected = dict(task_definitions(json.loads(template), by_id))
    if not expected:
        return ()
    runtime.output.status("Asking ECS whether the services run what was deployed ...")
    while True:
        found = tuple(judged(runtime, by_id, expected))
        if not found or runtime.clock.monotonic() >= deadline:
            return found
        runtime.clock.sleep(POLL_SECONDS)


def judged(
    runtime: Runtime, by_id: dict[str, StackResource], expected: dict[str, str]
) -> Iterator[str]:
    """Yield what is wrong with each service of ``expected`` (logical id → task definition) now."""
    arns = {by_id[logical_id].physical_id: logical_id for logical_id in expected}
    try:
        services = {service.arn: service for service in describe(runtime.wire, arns)}
    except Fault as fault:
        yield f"the services could not be asked for: {fault}"
        return
    for arn, logical_id in arns.items():
        if arn not in services:
            yield f"{logical_id}: ECS does not know the service"
        else:
            problem = wrong(services[arn], expected[logical_id])
            if problem:
                yield f"{logical_id}: {problem}"


def wrong(service: Service, task_definition: str) -> str:
    """Return why a service does not run ``task_definition`` in full; empty if it does."""
    primary = service.primary
    if service.status != "ACTIVE":
        return f"the service is {service.status}"
    if primary is None:
        return "it has no primary deployment"
    if primary.task_definition != task_definition:
        running = primary.task_definition.rpartition("/")[2]
        return f"ECS went back to {running}; the stack says {task_definition.rpartition('/')[2]}"
    if primary.rollout != "COMPLETED":
        reason = f": {primary.rollout_reason}" if primary.rollout_reason else ""
        return f"its rollout is {primary.rollout or 'unknown'}{reason}"
    if service.running < service.desired:
        return f"{service.running} of {service.desired} tasks run"
    return ""


def task_definitions(template: Json, by_id: dict[str, StackResource]) -> Iterator[tuple[str, str]]:
    """Yield each ECS service's logical id with the ARN of the task definition it refers to."""
    for logical_id, resource in resources(template).items():
        if resource.get("Type") != SERVICE or logical_id not in by_id:
            continue
        for name in references(resource.get("Properties", {}).get("TaskDefinition")):
            if name in by_id:
                yield logical_id, by_id[name].physical_id
