"""An ECS service as its own API shows it: deployments, tasks, messages, service deployments."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bidops_cfn_sandbox.engine.clock import Clock

Json = dict[str, Any]
BREAKER = "circuit breaker"
# How the reason of a rollout's state ends, of those that go well.
ENDINGS = {"IN_PROGRESS": "in progress", "COMPLETED": "completed"}
BY_SCHEDULER = "ServiceSchedulerInitiated"
_numbers = count(1)
_events = count(1)
_tasks = count(1)


@dataclass
class EcsService:
    """A service on a clock; the newest deployment, event and service deployment stand first.

    ``running`` counts the tasks of all deployments. ``rollouts`` are the service deployments,
    ``revisions`` the service revision of each deployment by its id, and ``proven`` the task
    definitions of those that ended well.
    """

    clock: Clock
    arn: str
    desired: int
    task_definition: str
    running: int = 0
    deployments: list[Json] = field(default_factory=list)
    target_group: str = ""
    status: str = "ACTIVE"
    events: list[Json] = field(default_factory=list)
    rollouts: list[Json] = field(default_factory=list)
    revisions: dict[str, str] = field(default_factory=dict)
    tasks: list[Json] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)
    cluster_arn: str = ""

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def pending(self) -> int:
        """How many tasks are still to run."""
        return max(0, self.desired - self.running)

    @property
    def running_tasks(self) -> list[Json]:
        """The tasks that run, the oldest first."""
        return [one for one in self.tasks if one["lastStatus"] == "RUNNING"]

    def deploy(self, task_definition: str, rollout: str = "IN_PROGRESS") -> Json:
        """Begin a deployment; the one before it makes way."""
        for one in self.deployments:
            one["status"] = "ACTIVE" if one["rolloutState"] == "COMPLETED" else "INACTIVE"
        number, now = next(_numbers), self.clock.now()
        id_ = f"ecs-svc/{number:019d}"
        deployment: Json = {
            "id": id_,
            "createdAt": now,
            "updatedAt": now,
            "status": "PRIMARY",
            "taskDefinition": task_definition,
            "rolloutState": rollout,
            "rolloutStateReason": f"ECS deployment {id_} {ENDINGS[rollout]}.",
            "failedTasks": 0,
            "desiredCount": self.desired,
            "runningCount": self.desired if rollout == "COMPLETED" else 0,
        }
        self.deployments.insert(0, deployment)
        self.task_definition = task_definition
        status = "SUCCESSFUL" if rollout == "COMPLETED" else "IN_PROGRESS"
        self.rollouts.insert(0, self._begun(number, task_definition, status))
        self.revisions[deployment["id"]] = self.rollouts[0]["targetServiceRevision"]["arn"]
        return deployment

    def _begun(self, number: int, task_definition: str, status: str) -> Json:
        def arn(kind: str) -> str:
            return f"{self.arn.replace(':service/', f':{kind}/')}/{number:016d}"

        now = self.clock.now()
        finished = {"finishedAt": now} if status == "SUCCESSFUL" else {}
        return {
            "_taskDefinition": task_definition,
            "serviceDeploymentArn": arn("service-deployment"),
            "serviceArn": self.arn,
            "clusterArn": self.cluster_arn,
            "createdAt": now,
            "startedAt": now,
            "updatedAt": now,
            "status": status,
            "lifecycleStage": "CLEAN_UP" if finished else "SCALE_UP",
            "targetServiceRevision": {
                "arn": arn("service-revision"),
                "requestedTaskCount": self.desired,
                "runningTaskCount": self.desired if finished else 0,
                "pendingTaskCount": 0,
            },
            "deploymentCircuitBreaker": {
                "status": "MONITORING_COMPLETE" if finished else "MONITORING",
                "failureCount": 0,
                "threshold": threshold(self.desired),
            },
            "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
            **finished,
        }

    def start(self, number: int, container: str) -> list[Json]:
        """Start tasks of the newest deployment, which are not running yet."""
        arn, now = self.arn.replace(":service/", ":task/").rpartition("/")[0], self.clock.now()
        begun = [
            {
                "taskArn": f"{arn}/{hashlib.sha256(str(next(_tasks)).encode()).hexdigest()[:32]}",
                "clusterArn": self.cluster_arn,
                "group": f"service:{self.name}",
                "startedBy": self.deployments[0]["id"],
                "taskDefinitionArn": self.task_definition,
                "desiredStatus": "RUNNING",
                "lastStatus": "PENDING",
                "healthStatus": "UNKNOWN",
                "launchType": "FARGATE",
                "createdAt": now,
                "attachments": [
                    {
                        "type": "ElasticNetworkInterface",
                        "status": "ATTACHED",
                        "details": [{"name": "privateIPv4Address", "value": make_address(place)}],
                    }
                ],
                "containers": [{"name": container, "lastStatus": "PENDING"}],
            }
            for place in range(len(self.tasks), len(self.tasks) + number)
        ]
        for task in begun:
            task["availabilityZone"] = self._choose_zone()
            self.tasks.append(task)
        if begun:
            self.tell(f"has started {number} tasks: {named(begun)}.")
        return begun

    def _choose_zone(self) -> str:
        """Return the zone with the fewest tasks, as ECS spreads them."""
        live = [one["availabilityZone"] for one in self.tasks if one["lastStatus"] != "STOPPED"]
        region = self.arn.split(":")[3]
        return min((f"{region}{zone}" for zone in "ab"), key=live.count)

    def fail(self) -> None:
        """Count one more task of the new deployment that failed; the old ones run on."""
        now = self.clock.now()
        primary, rollout = self.deployments[0], self.rollouts[0]
        primary |= {"failedTasks": primary["failedTasks"] + 1, "updatedAt": now}
        rollout["updatedAt"] = now
        rollout["deploymentCircuitBreaker"]["failureCount"] += 1

    def stop(
        self, tasks: Iterable[Json], reason: str, code: str = BY_SCHEDULER, **more: Any
    ) -> None:
        """Stop tasks; ``more`` is what their containers end with."""
        ended = {"lastStatus": "STOPPED", **more}
        for task in tasks:
            task |= {
                "desiredStatus": "STOPPED",
                "lastStatus": "STOPPED",
                "stopCode": code,
                "stoppedReason": reason,
                "stoppedAt": self.clock.now(),
                "containers": [one | ended for one in task["containers"]],
            }

    def finish(self, status: str) -> None:
        """End the newest service deployment."""
        now = self.clock.now()
        self.rollouts[0] |= {"status": status, "finishedAt": now, "updatedAt": now}

    def tell(self, message: str) -> None:
        """Write a service event, as ECS does."""
        text = f"(service {self.name}) {message}"
        event = {"id": f"{next(_events):08d}", "createdAt": self.clock.now(), "message": text}
        self.events.insert(0, event)

    def complete(self) -> None:
        """End the newest deployment well: all tasks are its own."""
        primary = self.deployments[0]
        primary |= {
            "rolloutState": "COMPLETED",
            "rolloutStateReason": f"ECS deployment {primary['id']} {ENDINGS['COMPLETED']}.",
            "runningCount": self.desired,
        }
        self.running = self.desired
        self.proven.add(self.task_definition)
        del self.deployments[1:]
        self.finish("SUCCESSFUL")
        self.rollouts[0]["lifecycleStage"] = "CLEAN_UP"
        self.rollouts[0]["targetServiceRevision"]["runningTaskCount"] = self.desired

    def trip(self, failed: int = 3) -> None:
        """Give up as the circuit breaker does, and go back to the task definition before."""
        broken = self.deployments[0]
        broken |= {
            "rolloutState": "FAILED",
            "rolloutStateReason": f"ECS deployment {BREAKER}: tasks failed to start.",
            "failedTasks": max(failed, broken["failedTasks"]),
        }
        rollout = self.rollouts[0]
        reason = f"Service deployment rolled back because the {BREAKER} threshold was exceeded."
        rollout |= {"status": "ROLLBACK_IN_PROGRESS", "statusReason": reason}
        rollout["deploymentCircuitBreaker"] |= {
            "status": "TRIGGERED",
            "failureCount": broken["failedTasks"],
        }
        if len(self.deployments) > 1:
            self.go_back(reason)

    def go_back(self, reason: str) -> None:
        """Deploy the revision before again, as part of the newest service deployment."""
        rollout, before = self.rollouts[0], self.deployments[1]
        restored = self.deploy(before["taskDefinition"], "COMPLETED")
        self.rollouts.pop(0)
        revision = self.revisions[restored["id"]] = self.revisions[before["id"]]
        now = self.clock.now()
        rollout["rollback"] = {"reason": reason, "startedAt": now, "serviceRevisionArn": revision}

    def take_back(self) -> None:
        """Stop the rollout: ECS goes back with the tasks of the revision before."""
        reason = "Stopped by the user."
        self.rollouts[0] |= {"status": "ROLLBACK_REQUESTED", "statusReason": reason}
        self.go_back(reason)

    def vanish(self) -> None:
        """ECS gives up on the new deployment and shows only the old task definition again."""
        self.trip(self.deployments[0]["failedTasks"])
        self.finish("ROLLBACK_SUCCESSFUL")
        del self.deployments[1:]


def make_address(place: int) -> str:
    """Return the private address of a service's task, by its place among all that began."""
    return f"10.0.11.{place + 10}"


def threshold(desired: int) -> int:
    """How many failures the circuit breaker allows: half of the tasks, from 3 to 200."""
    return max(3, min(200, -(-desired // 2)))


def named(tasks: Iterable[Json]) -> str:
    """Return tasks as a message names them: ``(task 1a) (task 2b)``."""
    return " ".join(f"(task {one['taskArn'].rpartition('/')[2]})" for one in tasks)
