"""What is known of one service in an operation: its causes of failure, and how they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bidops_cfn.deploy.ecs_services import STOPPABLE, EcsDeployment, EcsService, ServiceDeployment
from bidops_cfn.deploy.state_records import ServiceProgress, StoppedTask
from bidops_cfn.deploy.tasks import StoppedTasks

CAUSES_SHOWN = 5  # per service, the first ones
NAMES = re.compile(r"\((?:task|instance|deployment|taskSet)[^)]*\)|[0-9a-f]{32}|\d+\.\d+\.\d+\.\d+")


@dataclass(slots=True)
class Cause:
    """What made tasks fail: the first one that did, or ECS's message, and how often it was seen."""

    first: StoppedTask | str
    count: int = 1


@dataclass(slots=True)
class ServiceEvidence:
    """What is known of one service; ``causes`` are in the order in which they were seen.

    ``seen`` are the ids of the operation's deployments, also of those that ECS has taken away;
    ``failed`` says that CloudFormation gave up on the service.
    """

    name: str
    failed: bool = False
    seen: set[str] = field(default_factory=set)
    rollout: str = ""
    causes: dict[str, Cause] = field(default_factory=dict)
    deployment: ServiceDeployment | None = None
    digests: tuple[str, ...] = ()
    unhealthy: tuple[str, ...] = ()
    progress: ServiceProgress | None = None
    last: EcsService | None = None
    tasks: StoppedTasks = field(default_factory=StoppedTasks)
    events: set[str] = field(default_factory=set)

    def add(self, key: str, cause: StoppedTask | str) -> bool:
        """Count a cause; tell whether it is new."""
        if key in self.causes:
            self.causes[key].count += 1
            return False
        self.causes[key] = Cause(cause)
        return True


def has_failed(service: EcsService, ours: list[EcsDeployment], known: ServiceEvidence) -> bool:
    """Tell whether tasks of the operation's deployments have failed, or ECS took one away."""
    gone = known.seen - {one.id for one in service.deployments}
    failed = any(one.failed_tasks or one.rollout == "FAILED" for one in ours)
    return known.failed or bool(gone) or failed


def name_failure(task: StoppedTask) -> str:
    """Return a text that is the same for tasks that failed in the same way."""
    return NAMES.sub("", "\n".join((task.stop_code, task.reason, *task.containers)))


def describe_service(known: ServiceEvidence) -> Iterator[str]:
    """Yield what was seen of one service that failed; nothing of one that did not."""
    name, deployment = known.name, known.deployment
    if known.rollout:
        yield f"{name}: {known.rollout}"
    for cause in list(known.causes.values())[:CAUSES_SHOWN]:
        yield from _describe_cause(name, cause)
    if len(known.causes) > CAUSES_SHOWN:
        yield f"{name}: and {len(known.causes) - CAUSES_SHOWN} other causes after these"
    for target in known.unhealthy:
        yield f"{name}: target {target}"
    if deployment is not None and (deployment.failures or deployment.alarms):
        yield f"{name}: {_describe_service_deployment_end(deployment)}"
        ends = {"SUCCESSFUL": "that succeeded", **dict.fromkeys(STOPPABLE, "in progress")}
        end = "that failed" if known.failed else ends.get(deployment.status, "that failed")
        yield from (f"{name}: {one} in the deployment {end}" for one in known.digests)


def _describe_service_deployment_end(deployment: ServiceDeployment) -> str:
    parts = [f"service deployment {deployment.status}"]
    if deployment.stage:
        parts[0] += f" in stage {deployment.stage}"
    if deployment.threshold:
        parts.append(f"{deployment.failures} of {deployment.threshold} allowed failures")
    if deployment.alarms:
        parts.append(f"alarms in ALARM: {', '.join(deployment.alarms)}")
    text = ", ".join(parts)
    return f"{text}: {deployment.reason}" if deployment.reason else text


def _describe_cause(service: str, cause: Cause) -> Iterator[str]:
    task = cause.first
    if isinstance(task, str):
        yield f"{service}: {task}" + (f" ({cause.count} times)" if cause.count > 1 else "")
        return
    code = f" [{task.stop_code}]" if task.stop_code else ""
    also = f" ({cause.count} tasks)" if cause.count > 1 else ""
    yield f"{service}: task {task.task[:8]} stopped{code}: {task.reason}{also}"
    yield from (f"    {container}" for container in task.containers)
    yield from (f"    log: {line}" for line in task.log)
