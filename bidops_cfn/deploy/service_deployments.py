"""ECS service deployments and revisions: stage, circuit breaker, alarms, and the images that run.

The API is younger than services (October 2024); an endpoint without it, or a caller without the
permission, has the rest: every function returns nothing then.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.ecs_services import EcsService

STOPPABLE = ("PENDING", "IN_PROGRESS")
LISTED = 20  # the newest ones; a service has one deployment at a time


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
    answer = client(
        Call.LIST_SERVICE_DEPLOYMENTS,
        service=service.arn,
        cluster=service.cluster,
        maxResults=LISTED,
    )
    found = [
        one for one in answer["serviceDeployments"] if since is None or one["createdAt"] >= since
    ]
    if not found:
        return None
    first = min(found, key=lambda one: one["createdAt"])
    return describe_service_deployment(client, first["serviceDeploymentArn"])


def describe_service_deployment(client: Client, arn: str) -> ServiceDeployment | None:
    """Return a deployment as it is now; None when ECS does not know it any more."""
    answer = client(Call.DESCRIBE_SERVICE_DEPLOYMENTS, serviceDeploymentArns=[arn])
    return next(map(parse_service_deployment, answer["serviceDeployments"]), None)


def parse_service_deployment(described: Json) -> ServiceDeployment:
    """Return a deployment of ``DescribeServiceDeployments``."""
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
    answer = client(
        Call.LIST_SERVICE_DEPLOYMENTS,
        service=service.arn,
        cluster=service.cluster,
        maxResults=LISTED,
    )
    newest: Json = max(answer["serviceDeployments"], key=lambda one: one["createdAt"], default={})
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
