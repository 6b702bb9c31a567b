"""ECS services as a deployment sees them: how far each is, its tasks, and the images that run.

Service deployments and revisions are younger than services (October 2024); an endpoint without
them, or a caller without the permission, has the rest.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, read_pages
from bidops_cfn.deploy.faults import UNANSWERED, NotFound, Unavailable
from bidops_cfn.deploy.state_records import StoppedTask

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
SERVICES_PER_CALL = 10
MISSING = "MISSING"  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/api_failures_messages.html
STOPPABLE = ("PENDING", "IN_PROGRESS")
LISTED = 20  # the newest ones; a service has one deployment at a time
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
TASKS_PER_CALL = 100
PAGES = 10  # ECS forgets stopped tasks after an hour or so
LOG_LINES = 12
LINE_LENGTH = 500
LOG_ATTEMPTS = 5  # CloudWatch Logs shows a line seconds after the task has stopped
Owns = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class EcsDeployment:
    """One deployment of a service; ``status`` is ``PRIMARY`` for the one that ECS works towards."""

    id: str
    status: str
    task_definition: str
    rollout: str
    rollout_reason: str
    failed_tasks: int
    desired: int
    running: int
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class EcsService:
    """An ECS service; ``arn`` names its cluster too.

    ``events`` are the newest messages of ECS, as it has them, oldest first, ``revisions`` the ARNs
    of the service revisions that run, where the endpoint tells.
    """

    arn: str
    name: str
    cluster: str
    status: str
    desired: int
    running: int
    pending: int
    deployments: tuple[EcsDeployment, ...]
    target_groups: tuple[str, ...] = ()
    events: tuple[Json, ...] = ()
    revisions: tuple[str, ...] = ()

    @property
    def primary(self) -> EcsDeployment | None:
        """The deployment that ECS works towards."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


def get_cluster(arn: str) -> str:
    """Return the cluster's name in ``arn:...:service/<cluster>/<service>``."""
    _, *path = arn.split("/")
    return path[0] if len(path) > 1 else "default"  # the old form names no cluster


def describe_services(client: Client, arns: Iterable[str]) -> Iterator[EcsService]:
    """Yield the services of the ARNs, those of one cluster in one call; unknown ones are absent.

    So is an empty ARN, of a service that is not created yet.
    Raises ``Unavailable`` for one that ECS fails to describe, or leaves out: it may exist.
    """
    by_cluster: dict[str, list[str]] = {}
    for arn in filter(None, arns):
        by_cluster.setdefault(get_cluster(arn), []).append(arn)
    for cluster, members in by_cluster.items():
        for start in range(0, len(members), SERVICES_PER_CALL):
            part = members[start : start + SERVICES_PER_CALL]
            try:
                answer = client(Call.DESCRIBE_SERVICES, cluster=cluster, services=part)
            except NotFound:
                break  # the cluster is gone, and its services with it
            found, failures = answer["services"], answer.get("failures", ())
            for failure in failures:
                if failure.get("reason") != MISSING:
                    raise Unavailable(Call.DESCRIBE_SERVICES, _describe_failure(failure))
            if len(found) + len(failures) < len(part):
                raise Unavailable(Call.DESCRIBE_SERVICES, "it says nothing of a service asked for")
            yield from (parse_service(service, cluster) for service in found)


def _describe_failure(failure: Json) -> str:
    text = f"{failure.get('reason') or 'no reason'} for {failure.get('arn') or 'a service'}"
    return f"{text}: {failure['detail']}" if failure.get("detail") else text


def parse_service(described: Json, cluster: str) -> EcsService:
    """Return a service of ``DescribeServices``."""
    return EcsService(
        arn=described["serviceArn"],
        name=described["serviceName"],
        cluster=cluster,
        status=described["status"],
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        deployments=tuple(
            EcsDeployment(
                id=one["id"],
                status=one["status"],
                task_definition=one.get("taskDefinition", ""),
                rollout=one.get("rolloutState", ""),
                rollout_reason=one.get("rolloutStateReason", ""),
                failed_tasks=one.get("failedTasks", 0),
                desired=one.get("desiredCount", 0),
                running=one.get("runningCount", 0),
                created=one.get("createdAt"),
            )
            for one in described.get("deployments", ())
        ),
        target_groups=tuple(
            one["targetGroupArn"]
            for one in described.get("loadBalancers", ())
            if one.get("targetGroupArn")
        ),
        events=tuple(reversed(described.get("events", ()))),
        revisions=tuple(
            one["arn"]
            for one in described.get("currentServiceRevisions", ())
            if one.get("runningTaskCount", 1)  # after a failure, the revision that failed has none
        ),
    )


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """A deployment of a service as ECS follows it.

    ``failures`` of ``threshold`` tasks have failed before the circuit breaker ends it; 0 of 0 where
    ECS does not say. ``alarms`` are those that went into ALARM, ``restored`` is the revision that
    ECS went back to.
    """

    arn: str
    revision: str
    status: str
    reason: str = ""
    stage: str = ""
    failures: int = 0
    threshold: int = 0
    alarms: tuple[str, ...] = ()
    restored: str = ""


