"""Why services fail, collected while it happens: a rollback removes what could tell.

What counts is the deployment that the operation began, not the service: during an update the old
tasks keep the service's running count at its desired one while every new task dies. What cannot be
read is left out: nothing here may end an operation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.ecs_services import (
    STOPPABLE,
    EcsService,
    ServiceDeployment,
    describe_service_deployment,
    describe_services,
    find_service_deployment,
    read_image_digests,
)
from bidops_cfn.deploy.faults import UNANSWERED, AccessDenied, Unsupported
from bidops_cfn.deploy.records import Event
from bidops_cfn.deploy.stack import list_service_arns
from bidops_cfn.deploy.state_records import ServiceProgress, StoppedTask
from bidops_cfn.deploy.tasks import StoppedTasks
from bidops_cfn.deploy.template import SERVICE

HEALTHY = ("healthy", "draining", "initial", "unused")

# Messages of ECS that say that all goes its way; any other message is shown.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
ROUTINE = re.compile(
    r"has reached a steady state|has started \d+ tasks|has stopped \d+ (running|pending) tasks"
    r"|registered \d+ targets|registered \d+ instances|has begun draining connections"
    r"|deployment completed|rolling back to deployment|updated computedDesiredCount"
)
SUBJECT = re.compile(r"^\(?service [^ )]+\)? ?")
DEPLOYMENT = re.compile(r"ecs-svc/\d+")
CLOCKS_APART = timedelta(seconds=5)  # of CloudFormation and ECS, which also cuts its times

CAUSES_SHOWN = 5  # per service, the first ones
NAMES = re.compile(r"\((?:task|instance|deployment|taskSet)[^)]*\)|[0-9a-f]{32}|\d+\.\d+\.\d+\.\d+")


@dataclass(slots=True)
class ServiceEvidence:
    """What is known of one service; ``causes`` are in the order in which they were seen.

    Each is the first task that failed so, or ECS's message; ``counts`` is how often it was seen.
    ``seen`` are the ids of the operation's deployments, also of those that ECS has taken away;
    ``failed`` says that CloudFormation gave up on the service.
    """

    name: str
    failed: bool = False
    seen: set[str] = field(default_factory=set)
    rollout: str = ""
    causes: dict[str, StoppedTask | str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    deployment: ServiceDeployment | None = None
    digests: tuple[str, ...] | None = None  # not read yet
    unhealthy: tuple[str, ...] = ()
    progress: ServiceProgress | None = None
    last: EcsService | None = None
    tasks: StoppedTasks = field(default_factory=StoppedTasks)
    events: set[str] = field(default_factory=set)

    def add(self, key: str, cause: StoppedTask | str) -> bool:
        """Count a cause; tell whether it is new."""
        self.counts[key] += 1
        self.causes.setdefault(key, cause)
        return self.counts[key] == 1


@dataclass(slots=True)
class Evidence:
    """What is known of the services of a running operation.

    ``baseline`` holds the deployments that existed before it; where ``joined``, those are not known
    and told by their time. ``since`` is the time of the operation's first event, ``active`` are the
    services that it works on now, by ARN.
    """

    baseline: set[str] = field(default_factory=set)
    joined: bool = False
    since: datetime | None = None
    active: set[str] = field(default_factory=set)
    services: dict[str, ServiceEvidence] = field(default_factory=dict)
    readable: bool = True
    _finishing: set[str] = field(default_factory=set)
    _has_service_deployments: bool = True

    @property
    def is_failing(self) -> bool:
        """Whether a service that is in progress has shown why it fails."""
        return any(self.services[arn].causes for arn in self.active)

    def note_event(self, event: Event) -> None:
        """Learn from a stack event which services are in progress, and since when."""
        self.since = self.since or event.time
        if event.resource_type != SERVICE or "/" not in event.physical_id:
            return
        self.services.setdefault(event.physical_id, ServiceEvidence(event.logical_id))
        if event.status.endswith("_IN_PROGRESS"):
            self.active.add(event.physical_id)
            self._finishing.discard(event.physical_id)
        else:
            self._finishing.add(event.physical_id)  # read once more
        self.services[event.physical_id].failed |= event.status.endswith("_FAILED")

    def read_progress(self, client: Client) -> Iterator[ServiceProgress]:
        """Yield what changed in the services in progress."""
        if not self.active:
            return
        for service in describe_services(client, sorted(self.active)):
            known = self.services[service.arn]
            known.last = service
            progress = self._examine(client, service, known)
            settled = replace(progress, stopped=(), events=())
            if settled != known.progress or progress.stopped or progress.events:
                known.progress = settled
                yield progress
        self.active -= self._finishing
        self._finishing.clear()

    def _examine(
        self, client: Client, service: EcsService, known: ServiceEvidence
    ) -> ServiceProgress:
        ours = [one for one in service.deployments if self._owns(one.id, one.created)]
        known.seen |= {one.id for one in ours}
        failed = [one for one in ours if one.rollout == "FAILED"]
        known.rollout = next((one.rollout_reason for one in failed), known.rollout)
        current = next(iter((*failed, *ours)), service.primary)
        events = tuple(self._read_events(service, known))
        stopped: tuple[StoppedTask, ...] = ()
        gone = known.seen - {one.id for one in service.deployments}
        failing = known.failed or bool(gone or failed) or any(one.failed_tasks for one in ours)
        missing = any(one.running < one.desired for one in ours)
        if failing or missing or service.running < service.desired:
            stopped = tuple(self._read_stopped(client, service, known))
        if failing or known.causes:
            self._read_service_deployment(client, service, known)
            known.unhealthy = tuple(_read_unhealthy_targets(client, service))
        deployment = known.deployment
        return ServiceProgress(
            service=known.name,
            desired=service.desired,
            running=current.running if current else service.running,
            pending=service.pending,
            rollout=current.rollout if current else "",
            rollout_reason=current.rollout_reason if current else "",
            failed_tasks=max((one.failed_tasks for one in ours), default=0),
            stopped=stopped,
            unhealthy=known.unhealthy,
            events=events,
            stage=deployment.stage if deployment else "",
            failures_allowed=deployment.threshold if deployment else 0,
            alarms=deployment.alarms if deployment else (),
            digests=known.digests or (),
        )

    def _owns(self, deployment: str, created: datetime | None) -> bool:
        """Tell whether the operation began a deployment; one that is older joins the baseline."""
        if self.joined and created is not None and not self._is_later(created):
            self.baseline.add(deployment)
        return deployment not in self.baseline

    def _is_later(self, moment: datetime) -> bool:
        return self.since is not None and moment >= self.since - CLOCKS_APART

    def _read_events(self, service: EcsService, known: ServiceEvidence) -> Iterator[str]:
        for event in service.events:
            if event["id"] not in known.events and self._concerns(event):
                known.events.add(event["id"])
                message = SUBJECT.sub("", event["message"])
                if known.add(NAMES.sub("", message), message):
                    yield message

    def _concerns(self, event: Json) -> bool:
        return (
            self._is_later(event["createdAt"])
            and not ROUTINE.search(event["message"])
            and not self.baseline & set(DEPLOYMENT.findall(event["message"]))
        )

    def _read_stopped(
        self, client: Client, service: EcsService, known: ServiceEvidence
    ) -> Iterator[StoppedTask]:
        def owns(task: Json) -> bool:
            begun_by, created = str(task.get("startedBy", "")), task.get("createdAt")
            if begun_by in known.seen or begun_by in self.baseline:
                return begun_by in known.seen
            # Of a deployment that ECS took away before it was seen, or of a RunTask.
            return (
                DEPLOYMENT.fullmatch(begun_by) is not None
                and created is not None
                and self._is_later(created)
            )

        for task in known.tasks.read_new(client, service, owns):
            if known.add(_name_failure(task), task):
                yield task
        for task in known.tasks.read_late_logs(client):
            key = _name_failure(task)
            first = known.causes.get(key)
            if isinstance(first, StoppedTask) and not first.log:
                known.causes[key] = task
                yield task

    def _read_service_deployment(
        self, client: Client, service: EcsService, known: ServiceEvidence
    ) -> None:
        if not self._has_service_deployments:
            return
        try:
            if known.deployment is None:
                since = self.since and self.since - CLOCKS_APART
                known.deployment = find_service_deployment(client, service, since)
            else:
                now = describe_service_deployment(client, known.deployment.arn)
                known.deployment = now or known.deployment
            revision = known.deployment.revision if known.deployment else ""
            if revision and known.digests is None:
                digests = sorted(read_image_digests(client, revision).items())
                known.digests = tuple(f"{name} is {one}" for name, one in digests)
        except (AccessDenied, Unsupported):  # of any service
            self._has_service_deployments = False
        except UNANSWERED:
            return


def describe_evidence(evidence: Evidence) -> Iterator[str]:
    """Yield what was seen of the services that failed, the first cause of each first."""
    for known in sorted(evidence.services.values(), key=lambda one: one.name):
        name, deployment = known.name, known.deployment
        if known.rollout:
            yield f"{name}: {known.rollout}"
        for key, cause in list(known.causes.items())[:CAUSES_SHOWN]:
            yield from _describe_cause(name, cause, known.counts[key])
        if len(known.causes) > CAUSES_SHOWN:
            yield f"{name}: and {len(known.causes) - CAUSES_SHOWN} other causes after these"
        for target in known.unhealthy:
            yield f"{name}: target {target}"
        if deployment is None:
            continue
        ends = {"SUCCESSFUL": "that succeeded", **dict.fromkeys(STOPPABLE, "in progress")}
        if deployment.failures or deployment.alarms or deployment.status not in ends:
            yield f"{name}: {_describe_service_deployment_end(deployment)}"
            end = "that failed" if known.failed else ends.get(deployment.status, "that failed")
            yield from (f"{name}: {one} in the deployment {end}" for one in known.digests or ())


def list_deployment_ids(client: Client, stack_id: str) -> set[str]:
    """Return the ids of the deployments that the stack's services have now."""
    arns = list_service_arns(client, stack_id)
    found = describe_services(client, [arn for arn in arns if "/" in arn])
    return {one.id for service in found for one in service.deployments}


