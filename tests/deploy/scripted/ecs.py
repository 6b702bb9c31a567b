"""ECS, its logs and its load balancer, as the scenarios script them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import NotFound
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.rollouts import PAGE, ScriptedRollouts, begun
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
CLUSTER = "arn:aws:ecs:us-east-1:111111111111:cluster/compute"
_deployments = count(1)
_events = count(1)


@dataclass
class ScriptedService:
    clock: VirtualClock
    arn: str
    desired: int
    task_definition: str
    running: int = 0
    deployments: list[Json] = field(default_factory=list)
    target_group: str = ""
    status: str = "ACTIVE"
    events: list[Json] = field(default_factory=list)
    rollouts: list[Json] = field(default_factory=list)  # service deployments, the newest first
    cluster_arn: str = CLUSTER

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    def deploy(self, task_definition: str, rollout: str = "IN_PROGRESS") -> Json:
        """Begin a deployment; the one before it makes way."""
        for one in self.deployments:
            one["status"] = "ACTIVE" if one["rolloutState"] == "COMPLETED" else "INACTIVE"
        number = next(_deployments)
        now = self.clock.now()
        deployment: Json = {
            "id": f"ecs-svc/{number:019d}",
            "createdAt": now,
            "updatedAt": now,
            "status": "PRIMARY",
            "taskDefinition": task_definition,
            "rolloutState": rollout,
            "rolloutStateReason": "",
            "failedTasks": 0,
            "desiredCount": self.desired,
            "runningCount": self.desired if rollout == "COMPLETED" else 0,
        }
        self.deployments.insert(0, deployment)
        self.task_definition = task_definition
        status = "SUCCESSFUL" if rollout == "COMPLETED" else "IN_PROGRESS"
        self.rollouts.insert(0, begun(self, number, task_definition, status))
        return deployment

    def fail(self) -> None:
        """Count one more task of the new deployment that failed; the old ones run on."""
        now = self.clock.now()
        primary, rollout = self.deployments[0], self.rollouts[0]
        primary |= {"failedTasks": primary["failedTasks"] + 1, "updatedAt": now}
        rollout["updatedAt"] = now
        rollout["deploymentCircuitBreaker"]["failureCount"] += 1

    def tell(self, message: str) -> None:
        """Write a service event, as ECS does, the newest first."""
        text = f"(service {self.name}) {message}"
        event = {"id": f"{next(_events):08d}", "createdAt": self.clock.now(), "message": text}
        self.events.insert(0, event)

    def complete(self) -> None:
        primary = self.deployments[0]
        primary |= {"rolloutState": "COMPLETED", "runningCount": self.desired}
        self.running = self.desired
        del self.deployments[1:]
        now = self.clock.now()
        self.rollouts[0] |= {"status": "SUCCESSFUL", "finishedAt": now, "updatedAt": now}
        self.rollouts[0]["lifecycleStage"] = "CLEAN_UP"
        self.rollouts[0]["targetServiceRevision"]["runningTaskCount"] = self.desired

    def trip(self, failed: int = 3) -> None:
        """The circuit breaker gives up and goes back to the task definition before."""
        broken = self.deployments[0]
        broken |= {
            "rolloutState": "FAILED",
            "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
            "failedTasks": max(failed, broken["failedTasks"]),
        }
        rollout = self.rollouts[0]
        reason = (
            "Service deployment rolled back because the circuit breaker threshold was exceeded."
        )
        rollout |= {"status": "ROLLBACK_IN_PROGRESS", "statusReason": reason}
        rollout["deploymentCircuitBreaker"] |= {
            "status": "TRIGGERED",
            "failureCount": broken["failedTasks"],
        }
        before = self.deployments[1]["taskDefinition"] if len(self.deployments) > 1 else ""
        if before:
            self.deploy(before, "COMPLETED")
            self.rollouts.pop(0)  # going back is part of the deployment that failed
            rollout["rollback"] = {"reason": reason, "startedAt": self.clock.now()}

    def vanish(self) -> None:
        """ECS gives up on the new deployment and shows only the old task definition again."""
        self.trip(self.deployments[0]["failedTasks"])
        now = self.clock.now()
        self.rollouts[0] |= {"status": "ROLLBACK_SUCCESSFUL", "finishedAt": now, "updatedAt": now}
        del self.deployments[1:]


class ScriptedEcs(ScriptedRollouts):
    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.services: dict[str, ScriptedService] = {}
        self.tasks: list[Json] = []
        self.logs: dict[str, list[str]] = {}
        self.resolved = {}
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
                    "pendingCount": max(0, one.desired - one.running),
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

    def list_tasks(
        self,
        cluster: str,
        serviceName: str,  # noqa: N803
        desiredStatus: str,  # noqa: N803
        nextToken: str = "0",  # noqa: N803
        maxResults: int = PAGE,  # noqa: N803
    ) -> Json:
        assert desiredStatus == "STOPPED"
        group = f"service:{serviceName}"
        arns = [task["taskArn"] for task in self.tasks if task["group"] == group]
        start, end = int(nextToken), int(nextToken) + maxResults
        return {"taskArns": arns[start:end]} | ({"nextToken": str(end)} if end < len(arns) else {})

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