def find_service_deployment(
    client: Client, service: EcsService, since: datetime | None
) -> ServiceDeployment | None:
    """Return the service's first deployment that was created at ``since`` or later, if any.

    Later ones are those with which CloudFormation rolls the operation back.
    """
    listed = list_service_deployments(client, service)
    found = [one for one in listed if since is None or one["createdAt"] >= since]
    if not found:
        return None
    first = min(found, key=lambda one: one["createdAt"])
    return describe_service_deployment(client, first["serviceDeploymentArn"])


def list_service_deployments(client: Client, service: EcsService, **more: object) -> list[Json]:
    """Return the newest deployments of a service, as ``ListServiceDeployments`` has them."""
    about = {"service": service.arn, "cluster": service.cluster, "maxResults": LISTED}
    found: list[Json] = client(Call.LIST_SERVICE_DEPLOYMENTS, **about, **more)["serviceDeployments"]
    return found


def describe_service_deployment(client: Client, arn: str) -> ServiceDeployment | None:
    """Return a deployment as it is now; None when ECS does not know it any more."""
    answer = client(Call.DESCRIBE_SERVICE_DEPLOYMENTS, serviceDeploymentArns=[arn])
    return next(map(_parse_service_deployment, answer["serviceDeployments"]), None)


def _parse_service_deployment(described: Json) -> ServiceDeployment:
    breaker = described.get("deploymentCircuitBreaker", {})
    return ServiceDeployment(
        arn=described["serviceDeploymentArn"],
        revision=described.get("targetServiceRevision", {}).get("arn", ""),
        status=described.get("status", ""),
        reason=described.get("statusReason", ""),
        stage=described.get("lifecycleStage", ""),
        failures=breaker.get("failureCount", 0),
        threshold=breaker.get("threshold", 0),
        alarms=tuple(described.get("alarms", {}).get("triggeredAlarmNames", ())),
        restored=described.get("rollback", {}).get("serviceRevisionArn", ""),
    )


def find_running_revision(client: Client, service: EcsService) -> str:
    """Return the ARN of the revision that a service runs; empty where that is not one, or unknown.

    Only meant for a service whose deployment is over.
    """
    if service.revisions:
        return service.revisions[0] if len(service.revisions) == 1 else ""
    listed = list_service_deployments(client, service)
    newest: Json = max(listed, key=lambda one: one["createdAt"], default={})
    if newest.get("status") == "ROLLBACK_SUCCESSFUL":
        back = describe_service_deployment(client, newest["serviceDeploymentArn"])
        return back.restored if back else ""
    over = newest.get("status") == "SUCCESSFUL"
    return str(newest.get("targetServiceRevisionArn", "")) if over else ""


def read_image_digests(client: Client, revision: str) -> Mapping[str, str]:
    """Return the digest that ECS resolved for each container of a revision, by container name."""
    answer = client(Call.DESCRIBE_SERVICE_REVISIONS, serviceRevisionArns=[revision])
    return {
        image["containerName"]: image["imageDigest"]
        for one in answer["serviceRevisions"]
        for image in one.get("containerImages", ())
        if image.get("imageDigest")
    }


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task whose containers run; ``started`` is None where ECS does not say."""

    created: datetime | None
    started: datetime | None
    images: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def read_running_tasks(client: Client, service: EcsService) -> Iterator[RunningTask]:
    """Yield the service's tasks that run; one that is just starting or stopping is none."""
    arns = list(_list_tasks(client, service, "RUNNING"))
    for task in describe_tasks(client, service.cluster, arns):
        containers = task.get("containers", ())
        if task.get("lastStatus") != "RUNNING":
            continue
        yield RunningTask(
            created=task.get("createdAt"),
            started=task.get("startedAt"),
            images={one["name"]: one["image"] for one in containers if one.get("image")},
            digests={
                one["name"]: one["imageDigest"] for one in containers if one.get("imageDigest")
            },
        )


def _list_tasks(
    client: Client, service: EcsService, status: str, pages: int | None = None
) -> Iterator[str]:
    asked = {"cluster": service.cluster, "serviceName": service.name, "desiredStatus": status}
    for page in islice(read_pages(client, Call.LIST_TASKS, **asked), pages):
        yield from page.get("taskArns") or ()