def _read_unhealthy_targets(client: Client, service: EcsService) -> Iterator[str]:
    """Yield ``10.0.11.7:3000 unhealthy: Health checks failed with these codes: [502]``."""
    for group in service.target_groups:
        try:
            answer = client(Call.DESCRIBE_TARGET_HEALTH, TargetGroupArn=group)
        except UNANSWERED:
            continue
        for one in answer["TargetHealthDescriptions"]:
            health = one.get("TargetHealth", {})
            if health.get("State") not in HEALTHY:
                target = one["Target"]
                yield (
                    f"{target['Id']}:{target.get('Port', '')} {health.get('State')}: "
                    f"{health.get('Description') or health.get('Reason', '')}"
                )


def _name_failure(task: StoppedTask) -> str:
    """Return a text that is the same for tasks that failed in the same way."""
    return NAMES.sub("", "\n".join((task.stop_code, task.reason, *task.containers)))


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


def _describe_cause(service: str, task: StoppedTask | str, count: int) -> Iterator[str]:
    if isinstance(task, str):
        yield f"{service}: {task}" + (f" ({count} times)" if count > 1 else "")
        return
    code = f" [{task.stop_code}]" if task.stop_code else ""
    also = f" ({count} tasks)" if count > 1 else ""
    yield f"{service}: task {task.task[:8]} stopped{code}: {task.reason}{also}"
    yield from (f"    {container}" for container in task.containers)
    yield from (f"    log: {line}" for line in task.log)
