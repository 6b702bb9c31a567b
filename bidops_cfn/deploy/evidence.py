"""Why tasks fail, collected while it happens: a rollback removes the tasks that could tell.

Only tasks of this operation's deployments count; another service of the cluster may fail for
reasons of its own. Nothing here may end an operation: what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.ecs_services import EcsService, describe_services
from bidops_cfn.deploy.faults import ExpiredCredentials, Fault
from bidops_cfn.deploy.records import Event, ServiceProgress, StoppedTask
from bidops_cfn.deploy.stack import list_stack_resources
from bidops_cfn.deploy.template import SERVICE

TASKS_PER_CALL = 100
TASKS_KEPT = 5  # per service: the sixth crash says nothing new
LOG_LINES = 12
HEALTHY = ("healthy", "draining", "initial", "unused")


@dataclass(slots=True)
class Evidence:
    """What is known of the services of a running operation.

    ``baseline`` holds the deployments that existed before it; ``active`` the services that it works
    on now, by ARN.
    """

    baseline: frozenset[str] = frozenset()
    active: set[str] = field(default_factory=set)
    progress: dict[str, ServiceProgress] = field(default_factory=dict)
    stopped: dict[str, list[StoppedTask]] = field(default_factory=dict)
    rollouts: dict[str, str] = field(default_factory=dict)
    unhealthy: dict[str, tuple[str, ...]] = field(default_factory=dict)
    readable: bool = True
    names: dict[str, str] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)
    _finishing: set[str] = field(default_factory=set)

    def note_event(self, event: Event) -> None:
        """Learn from a stack event which services are being worked on."""
        if event.resource_type != SERVICE or "/" not in event.physical_id:
            return
        self.names[event.physical_id] = event.logical_id
        if event.status.endswith("_IN_PROGRESS"):
            self.active.add(event.physical_id)
            self._finishing.discard(event.physical_id)
        else:
            self._finishing.add(event.physical_id)  # read once more

    def read_progress(self, client: Client) -> Iterator[ServiceProgress]:
        """Yield what changed in the services being worked on."""
        if not self.active:
            return
        for service in describe_services(client, sorted(self.active)):
            progress = self.examine_service(
                client, service, self.names.get(service.arn, service.name)
            )
            if progress != self.progress.get(progress.service):
                self.progress[progress.service] = progress
                yield progress
        self.active -= self._finishing
        self._finishing.clear()

    def examine_service(self, client: Client, service: EcsService, name: str) -> ServiceProgress:
        """Return a service's progress, with the tasks of this operation that failed meanwhile.

        ``name`` is its logical id: ECS's own name means nothing to people.
        """
        ours = [one for one in service.deployments if one.id not in self.baseline]
        failed = [one for one in ours if one.rollout == "FAILED"]
        current = next(iter((*failed, *ours)), service.primary)
        for one in failed:
            self.rollouts[name] = one.rollout_reason
        stopped: tuple[StoppedTask, ...] = ()
        if service.running < service.desired or failed:
            known = len(self.stopped.setdefault(name, []))
            tasks = self.read_stopped_tasks(client, service, {one.id for one in ours})
            stopped = tuple(islice(tasks, TASKS_KEPT - known))
            self.stopped[name].extend(stopped)
            self.unhealthy[name] = tuple(read_unhealthy_targets(client, service))
        return ServiceProgress(
            service=name,
            desired=service.desired,
            running=current.running if current else service.running,
            pending=service.pending,
            rollout=current.rollout if current else "",
            rollout_reason=current.rollout_reason if current else "",
            failed_tasks=max((one.failed_tasks for one in ours), default=0),
            stopped=stopped,
            unhealthy=self.unhealthy.get(name, ()),
        )

    def read_stopped_tasks(
        self, client: Client, service: EcsService, deployments: set[str]
    ) -> Iterator[StoppedTask]:
        """Yield tasks of ``deployments`` that ended against the service's will, each once."""
        try:
            listed = client(
                Call.LIST_TASKS,
                cluster=service.cluster,
                serviceName=service.name,
                desiredStatus="STOPPED",
            )["taskArns"]
            new = [arn for arn in listed if arn not in self._known][:TASKS_PER_CALL]
            if not new:
                return
            tasks = client(Call.DESCRIBE_TASKS, cluster=service.cluster, tasks=new)["tasks"]
        except ExpiredCredentials:
            raise
        except Fault:
            return
        for task in tasks:
            if task.get("lastStatus") != "STOPPED":
                continue
            self._known.add(task["taskArn"])
            if task.get("startedBy") in deployments and is_failed_task(task):
                yield StoppedTask(
                    task=task["taskArn"].rpartition("/")[2],
                    stop_code=task.get("stopCode", ""),
                    reason=task.get("stoppedReason", ""),
                    containers=tuple(describe_containers(task)),
                    log=tuple(read_log_lines(client, task)),
                )


