"""ECS services: everything that ``DescribeServices`` shows of them.

Deployments finish at once: the primary one is COMPLETED and runs the desired count.
"""

from __future__ import annotations

import uuid
from typing import Any

from botocore import xform_name
from moto.core.utils import utcnow
from moto.ecs.models import Service

from bidops_cfn_sandbox.models.ecs_cluster import (
    STRATEGY,
    backend,
    camel_strategy,
    ecs_tags,
)
from bidops_cfn_sandbox.models.ecs_service_refusals import refuse_impossible
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType
from bidops_cfn_sandbox.service_revisions import revision_arn

PROPERTIES: dict[str, Tree] = {
    "AvailabilityZoneRebalancing": Leaf.STRING,
    "CapacityProviderStrategy": STRATEGY,
    "Cluster": Leaf.STRING,
    "DeploymentConfiguration": {
        "Alarms": {
            "AlarmNames": STRINGS,
            "Enable": Leaf.BOOLEAN,
            "Rollback": Leaf.BOOLEAN,
        },
        "DeploymentCircuitBreaker": {"Enable": Leaf.BOOLEAN, "Rollback": Leaf.BOOLEAN},
        "MaximumPercent": Leaf.INTEGER,
        "MinimumHealthyPercent": Leaf.INTEGER,
    },
    "DesiredCount": Leaf.INTEGER,
    "EnableECSManagedTags": Leaf.BOOLEAN,
    "EnableExecuteCommand": Leaf.BOOLEAN,
    "HealthCheckGracePeriodSeconds": Leaf.INTEGER,
    "LaunchType": Leaf.STRING,
    "LoadBalancers": [
        {
            "ContainerName": Leaf.STRING,
            "ContainerPort": Leaf.INTEGER,
            "TargetGroupArn": Leaf.STRING,
        }
    ],
    "Monitoring": {
        "MetricConfigurations": [{"MetricNames": STRINGS, "ResolutionSeconds": Leaf.INTEGER}]
    },
    "NetworkConfiguration": {
        "AwsvpcConfiguration": {
            "AssignPublicIp": Leaf.STRING,
            "SecurityGroups": STRINGS,
            "Subnets": STRINGS,
        }
    },
    "PlatformVersion": Leaf.STRING,
    "PropagateTags": Leaf.STRING,
    "SchedulingStrategy": Leaf.STRING,
    "ServiceName": Leaf.STRING,
    "ServiceRegistries": [
        {
            "ContainerName": Leaf.STRING,
            "ContainerPort": Leaf.INTEGER,
            "Port": Leaf.INTEGER,
            "RegistryArn": Leaf.STRING,
        }
    ],
    "Tags": TAGS,
    "TaskDefinition": Leaf.STRING,
}
# What ECS answers when the template says nothing.
DEFAULTS: dict[str, Any] = {
    "AvailabilityZoneRebalancing": "DISABLED",
    "DeploymentConfiguration": {},
    "EnableECSManagedTags": False,
    "EnableExecuteCommand": False,
    "HealthCheckGracePeriodSeconds": 0,
    "LoadBalancers": [],
    "PlatformVersion": "LATEST",
    "PropagateTags": "NONE",
    "SchedulingStrategy": "REPLICA",
    "ServiceRegistries": [],
}
# The description of a service has these under names of their own, or not at all.
APART = frozenset(
    {"CapacityProviderStrategy", "Cluster", "DesiredCount", "ServiceName", "Tags", "TaskDefinition"}
)
DEFAULT_DESIRED_COUNT = 1


