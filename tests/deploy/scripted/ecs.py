"""ECS, its logs and its load balancer, as the scenarios script them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bidops_cfn.deploy.calls import Call
from tests.deploy.scripted.clock import VirtualClock
from tests.deploy.scripted.wire import ScriptedWire

Json = dict[str, Any]
_deployments = count(1)


@dataclass
class ScriptedService:
    arn: str
    desired: int
    task_definition: str
    running: int = 0
    deployments: list[Json] = field(default_factory=list)
    target_group: str = ""
    status: str = "ACTIVE"

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]

    def deploy(self, task_definition: str, rollout: str = "IN_PROGRESS") -> Json:
        """Begin a deployment; the one before it makes way."""
        for one in self.deployments:
            one["status"] = "ACTIVE" if one["rolloutState"] == "COMPLETED" else "INACTIVE"
        deployment: Json = {
            "id": f"ecs-svc/{next(_deployments)}",
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
        return deployment

    def complete(self) -> None:
        primary = self.deployments[0]
        primary |= {"rolloutState": "COMPLETED", "runningCount": self.desired}
        self.running = self.desired
        del self.deployments[1:]

    def trip(self, failed: int = 3) -> None:
        """The circuit breaker gives up and goes back to the task definition before."""
        broken = self.deployments[0]
        broken |= {
            "rolloutState": "FAILED",
            "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
            "failedTasks": failed,
        }
        before = self.deployments[1]["taskDefinition"] if len(self.deployments) > 1 else ""
        if before:
            self.deploy(before, "COMPLETED")


class ScriptedEcs:
    def __init__(self, wire: ScriptedWire, clock: VirtualClock) -> None:
        self.clock = clock
        self.services: dict[str, ScriptedService] = {}
        self.tasks: list[Json] = []
        self.logs: dict[str, list[str]] = {}
        self.targets: list[Json] = []
        self._stopped = count(1)
        for call in Call:
            handler = getattr(self, call.name.lower(), None)
            if handler is not None:
                wire.handlers[call] = handler

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
                **more,
            }
        )
        return number

    def describe_services(self, cluster: str, services: list[str]) -> Json:
        assert cluster == "compute"
        return {
            "services": [
                {
                    "serviceArn": one.arn,
                    "serviceName": one.name,
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

    def list_tasks(self, cluster: str, serviceName: str, desiredStatus: str) -> Json:  # noqa: N803
        assert desiredStatus == "STOPPED"
        group = f"service:{serviceName}"
        return {"taskArns": [task["taskArn"] for task in self.tasks if task["group"] == group]}

    def describe_tasks(self, cluster: str, tasks: list[str]) -> Json:
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
