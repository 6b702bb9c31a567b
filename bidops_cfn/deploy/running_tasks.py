"""The tasks of a service that run now: since when, from which image, by which digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json, paginate
from bidops_cfn.deploy.ecs_services import EcsService

TASKS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class RunningTask:
    """A task whose containers run; ``started`` is None where ECS does not say.

    ``images`` and ``digests`` go by the container's name; what ECS does not tell is absent.
    """

    id: str
    created: datetime | None
    started: datetime | None
    images: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def read_running_tasks(client: Client, service: EcsService) -> Iterator[RunningTask]:
    """Yield the service's tasks that run; one that is just starting or stopping is none."""
    arns: list[str] = list(
        paginate(
            client,
            Call.LIST_TASKS,
            "taskArns",
            cluster=service.cluster,
            serviceName=service.name,
            desiredStatus="RUNNING",
        )
    )
    for start in range(0, len(arns), TASKS_PER_CALL):
        part = arns[start : start + TASKS_PER_CALL]
        answer = client(Call.DESCRIBE_TASKS, cluster=service.cluster, tasks=part)
        yield from map(_parse, (one for one in answer["tasks"] if _runs(one)))


def _runs(task: Json) -> bool:
    return task.get("lastStatus") == "RUNNING"


def _parse(task: Json) -> RunningTask:
    containers = task.get("containers", ())
    return RunningTask(
        id=task["taskArn"].rpartition("/")[2],
        created=task.get("createdAt"),
        started=task.get("startedAt"),
        images={one["name"]: one["image"] for one in containers if one.get("image")},
        digests={one["name"]: one["imageDigest"] for one in containers if one.get("imageDigest")},
    )
