"""ECS's service deployments and revisions, as they follow from what happens to a service."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.faults import Rejected

if TYPE_CHECKING:
    from tests.deploy.scripted.ecs import ScriptedService

Json = dict[str, Any]
PAGE = 100


def digest(task_definition: str) -> str:
    """The digest to which ECS resolved the image of a task definition."""
    return f"sha256:{hashlib.sha256(task_definition.encode()).hexdigest()}"


def threshold(desired: int) -> int:
    """How many failures the circuit breaker allows: half of the tasks, from 3 to 200."""
    return max(3, min(200, -(-desired // 2)))


class ScriptedRollouts:
    """The three calls, over the services that exist."""

    services: dict[str, ScriptedService]
    resolved: dict[str, str]  # digests of revisions that are not those of their task definitions

    def list_service_deployments(
        self,
        service: str,
        cluster: str = "",
        status: list[str] | None = None,
        nextToken: str = "0",  # noqa: N803 - AWS's name
        maxResults: int = PAGE,  # noqa: N803
        **_: Any,
    ) -> Json:
        found = self.services.get(service) or next(
            (one for one in self.services.values() if one.name == service), None
        )
        if found is None:
            raise Rejected(Call.DESCRIBE_SERVICES, "Service not found.", "ServiceNotFoundException")
        assert cluster in ("", "compute", found.cluster_arn)
        known = [one for one in found.rollouts if not status or one["status"] in status]
        start, end = int(nextToken), int(nextToken) + maxResults
        page: Json = {"serviceDeployments": [brief(one) for one in known[start:end]]}
        return page | ({"nextToken": str(end)} if end < len(known) else {})

    def describe_service_deployments(
        self,
        serviceDeploymentArns: list[str],  # noqa: N803
    ) -> Json:
        assert len(serviceDeploymentArns) <= 20
        return {
            "serviceDeployments": [
                {key: value for key, value in one.items() if key != "_taskDefinition"}
                for service in self.services.values()
                for one in service.rollouts
                if one["serviceDeploymentArn"] in serviceDeploymentArns
            ],
            "failures": [],
        }

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> Json:  # noqa: N803
        assert len(serviceRevisionArns) <= 20
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": one["targetServiceRevision"]["arn"],
                    "serviceArn": service.arn,
                    "clusterArn": service.cluster_arn,
                    "taskDefinition": one["_taskDefinition"],
                    "containerImages": [
                        {
                            "containerName": "bff",
                            "image": "registry/app:1.4.2",
                            "imageDigest": self.resolved.get(
                                one["targetServiceRevision"]["arn"],
                                digest(one["_taskDefinition"]),
                            ),
                        }
                    ],
                }
                for service in self.services.values()
                for one in service.rollouts
                if one["targetServiceRevision"]["arn"] in serviceRevisionArns
            ],
            "failures": [],
        }


def begun(service: ScriptedService, number: int, task_definition: str, status: str) -> Json:
    """A service deployment that begins now."""
    path = f"arn:aws:ecs:us-east-1:111111111111:{{kind}}/compute/{service.name}/{number:016d}"
    now = service.clock.now()
    finished = {"finishedAt": now} if status == "SUCCESSFUL" else {}
    return {
        "_taskDefinition": task_definition,
        "serviceDeploymentArn": path.format(kind="service-deployment"),
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": now,
        "startedAt": now,
        "updatedAt": now,
        "status": status,
        "lifecycleStage": "CLEAN_UP" if finished else "SCALE_UP",
        "targetServiceRevision": {
            "arn": path.format(kind="service-revision"),
            "requestedTaskCount": service.desired,
            "runningTaskCount": service.desired if finished else 0,
            "pendingTaskCount": 0,
        },
        "deploymentCircuitBreaker": {
            "status": "MONITORING_COMPLETE" if finished else "MONITORING",
            "failureCount": 0,
            "threshold": threshold(service.desired),
        },
        "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
        **finished,
    }


def brief(deployment: Json) -> Json:
    """A service deployment as it stands in the list."""
    kept = ("serviceDeploymentArn", "serviceArn", "clusterArn", "startedAt", "createdAt", "status")
    return {
        **{key: deployment[key] for key in (*kept, "finishedAt") if key in deployment},
        "targetServiceRevisionArn": deployment["targetServiceRevision"]["arn"],
        **{key: deployment[key] for key in ("statusReason",) if key in deployment},
    }