def list_deployment_ids(client: Client, stack_id: str) -> frozenset[str]:
    """Return the ids of the deployments that the stack's services have now."""
    arns = [
        one.physical_id for one in list_stack_resources(client, stack_id) if one.type == SERVICE
    ]
    found = describe_services(client, [arn for arn in arns if "/" in arn])
    return frozenset(one.id for service in found for one in service.deployments)


def is_failed_task(task: Json) -> bool:
    """Tell whether a stopped task failed; one that ECS stopped to scale in or replace did not."""
    if task.get("stopCode") == "ServiceSchedulerInitiated":
        return "health" in task.get("stoppedReason", "").lower()
    return task.get("stopCode") not in ("UserInitiated", None)


def describe_containers(task: Json) -> Iterator[str]:
    """Yield ``bff exited with 137: OutOfMemoryError`` for each container that has either."""
    for container in task.get("containers", ()):
        code, reason = container.get("exitCode"), container.get("reason", "")
        if code is not None or reason:
            text = f"exited with {code}" if code is not None else "did not start"
            yield f"{container['name']} {text}" + (f": {reason}" if reason else "")


def read_log_lines(client: Client, task: Json) -> Iterator[str]:
    """Yield the last log lines of a task's containers, where they log to CloudWatch."""
    task_id = task["taskArn"].rpartition("/")[2]
    try:
        definition = client(Call.DESCRIBE_TASK_DEFINITION, taskDefinition=task["taskDefinitionArn"])
        for container in definition["taskDefinition"]["containerDefinitions"]:
            logging = container.get("logConfiguration", {})
            options = logging.get("options", {})
            if logging.get("logDriver") != "awslogs" or "awslogs-group" not in options:
                continue
            prefix = options.get("awslogs-stream-prefix", "")
            answer = client(
                Call.GET_LOG_EVENTS,
                logGroupName=options["awslogs-group"],
                logStreamName=f"{prefix}/{container['name']}/{task_id}",
                limit=LOG_LINES,
                startFromHead=False,
            )
            yield from (event["message"].rstrip() for event in answer["events"])
    except ExpiredCredentials:
        raise
    except Fault:
        return


def read_unhealthy_targets(client: Client, service: EcsService) -> Iterator[str]:
    """Yield ``10.0.11.7:3000 unhealthy: Health checks failed with these codes: [502]``."""
    for group in service.target_groups:
        try:
            answer = client(Call.DESCRIBE_TARGET_HEALTH, TargetGroupArn=group)
        except ExpiredCredentials:
            raise
        except Fault:
            continue
        for one in answer["TargetHealthDescriptions"]:
            health = one.get("TargetHealth", {})
            if health.get("State") not in HEALTHY:
                target = one["Target"]
                yield (
                    f"{target['Id']}:{target.get('Port', '')} {health.get('State')}: "
                    f"{health.get('Description') or health.get('Reason', '')}"
                )