class RunningService(Service):
    """A service of moto's that keeps what it was created with and runs what it should."""

    def __init__(self, request: Request, cluster: Any, name: str, task_definition: Any) -> None:
        desired = request.properties.get("DesiredCount", DEFAULT_DESIRED_COUNT)
        self.task_definition: str | None = None
        super().__init__(cluster, name, desired, backend(request.place), task_definition)
        self.service_name = name
        self.created_at = utcnow()
        self.events = [
            {
                "id": str(uuid.uuid4()),
                "createdAt": self.created_at,
                "message": f"(service {name}) has reached a steady state.",
            }
        ]
        self.apply(request, task_definition)

    def apply(self, request: Request, task_definition: Any) -> None:
        """Take over the properties of ``request``; a new task definition is a new deployment."""
        properties = request.properties
        for name, tree in PROPERTIES.items():
            if name not in APART:
                value = properties.get(name, DEFAULTS.get(name))
                # moto answers member deploymentConfiguration from deployment_configuration.
                setattr(self, xform_name(name), None if value is None else described(value, tree))
        self.capacity_provider_strategy = camel_strategy(
            properties.get("CapacityProviderStrategy", [])
        )
        self.tags = ecs_tags(request)
        if "DesiredCount" in properties:
            self.desired_count = properties["DesiredCount"]
        if task_definition.arn != self.task_definition:
            self.task_definition = task_definition.arn
            self._primary = new_deployment()

    @property
    def running_count(self) -> int:
        """As many tasks as desired, unless the service is gone."""
        return int(self.desired_count) if self.status == "ACTIVE" else 0

    @running_count.setter
    def running_count(self, count: int) -> None:
        """Ignore what moto counts: nothing is ever pending here."""

    @property
    def pending_count(self) -> int:
        """No task is ever pending."""
        return 0

    @pending_count.setter
    def pending_count(self, count: int) -> None:
        """Ignore what moto counts."""

    @property
    def deployments(self) -> list[dict[str, Any]]:
        """The primary deployment alone, completed."""
        self._primary |= {
            "desiredCount": self.desired_count,
            "runningCount": self.running_count,
            "taskDefinition": self.task_definition,
            "capacityProviderStrategy": self.capacity_provider_strategy,
            "networkConfiguration": self.network_configuration,
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
        }
        return [self._primary]

    @deployments.setter
    def deployments(self, deployments: list[dict[str, Any]]) -> None:
        """Replace what moto starts a service with by a finished deployment."""
        self._primary = new_deployment()

    @property
    def current_service_revisions(self) -> list[dict[str, Any]]:
        """The one revision that runs."""
        counts = {"requestedTaskCount": self.desired_count, "runningTaskCount": self.running_count}
        return [{"arn": revision_arn(self), **counts, "pendingTaskCount": 0}]


def new_deployment() -> dict[str, Any]:
    """Return a primary deployment that has completed, without its counts."""
    started = utcnow()
    id_ = f"ecs-svc/{int(started.timestamp() * 1_000_000)}"
    return {
        "id": id_,
        "status": "PRIMARY",
        "createdAt": started,
        "updatedAt": started,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": "COMPLETED",
        "rolloutStateReason": f"ECS deployment {id_} completed.",
    }


def _create(request: Request) -> Made:
    ecs = backend(request.place)
    cluster = ecs._get_cluster(request.properties.get("Cluster", "default"))
    definition = ecs.describe_task_definition(request.properties["TaskDefinition"])
    refuse_impossible(request, cluster, definition)
    name = request.properties.get("ServiceName") or request.name()
    key = f"{cluster.name}:{name}"
    if key in ecs.services and ecs.services[key].status == "ACTIVE":
        raise ResourceFailed("Creation of service was not idempotent.")
    service = RunningService(request, cluster, name, definition)
    ecs.services[key] = service
    return _made(service)


def _update(request: Request, physical_id: str) -> Made:
    ecs = backend(request.place)
    cluster = ecs._get_cluster(request.properties.get("Cluster", "default"))
    definition = ecs.describe_task_definition(request.properties["TaskDefinition"])
    refuse_impossible(request, cluster, definition)
    service = ecs._get_service(cluster.name, physical_id)
    service.apply(request, definition)
    return _made(service)


def _delete(request: Request, physical_id: str) -> None:
    ecs = backend(request.place)
    cluster = ecs._get_cluster(request.properties.get("Cluster", "default"))
    service = ecs._get_service(cluster.name, physical_id)
    service.status, service.desired_count = "INACTIVE", 0


def _made(service: RunningService) -> Made:
    return Made(service.arn, {"Name": service.name, "ServiceArn": service.arn})


SERVICE = ResourceType(
    "AWS::ECS::Service",
    PROPERTIES,
    _create,
    _delete,
    _update,
    required=frozenset({"TaskDefinition"}),
    create_only=frozenset({"Cluster", "SchedulingStrategy", "ServiceName"}),
    attributes=frozenset({"Name", "ServiceArn"}),
    named="ServiceName",
)
