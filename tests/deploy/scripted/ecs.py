"""ECS, its logs and its load balancer, as the scenarios script them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound, Rejected
from bidops_cfn_sandbox.engine.service import EcsService, page_of
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.rollouts import PAGE, ScriptedRollouts
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
CLUSTER = "arn:aws:ecs:us-east-1:111111111111:cluster/compute"


@dataclass
class ScriptedService(EcsService):
    """A service of the engine's; the scenarios say what happens to it."""

    cluster_arn: str = CLUSTER

    def take_back(self) -> None:
        """Stop the rollout: ECS goes back with the tasks of the revision before."""
        reason = "Stopped by the user."
        self.rollouts[0] |= {"status": "ROLLBACK_REQUESTED", "statusReason": reason}
        self.go_back(reason)


class ScriptedEcs(ScriptedRollouts):
    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.services: dict[str, ScriptedService] = {}
        self.tasks: list[Json] = []
        self.logs: dict[str, list[str]] = {}
        self.mounted: list[Json] = []  # secrets of every container
        self.resolved = {}
        self.containers = {}
        self.targets: list[Json] = []
        self.no_cluster = False
        self.on_update: Callable[[ScriptedService], None] | None = None  # instead of a good end
        self._stopped = count(1)
        wire.serve(self)

    def service(self, name: str) -> ScriptedService:
        return next(one for one in self.services.values() if one.name == name)

    def stop_task(self, name: str, deployment: str, reason: str, **more: Any) -> str:
        number = f"{next(self._stopped):08d}"
        arn = f"arn:aws:ecs:us-east-1:111111111111:task/compute/{number}"
        self.tasks.append(
            {
                "taskArn": arn,
                "group": f"service:{name}",
                "startedBy": deployment,
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
        self.tasks.append(
            {
                "taskArn": f"arn:aws:ecs:us-east-1:111111111111:task/compute/{number}",
                "group": f"service:{name}",
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
        return {
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
            ]
        }

    def update_service(
        self,
        cluster: str,
        service: str,
        forceNewDeployment: bool,  # noqa: N803
    ) -> Json:
        assert forceNewDeployment
        found = self.service(service)
        found.deploy(found.task_definition)
        if self.on_update is not None:
            self.on_update(found)
        else:
            self.clock.after(20, found.complete)
        return {"service": self.describe_services(cluster, [found.arn])["services"][0]}

    def stop_service_deployment(self, serviceDeploymentArn: str, stopType: str) -> Json:  # noqa: N803
        assert stopType == "ROLLBACK"
        for one in self.services.values():
            for rollout in one.rollouts:
                if rollout["serviceDeploymentArn"] == serviceDeploymentArn:
                    if rollout is not one.rollouts[0]:  # another one has taken its place
                        rollout["status"] = "STOPPED"
                    if rollout["status"] not in ("PENDING", "IN_PROGRESS"):
                        why = "The service deployment is not in a state that can be stopped."
                        raise Rejected(Call.STOP_SERVICE_DEPLOYMENT, why, "ConflictException")
                    one.take_back()
                    return {"serviceDeploymentArn": serviceDeploymentArn}
        why = "Service deployment not found."
        raise NotFound(Call.STOP_SERVICE_DEPLOYMENT, why, "ServiceDeploymentNotFoundException")

    def list_tasks(
        self,
        cluster: str,
        serviceName: str,  # noqa: N803
        desiredStatus: str,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
        maxResults: int = PAGE,  # noqa: N803
    ) -> Json:
        arns = [
            task["taskArn"]
            for task in self.tasks
            if task["group"] == f"service:{serviceName}"
            and (task["lastStatus"] == "STOPPED") is (desiredStatus == "STOPPED")
        ]
        return page_of(arns, "taskArns", nextToken, maxResults)

    def describe_tasks(self, cluster: str, tasks: list[str]) -> Json:
        assert len(tasks) <= PAGE
        return {"tasks": [dict(task) for task in self.tasks if task["taskArn"] in tasks]}

    def describe_task_definition(self, taskDefinition: str) -> Json:  # noqa: N803
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

    def get_log_events(self, logStreamName: str, limit: int, **_: Any) -> Json:  # noqa: N803
        lines = self.logs.get(logStreamName, [])[-limit:]
        return {"events": [{"message": f"{line}\n"} for line in lines]}

    def describe_target_health(self, TargetGroupArn: str) -> Json:  # noqa: N803
        return {"TargetHealthDescriptions": self.targets}
