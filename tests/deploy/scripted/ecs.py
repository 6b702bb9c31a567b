"""ECS, its logs and its load balancer, as the scenarios script them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn_sandbox.engine.ecs_calls import PAGE, EcsCalls
from bidops_cfn_sandbox.engine.service import EcsService
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
CLUSTER = "arn:aws:ecs:us-east-1:111111111111:cluster/compute"


def digest(task_definition: str) -> str:
    """The digest to which ECS resolved the image of a task definition."""
    return f"sha256:{hashlib.sha256(task_definition.encode()).hexdigest()}"


class ScriptedEcs(EcsCalls):
    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.services: dict[str, EcsService] = {}
        self.logs: dict[str, list[str]] = {}
        self.mounted: list[Json] = []  # secrets of every container
        self.resolved: dict[str, str] = {}  # digests of revisions, where not of the definition's
        self.containers: dict[str, str] = {}  # names of services' containers that are not bff
        self.targets: list[Json] = []
        self.no_cluster = False
        self.on_update: Callable[[EcsService], None] | None = None  # instead of a good end
        self._stopped = count(1)
        wire.serve(self)

    def list_running(self, cluster: str) -> Iterable[EcsService]:
        assert cluster in ("", "compute", CLUSTER)
        return self.services.values()

    def describe_images(self, service: EcsService, rollout: Json) -> list[Json]:
        known = digest(rollout["_taskDefinition"])
        resolved = self.resolved.get(rollout["targetServiceRevision"]["arn"], known)
        name = self.containers.get(service.name, "bff")
        return [{"containerName": name, "image": "registry/app:1.4.2", "imageDigest": resolved}]

    @property
    def tasks(self) -> list[Json]:
        """The tasks of all services."""
        return [task for one in self.services.values() for task in one.tasks]

    def service(self, name: str) -> EcsService:
        return next(one for one in self.services.values() if one.name == name)

    def stop_task(self, name: str, deployment: str, reason: str, **more: Any) -> str:
        number = f"{next(self._stopped):08d}"
        arn = f"arn:aws:ecs:us-east-1:111111111111:task/compute/{number}"
        self.service(name).tasks.append(
            {
                "taskArn": arn,
                "group": f"service:{name}",
                "startedBy": deployment,
                "desiredStatus": "STOPPED",
                "lastStatus": "STOPPED",
                "stopCode": "EssentialContainerExited",
                "stoppedReason": reason,
                "taskDefinitionArn": self.service(name).task_definition,
                "containers": [{"name": "bff", "exitCode": 1}],
                "createdAt": self.clock.now(),
                "stoppedAt": self.clock.now(),
                **more,
            }
        )
        return number

    def start_task(self, name: str, container: str, image: str, digest: str, **more: Any) -> None:
        """Let a task of the service run, from ``image``."""
        number = f"{next(self._stopped):08d}"
        now = self.clock.now()
        self.service(name).tasks.append(
            {
                "taskArn": f"arn:aws:ecs:us-east-1:111111111111:task/compute/{number}",
                "group": f"service:{name}",
                "desiredStatus": "RUNNING",
                "lastStatus": "RUNNING",
                "taskDefinitionArn": self.service(name).task_definition,
                "containers": [{"name": container, "image": image, "imageDigest": digest}],
                "createdAt": now,
                "startedAt": now,
                **more,
            }
        )

    def crash(
        self, name: str, reason: str, *, times: int = 1, log: Sequence[str] = (), **more: Any
    ) -> None:
        """Let tasks of the service's newest deployment die, while the old ones run on."""
        service = self.service(name)
        for _ in range(times):
            service.fail()
            task = self.stop_task(name, service.deployments[0]["id"], reason, **more)
            self.logs[f"bff/bff/{task}"] = list(log)

    def describe_services(self, cluster: str, services: list[str]) -> Json:
        assert cluster == "compute"
        if self.no_cluster:
            raise NotFound(Call.DESCRIBE_SERVICES, "Cluster not found.", "ClusterNotFoundException")
        missing = [arn for arn in services if arn not in self.services]
        return {
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in missing],
            "services": [
                {
                    "serviceArn": one.arn,
                    "serviceName": one.name,
                    "clusterArn": one.cluster_arn,
                    "taskDefinition": one.task_definition,
                    "events": one.events[:PAGE],
                    "status": one.status,
                    "desiredCount": one.desired,
                    "runningCount": one.running,
                    "pendingCount": one.pending,
                    "deployments": [dict(deployment) for deployment in one.deployments],
                    "loadBalancers": [{"targetGroupArn": one.target_group}]
                    if one.target_group
                    else [],
                }
                for arn in services
                if (one := self.services.get(arn)) is not None
            ],
        }

    def update_service(
        self,
        cluster: str,
        service: str,
        forceNewDeployment: bool,
    ) -> Json:
        assert forceNewDeployment
        found = self.service(service)
        found.deploy(found.task_definition)
        if self.on_update is not None:
            self.on_update(found)
        else:
            self.clock.after(20, found.complete)
        return {"service": self.describe_services(cluster, [found.arn])["services"][0]}

    def describe_task_definition(self, taskDefinition: str) -> Json:
        return {
            "taskDefinition": {
                "taskDefinitionArn": taskDefinition,
                "containerDefinitions": [
                    {
                        "name": "bff",
                        "image": "registry/app:1.4.2",
                        "secrets": self.mounted,
                        "logConfiguration": {
                            "logDriver": "awslogs",
                            "options": {
                                "awslogs-group": "bff-logs",
                                "awslogs-stream-prefix": "bff",
                            },
                        },
                    }
                ],
            }
        }

    def get_log_events(self, logStreamName: str, limit: int, **_: Any) -> Json:
        lines = self.logs.get(logStreamName, [])[-limit:]
        return {"events": [{"message": f"{line}\n"} for line in lines]}

    def describe_target_health(self, TargetGroupArn: str) -> Json:
        return {"TargetHealthDescriptions": self.targets}
