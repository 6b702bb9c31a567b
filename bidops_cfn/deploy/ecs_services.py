"""ECS services as a deployment sees them: how far each is, and the images that run.

Service deployments and revisions are younger than services (October 2024); an endpoint without
them, or a caller without the permission, has the rest.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client, Json
from bidops_cfn.deploy.faults import NotFound, Unavailable

# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
SERVICES_PER_CALL = 10
MISSING = "MISSING"  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/api_failures_messages.html
STOPPABLE = ("PENDING", "IN_PROGRESS")
LISTED = 20  # the newest ones; a service has one deployment at a time


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
