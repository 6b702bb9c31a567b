"""ECS services: everything that ``DescribeServices`` shows of them, also while they roll out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore import xform_name
from moto.core.utils import utcnow
from moto.ecs.models import Service
from moto.logs.models import logs_backends

from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.rollout import Container, roll_out, scale
from bidops_cfn_sandbox.engine.service import EcsService
from bidops_cfn_sandbox.models.ecs_cluster import (
    STRATEGY,
    backend,
    camel_strategy,
    ecs_tags,
)
from bidops_cfn_sandbox.models.ecs_service_refusals import refuse_impossible
from bidops_cfn_sandbox.models.table import Model, Row, ours
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

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
FIXED = frozenset({"Cluster", "SchedulingStrategy", "ServiceName"})
DEFAULT_DESIRED_COUNT = 1


class RunningService(Service):
    """A service of moto's that keeps what it was created with, and runs on the engine."""

    task_definition = ours(lambda self: self.run.task_definition)
    running_count = ours(lambda self: self.run.running)
    pending_count = ours(lambda self: self.run.pending)
    events = ours(lambda self: self.run.events)
    deployments = ours(lambda self: self.describe_deployments())

    def __init__(self, request: Request, cluster: Any, name: str, task_definition: Any) -> None:
        desired = request.properties.get("DesiredCount", DEFAULT_DESIRED_COUNT)
        self.engine = request.engine
        self.run = EcsService(self.engine.clock, "", desired, "", cluster_arn=cluster.arn)
        super().__init__(cluster, name, desired, backend(request.place), task_definition)
        self.run.arn = self.arn
        self.service_name = name
        self.created_at = utcnow()

    def apply(self, request: Request, task_definition: Any) -> None:
        """Take over the properties of ``request``; a new task definition is a new deployment."""
        properties = request.properties
        self.capacity_provider_strategy = camel_strategy(
            properties.get("CapacityProviderStrategy", [])
        )
        self.tags = ecs_tags(request)
        groups = [one["TargetGroupArn"] for one in properties.get("LoadBalancers", ())]
        self.run.target_group = groups[0] if groups else ""
        self._note_container(task_definition)
        if "DesiredCount" in properties:
            self.desired_count = properties["DesiredCount"]
        if task_definition.arn != self.run.task_definition:
            self.run.deploy(task_definition.arn)

    def _note_container(self, task_definition: Any) -> None:
        """Note what of the container a rollout needs."""
        first = task_definition.container_definitions[0]
        options = first.get("logConfiguration", {}).get("options", {})
        logs = logs_backends[self._account_id][self.region_name]

        def log(task: str, lines: Sequence[str]) -> None:
            group = options.get("awslogs-group")
            if group not in logs.groups:
                return
            stream = f"{options['awslogs-stream-prefix']}/{first['name']}/{task}"
            logs.create_log_stream(group, stream)
            now = int(self.engine.clock.now().timestamp() * 1000)
            events = [{"timestamp": now, "message": line} for line in lines]
            logs.put_log_events(group, stream, events)

        ports = [one["containerPort"] for one in self.load_balancers]
        self.container = Container(first["name"], ports[0] if ports else None, log)

    def roll_out(self) -> Process[None]:
        """Bring the newest deployment to its end, unless it has got there."""
        if self.run.deployments[0]["rolloutState"] == "IN_PROGRESS":
            yield from roll_out(self.run, self.engine, self.container)

    def end(self) -> None:
        """Be deleted: ECS shows the service for a while, without a task."""
        self.run.stop(self.run.running_tasks, "ServiceSchedulerInitiated", "Service was deleted.")
        self.status, self.run.desired, self.run.running = "INACTIVE", 0, 0
        for one in self.run.deployments:
            one |= {"desiredCount": 0, "runningCount": 0}

    @property
    def desired_count(self) -> int:
        """How many tasks there shall be; none once the service is gone."""
        return self.run.desired

    @desired_count.setter
    def desired_count(self, count: int) -> None:
        """Change the count; tasks come and go, unless a rollout brings them."""
        self.run.desired = count
        if self.run.deployments and self.run.deployments[0]["rolloutState"] == "COMPLETED":
            self.engine.clock.run(scale(self.run, self.engine.pace, self.container))

    def describe_deployments(self) -> list[dict[str, Any]]:
        """Return the deployments as ECS shows them, the newest first."""
        more = {
            "capacityProviderStrategy": self.capacity_provider_strategy,
            "networkConfiguration": self.network_configuration,
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
        }
        return [
            {**one, "pendingCount": max(0, one["desiredCount"] - one["runningCount"]), **more}
            for one in self.run.deployments
        ]

    @property
    def current_service_revisions(self) -> list[dict[str, Any]]:
        """The revisions of the deployments that go on, each with the counts of its newest one."""
        live = [one for one in self.deployments if one["status"] != "INACTIVE"]
        newest = {self.run.revisions[one["id"]]: one for one in reversed(live)}
        return [
            {
                "arn": revision,
                "requestedTaskCount": one["desiredCount"],
                "runningTaskCount": one["runningCount"],
                "pendingTaskCount": one["pendingCount"],
            }
            for revision, one in newest.items()
        ]


def _row(name: str, tree: Tree) -> Row:
    return Row(
        tree,
        # moto answers member deploymentConfiguration from deployment_configuration.
        kept="" if name in APART else xform_name(name),
        default=DEFAULTS.get(name),
        required=name == "TaskDefinition",
        fixed=name in FIXED,
        form=lambda value: described(value, tree),
    )


def _look_up(request: Request) -> tuple[Any, Any]:
    """Return the cluster and the task definition that a service names."""
    ecs, properties = backend(request.place), request.properties
    cluster = ecs._get_cluster(properties.get("Cluster", "default"))
    return cluster, ecs.describe_task_definition(properties["TaskDefinition"])


def _refuse(request: Request, physical_id: str | None) -> None:
    refuse_impossible(request, *_look_up(request))
    if physical_id and _find(backend(request.place), physical_id).status != "ACTIVE":
        # Deleted by its own API meanwhile.
        raise ResourceFailed(
            "Invalid request provided: UpdateService error: Service was not ACTIVE."
        )


def _create(request: Request) -> Any:
    cluster, definition = _look_up(request)
    services = backend(request.place).services
    name = request.properties.get("ServiceName") or request.name()
    key = f"{cluster.name}:{name}"
    if key in services and services[key].status == "ACTIVE":
        raise ResourceFailed("Creation of service was not idempotent.")
    services[key] = RunningService(request, cluster, name, definition)
    return services[key]


def _find(ecs: Any, arn: str) -> Any:
    return ecs._get_service(arn.split("/")[1], arn)


def _settle(request: Request, physical_id: str) -> Process[None]:
    yield from _find(backend(request.place), physical_id).roll_out()


def _delete(request: Request, physical_id: str) -> None:
    _find(backend(request.place), physical_id).end()


SERVICE = Model(
    "AWS::ECS::Service",
    "ecs",
    {name: _row(name, tree) for name, tree in PROPERTIES.items()},
    _create,
    _delete,
    _find,
    attributes={"Name": "name", "ServiceArn": "arn"},
    id="arn",
    refuse=_refuse,
    write=lambda request, service: service.apply(request, _look_up(request)[1]),
    settle=_settle,
    named="ServiceName",
)
