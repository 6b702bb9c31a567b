"""ECS tasks: those of a service that run, and why others stopped, with their last log lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, read_pages
from bidops_cfn.deploy.ecs_services import EcsService
from bidops_cfn.deploy.faults import UNANSWERED
from bidops_cfn.deploy.state_records import StoppedTask

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
TASKS_PER_CALL = 100
PAGES = 10  # ECS forgets stopped tasks after an hour or so
LOG_LINES = 12
LINE_LENGTH = 500
LOG_ATTEMPTS = 5  # CloudWatch Logs shows a line seconds after the task has stopped
Owns = Callable[[Json], bool]


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
