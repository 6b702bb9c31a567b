"""ECS clusters with their capacity providers, and task definitions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.ecs.models import Cluster

from bidops_cfn_sandbox.models.table import Model, Row, backend_of, kept, ours, passed
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Place, Request, ResourceFailed

STRATEGY: Tree = [{"Base": Leaf.INTEGER, "CapacityProvider": Leaf.STRING, "Weight": Leaf.INTEGER}]
SETTINGS: Tree = [{"Name": Leaf.STRING, "Value": Leaf.STRING}]
CONFIGURATION: Tree = {
    "ExecuteCommandConfiguration": {
        "KmsKeyId": Leaf.STRING,
        "LogConfiguration": {
            "CloudWatchEncryptionEnabled": Leaf.BOOLEAN,
            "CloudWatchLogGroupName": Leaf.STRING,
        },
        "Logging": Leaf.STRING,
    },
    "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": Leaf.STRING},
}
DEFAULT_SETTINGS = [{"Name": "containerInsights", "Value": "disabled"}]


class CountingCluster(Cluster):
    """A cluster of moto's that counts the services and tasks in it when it is asked."""

    active_services_count = ours(lambda self: len(self._services()))
    running_tasks_count = ours(lambda self: sum(one.running_count for one in self._services()))

    def _services(self) -> list[Any]:
        place = Place(self.arn.split(":")[4], self.region_name)
        services = backend(place).services.values()
        return [s for s in services if s.cluster_arn == self.arn and s.status == "ACTIVE"]


def backend(place: Place) -> Any:
    """Return moto's ECS of ``place``."""
    return backend_of(place, "ecs")


def ecs_tags(request: Request) -> list[dict[str, str]]:
    """Return the request's tags as ECS spells them."""
    return [{"key": key, "value": value} for key, value in request.tags.items()]


def camel_strategy(strategy: Any) -> list[dict[str, Any]]:
    """Return a capacity provider strategy as ECS describes it, with the base it defaults to."""
    return [{"base": 0, "weight": 0, **item} for item in described(strategy, STRATEGY)]


def tag(request: Request, made: Any) -> None:
    """Set the tags of something of ECS."""
    made.tags = ecs_tags(request)


def _create(request: Request) -> Any:
    name = request.properties.get("ClusterName") or request.name()
    place, clusters = request.place, backend(request.place).clusters
    if name in clusters and clusters[name].status == "ACTIVE":
        raise ResourceFailed(f"The specified cluster is already in use: {name}")
    clusters[name] = CountingCluster(name, place.account_id, place.region)
    return clusters[name]


def _delete(request: Request, physical_id: str) -> None:
    if backend(request.place).clusters[physical_id].active_services_count:
        raise ResourceFailed("The Cluster cannot be deleted while Services are active.")
    backend(request.place).delete_cluster(physical_id)


