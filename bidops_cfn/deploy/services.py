"""ECS services as a deployment sees them: how far each is, and what failed on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.wire import Json, Wire

SERVICES_PER_CALL = (
    10  # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment of a service; ``status`` is ``PRIMARY`` for the one that ECS works towards."""

    id: str
    status: str
    task_definition: str
    rollout: str
    rollout_reason: str
    failed_tasks: int
    desired: int
    running: int


@dataclass(frozen=True, slots=True)
class Service:
    """An ECS service; ``arn`` names its cluster too."""

    arn: str
    name: str
    cluster: str
    status: str
    desired: int
    running: int
    pending: int
    deployments: tuple[Deployment, ...]
    target_groups: tuple[str, ...] = ()

    @property
    def primary(self) -> Deployment | None:
        """The deployment that ECS works towards."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


def cluster_of(arn: str) -> str:
    """Return the cluster's name in ``arn:...:service/<cluster>/<service>``."""
    _, *path = arn.split("/")
    return path[0] if len(path) > 1 else "default"  # the old form names no cluster


def describe(wire: Wire, arns: Iterable[str]) -> Iterator[Service]:
    """Yield the services of the ARNs, those of one cluster in one call; unknown ones are absent."""
    by_cluster: dict[str, list[str]] = {}
    for arn in arns:
        by_cluster.setdefault(cluster_of(arn), []).append(arn)
    for cluster, members in by_cluster.items():
        for start in range(0, len(members), SERVICES_PER_CALL):
            part = members[start : start + SERVICES_PER_CALL]
            answer = wire(Call.DESCRIBE_SERVICES, cluster=cluster, services=part)
            yield from (parse(service, cluster) for service in answer["services"])


def parse(described: Json, cluster: str) -> Service:
    """Return a service of ``DescribeServices``."""
    return Service(
        arn=described["serviceArn"],
        name=described["serviceName"],
        cluster=cluster,
        status=described["status"],
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        deployments=tuple(
            Deployment(
                id=one["id"],
                status=one["status"],
                task_definition=one.get("taskDefinition", ""),
                rollout=one.get("rolloutState", ""),
                rollout_reason=one.get("rolloutStateReason", ""),
                failed_tasks=one.get("failedTasks", 0),
                desired=one.get("desiredCount", 0),
                running=one.get("runningCount", 0),
            )
            for one in described.get("deployments", ())
        ),
        target_groups=tuple(
            one["targetGroupArn"]
            for one in described.get("loadBalancers", ())
            if one.get("targetGroupArn")
        ),
    )