def describe_tasks(client: Client, cluster: str, arns: Sequence[str]) -> Iterator[Json]:
    """Yield the tasks of a cluster, as ``DescribeTasks`` has them; unknown ones are absent."""
    for start in range(0, len(arns), TASKS_PER_CALL):
        part = arns[start : start + TASKS_PER_CALL]
        yield from client(Call.DESCRIBE_TASKS, cluster=cluster, tasks=part)["tasks"]


@dataclass(slots=True)
class StoppedTasks:
    """The failed tasks of one service's operation, each read once."""

    _known: set[str] = field(default_factory=set)
    _logs: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _silent: dict[str, tuple[StoppedTask, Json, int]] = field(default_factory=dict)

    def read_new(self, client: Client, service: EcsService, owns: Owns) -> list[StoppedTask]:
        """Return the failed tasks that stopped since the last call, the oldest first."""
        try:
            listed = _list_tasks(client, service, "STOPPED", PAGES)
            new = [arn for arn in listed if arn not in self._known]
            described = describe_tasks(client, service.cluster, new)
            tasks = [task for task in described if task.get("lastStatus") == "STOPPED"]
        except UNANSWERED:
            return []
        self._known.update(task["taskArn"] for task in tasks)
        failed = [task for task in tasks if owns(task) and _is_failed_task(task)]
        failed.sort(key=lambda task: str(task.get("stoppedAt", "")))
        found = [_parse_stopped_task(task) for task in failed]
        if found:
            found[0] = self._add_log(client, found[0], failed[0])
        return found

    def read_late_logs(self, client: Client) -> list[StoppedTask]:
        """Return the tasks whose log was empty when they were read, and is not any more."""
        waiting, self._silent = self._silent, {}
        found = []
        for task, described, attempts in waiting.values():
            late = self._add_log(client, task, described, attempts)
            if late.log:
                found.append(late)
        return found

    def _add_log(
        self, client: Client, task: StoppedTask, described: Json, attempts: int = 0
    ) -> StoppedTask:
        if task.stop_code == "TaskFailedToStart":
            return task  # no container ran
        log = tuple(self._read_log(client, described))
        if not log and attempts + 1 < LOG_ATTEMPTS:
            self._silent[task.task] = (task, described, attempts + 1)
        return replace(task, log=log)

    def _read_log(self, client: Client, task: Json) -> Iterator[str]:
        task_id = task["taskArn"].rpartition("/")[2]
        try:
            for group, prefix in self._find_streams(client, task["taskDefinitionArn"]):
                stream = {"logGroupName": group, "logStreamName": f"{prefix}/{task_id}"}
                last = {"limit": LOG_LINES, "startFromHead": False}
                answer = client(Call.GET_LOG_EVENTS, **stream, **last)
                yield from (event["message"].rstrip()[:LINE_LENGTH] for event in answer["events"])
        except UNANSWERED:
            return

    def _find_streams(self, client: Client, task_definition: str) -> list[tuple[str, str]]:
        if task_definition not in self._logs:
            answer = client(Call.DESCRIBE_TASK_DEFINITION, taskDefinition=task_definition)
            self._logs[task_definition] = [
                (options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{one['name']}")
                for one in answer["taskDefinition"]["containerDefinitions"]
                if (logging := one.get("logConfiguration", {})).get("logDriver") == "awslogs"
                and {"awslogs-group", "awslogs-stream-prefix"}
                <= set(options := logging.get("options", {}))
            ]
        return self._logs[task_definition]


def _is_failed_task(task: Json) -> bool:
    """Tell whether a stopped task failed; one that ECS stopped to scale in or replace did not."""
    if task.get("stopCode") == "ServiceSchedulerInitiated":
        return "health" in task.get("stoppedReason", "").lower()
    return task.get("stopCode") not in ("UserInitiated", None)


def _parse_stopped_task(task: Json) -> StoppedTask:
    return StoppedTask(
        task=task["taskArn"].rpartition("/")[2],
        stop_code=task.get("stopCode", ""),
        reason=task.get("stoppedReason", ""),
        containers=tuple(_describe_containers(task)),
    )


def _describe_containers(task: Json) -> Iterator[str]:
    for container in task.get("containers", ()):
        code, reason = container.get("exitCode"), container.get("reason", "")
        if code is not None or reason:
            text = f"exited with {code}" if code is not None else "did not start"
            yield f"{container['name']} {text}" + (f": {reason}" if reason else "")