def _associate(request: Request, association: Any) -> None:
    providers = request.properties.get("CapacityProviders", [])
    strategy = camel_strategy(request.properties["DefaultCapacityProviderStrategy"])
    unknown = sorted({item["capacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified default capacity provider strategy cannot contain a capacity provider"
            f" that is not associated with the cluster: {', '.join(unknown)}"
        )
    backend(request.place).put_cluster_capacity_providers(association.id, providers, strategy)


def _dissociate(request: Request, physical_id: str) -> None:
    cluster = backend(request.place).clusters.get(physical_id)
    if cluster is not None:
        cluster.capacity_providers, cluster.default_capacity_provider_strategy = [], []


CLUSTER_MODELS = (
    Model(
        "AWS::ECS::Cluster",
        "ecs",
        {
            "ClusterName": Row(Leaf.STRING, fixed=True),
            "ClusterSettings": kept(
                SETTINGS,
                "settings",
                DEFAULT_SETTINGS,
                form=lambda value: described(value or DEFAULT_SETTINGS, SETTINGS),
            ),
            "Configuration": kept(
                CONFIGURATION,
                "configuration",
                {},
                form=lambda value: described(value, CONFIGURATION),
            ),
            "Tags": Row(TAGS),
        },
        _create,
        _delete,
        lambda ecs, name: ecs.clusters[name],
        attributes={"Arn": "arn"},
        id="name",
        tag=tag,
        named="ClusterName",
    ),
    Model(
        "AWS::ECS::ClusterCapacityProviderAssociations",
        "ecs",
        {
            "CapacityProviders": Row(STRINGS, required=True),
            "Cluster": Row(Leaf.STRING, required=True, fixed=True),
            "DefaultCapacityProviderStrategy": Row(STRATEGY, required=True),
        },
        lambda request: SimpleNamespace(id=request.properties["Cluster"]),
        _dissociate,
        lambda _ecs, cluster: SimpleNamespace(id=cluster),
        write=_associate,
    ),
)


CONTAINER: Tree = {
    "Command": STRINGS,
    "Cpu": Leaf.INTEGER,
    "DependsOn": [{"Condition": Leaf.STRING, "ContainerName": Leaf.STRING}],
    "DockerLabels": Leaf.MAP,
    "EntryPoint": STRINGS,
    "Environment": [{"Name": Leaf.STRING, "Value": Leaf.STRING}],
    "Essential": Leaf.BOOLEAN,
    "HealthCheck": {
        "Command": STRINGS,
        "Interval": Leaf.INTEGER,
        "Retries": Leaf.INTEGER,
        "StartPeriod": Leaf.INTEGER,
        "Timeout": Leaf.INTEGER,
    },
    "Image": Leaf.STRING,
    "LinuxParameters": {
        "Capabilities": {"Add": STRINGS, "Drop": STRINGS},
        "InitProcessEnabled": Leaf.BOOLEAN,
        "Tmpfs": [{"ContainerPath": Leaf.STRING, "MountOptions": STRINGS, "Size": Leaf.INTEGER}],
    },
    "LogConfiguration": {
        "LogDriver": Leaf.STRING,
        "Options": Leaf.MAP,
        "SecretOptions": [{"Name": Leaf.STRING, "ValueFrom": Leaf.STRING}],
    },
    "Memory": Leaf.INTEGER,
    "MemoryReservation": Leaf.INTEGER,
    "MountPoints": [
        {
            "ContainerPath": Leaf.STRING,
            "ReadOnly": Leaf.BOOLEAN,
            "SourceVolume": Leaf.STRING,
        }
    ],
    "Name": Leaf.STRING,
    "PortMappings": [
        {
            "AppProtocol": Leaf.STRING,
            "ContainerPort": Leaf.INTEGER,
            "HostPort": Leaf.INTEGER,
            "Name": Leaf.STRING,
            "Protocol": Leaf.STRING,
        }
    ],
    "Privileged": Leaf.BOOLEAN,
    "PseudoTerminal": Leaf.BOOLEAN,
    "ReadonlyRootFilesystem": Leaf.BOOLEAN,
    "RestartPolicy": {
        "Enabled": Leaf.BOOLEAN,
        "IgnoredExitCodes": [Leaf.INTEGER],
        "RestartAttemptPeriod": Leaf.INTEGER,
    },
    "Secrets": [{"Name": Leaf.STRING, "ValueFrom": Leaf.STRING}],
    "StartTimeout": Leaf.INTEGER,
    "StopTimeout": Leaf.INTEGER,
    "Ulimits": [{"HardLimit": Leaf.INTEGER, "Name": Leaf.STRING, "SoftLimit": Leaf.INTEGER}],
    "User": Leaf.STRING,
    "VersionConsistency": Leaf.STRING,
    "WorkingDirectory": Leaf.STRING,
}
STORAGE: Tree = {"SizeInGiB": Leaf.INTEGER}
PLATFORM: Tree = {"CpuArchitecture": Leaf.STRING, "OperatingSystemFamily": Leaf.STRING}


def _containers(value: list[Any]) -> Any:
    return described(value, [CONTAINER])


def _refuse(request: Request, physical_id: str | None) -> None:  # noqa: ARG001 - one signature
    containers = request.properties.get("ContainerDefinitions")
    if not containers:
        raise ResourceFailed("Container list cannot be empty.")
    for container in containers:
        # Fargate needs the prefix: without it the task does not start, and nothing else says so.
        log = container.get("LogConfiguration", {})
        if (
            log.get("LogDriver") == "awslogs"
            and "FARGATE" in request.properties.get("RequiresCompatibilities", [])
            and "awslogs-stream-prefix" not in log.get("Options", {})
        ):
            raise ResourceFailed("Log driver awslogs requires options: awslogs-stream-prefix")


def _write(request: Request, definition: Any) -> None:
    for container in definition.container_definitions:
        for mapping in container.get("portMappings", []):
            mapping.setdefault("protocol", "tcp")
            if request.properties.get("NetworkMode") == "awsvpc":
                mapping.setdefault("hostPort", mapping["containerPort"])


TASK_DEFINITION = Model(
    "AWS::ECS::TaskDefinition",
    "ecs",
    {
        "ContainerDefinitions": passed([CONTAINER], "container_definitions", form=_containers),
        "Cpu": passed(Leaf.STRING, "cpu"),
        "EphemeralStorage": passed(
            STORAGE, "ephemeral_storage", form=lambda value: described(value, STORAGE)
        ),
        "ExecutionRoleArn": passed(Leaf.STRING, "execution_role_arn"),
        "Family": passed(Leaf.STRING, "family"),
        "IpcMode": passed(Leaf.STRING, "ipc_mode"),
        "Memory": passed(Leaf.STRING, "memory"),
        "NetworkMode": passed(Leaf.STRING, "network_mode"),
        "PidMode": passed(Leaf.STRING, "pid_mode"),
        "RequiresCompatibilities": passed(STRINGS, "requires_compatibilities"),
        "RuntimePlatform": passed(
            PLATFORM, "runtime_platform", form=lambda value: described(value, PLATFORM)
        ),
        "Tags": Row(TAGS),
        "TaskRoleArn": passed(Leaf.STRING, "task_role_arn"),
        "Volumes": passed(
            [{"Name": Leaf.STRING}],
            "volumes",
            [],
            form=lambda value: [{"name": one["Name"], "host": {}} for one in value],
        ),
    },
    "register_task_definition",
    "deregister_task_definition",
    lambda ecs, arn: ecs.describe_task_definition(arn),
    attributes={"TaskDefinitionArn": "arn"},
    id="arn",
    refuse=_refuse,
    write=_write,
    tag=tag,
    named="Family",
    again=True,
)
