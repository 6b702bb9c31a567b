"""ECS services: everything that ``DescribeServices`` shows of them, also while they roll out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore import xform_name
from moto.core.utils import utcnow
from moto.ecs.models import Service
from moto.logs.models import logs_backends

from bidops_cfn_sandbox.engine.clock import Process
from bidops_cfn_sandbox.engine.rollout import Container, roll_out, scale
from bidops_cfn_sandbox.engine.service import EcsService
from bidops_cfn_sandbox.models.ecs_cluster import STRATEGY, camel_strategy, tag
from bidops_cfn_sandbox.models.table import Model, Row, backend_of, ours
from bidops_cfn_sandbox.properties import STRINGS, Leaf, Tree, described, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

PROPERTIES: dict[str, Tree] = {
    **each(Leaf.STRING, "AvailabilityZoneRebalancing", "Cluster", "LaunchType", "PlatformVersion"),
    **each(Leaf.STRING, "PropagateTags", "SchedulingStrategy", "ServiceName", "TaskDefinition"),
    **each(Leaf.INTEGER, "DesiredCount", "HealthCheckGracePeriodSeconds"),
    **each(Leaf.BOOLEAN, "EnableECSManagedTags", "EnableExecuteCommand"),
    "CapacityProviderStrategy": STRATEGY,
    "DeploymentConfiguration": {
        "Alarms": {"AlarmNames": STRINGS, **each(Leaf.BOOLEAN, "Enable", "Rollback")},
        "DeploymentCircuitBreaker": each(Leaf.BOOLEAN, "Enable", "Rollback"),
        **each(Leaf.INTEGER, "MaximumPercent", "MinimumHealthyPercent"),
    },
    "LoadBalancers": [
        {"ContainerPort": Leaf.INTEGER, **each(Leaf.STRING, "ContainerName", "TargetGroupArn")}
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
    "ServiceRegistries": [
        {
            **each(Leaf.STRING, "ContainerName", "RegistryArn"),
            **each(Leaf.INTEGER, "ContainerPort", "Port"),
        }
    ],
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
    {"CapacityProviderStrategy", "Cluster", "DesiredCount", "ServiceName", "TaskDefinition"}
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

    def __init__(self, ecs: Any, request: Request, cluster: Any, name: str, task: Any) -> None:
        desired = request.properties.get("DesiredCount", DEFAULT_DESIRED_COUNT)
        self.engine = request.engine
        self.run = EcsService(self.engine.clock, "", desired, "", cluster_arn=cluster.arn)
        super().__init__(cluster, name, desired, ecs, task)
        self.run.arn = self.arn
        self.service_name = name
        self.created_at = utcnow()

    def apply(self, request: Request, task_definition: Any) -> None:
        """Take over the properties of ``request``; a new task definition is a new deployment."""
        properties = request.properties
        self.capacity_provider_strategy = camel_strategy(
            properties.get("CapacityProviderStrategy", [])
        )
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
        self.run.stop(self.run.running_tasks, "Service was deleted.")
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


def _look_up(ecs: Any, request: Request) -> tuple[Any, Any]:
    """Return the cluster and the task definition that a service names."""
    cluster = ecs._get_cluster(request.properties.get("Cluster", "default"))
    return cluster, ecs.describe_task_definition(request.properties["TaskDefinition"])


def _refuse(ecs: Any, request: Request, physical_id: str | None) -> None:
    cluster, definition = _look_up(ecs, request)
    properties = request.properties
    strategy = properties.get("CapacityProviderStrategy", [])
    providers = cluster.capacity_providers or []
    unknown = sorted({item["CapacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified capacity provider strategy cannot contain a capacity provider that is"
            f" not associated with the cluster: {', '.join(unknown)}"
        )
    if strategy and properties.get("LaunchType"):
        raise ResourceFailed(
            "Specifying both a launch type and capacity provider strategy is not supported."
        )
    if len([item for item in strategy if item.get("Base")]) > 1:
        raise ResourceFailed("Only one capacity provider of a strategy can have a base.")
    for balancer in properties.get("LoadBalancers", []):
        _check_load_balancer(request, balancer, definition)
    for registry in properties.get("ServiceRegistries", []):
        # A port beside the A record that this stack's registries have; ECS finds out at run time.
        if {"ContainerName", "ContainerPort", "Port"} & set(registry):
            raise ResourceFailed(
                "When specifying containerName and containerPort, the DNS record of the service"
                " registry must be of type SRV."
            )
    _check_network(request, definition)
    if physical_id and _find(ecs, physical_id).status != "ACTIVE":
        # Deleted by its own API meanwhile.
        raise ResourceFailed(
            "Invalid request provided: UpdateService error: Service was not ACTIVE."
        )


def _check_load_balancer(request: Request, balancer: Mapping[str, Any], definition: Any) -> None:
    arn, groups = balancer["TargetGroupArn"], backend_of(request.place, "elbv2").target_groups
    if arn not in groups:
        raise ResourceFailed(f"The specified target group {arn} does not exist.")
    if not groups[arn].load_balancer_arns:
        raise ResourceFailed(
            f"The target group with targetGroupArn {arn} does not have an associated load balancer."
        )
    ports = {
        (container["name"], mapping["containerPort"])
        for container in definition.container_definitions
        for mapping in container["portMappings"]
    }
    if (balancer["ContainerName"], balancer["ContainerPort"]) not in ports:
        raise ResourceFailed(
            f"The container {balancer['ContainerName']} does not exist in the task definition, or"
            f" has no port {balancer['ContainerPort']}."
        )


def _check_network(request: Request, definition: Any) -> None:
    configured = request.properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration")
    if definition.network_mode == "awsvpc" and not configured:
        raise ResourceFailed(
            "Network Configuration must be provided when networkMode 'awsvpc' is specified."
        )
    if configured:
        ec2 = backend_of(request.place, "ec2")
        ec2.describe_subnets(subnet_ids=configured["Subnets"])
        ec2.describe_security_groups(group_ids=configured.get("SecurityGroups", []))


def _create(ecs: Any, request: Request) -> Any:
    cluster, definition = _look_up(ecs, request)
    name = request.properties.get("ServiceName") or request.name()
    key = f"{cluster.name}:{name}"
    if key in ecs.services and ecs.services[key].status == "ACTIVE":
        raise ResourceFailed("Creation of service was not idempotent.")
    ecs.services[key] = RunningService(ecs, request, cluster, name, definition)
    return ecs.services[key]


def _find(ecs: Any, arn: str) -> Any:
    return ecs._get_service(arn.split("/")[1], arn)


def _settle(request: Request, physical_id: str) -> Process[None]:
    yield from _find(backend_of(request.place, "ecs"), physical_id).roll_out()


SERVICE = Model(
    "AWS::ECS::Service",
    "ecs",
    {name: _row(name, tree) for name, tree in PROPERTIES.items()},
    _create,
    lambda ecs, _request, arn: _find(ecs, arn).end(),
    _find,
    attributes={"Name": "name", "ServiceArn": "arn"},
    id="arn",
    refuse=_refuse,
    write=lambda ecs, request, service: service.apply(request, _look_up(ecs, request)[1]),
    tag=tag,
    settle=_settle,
    named="ServiceName",
)
