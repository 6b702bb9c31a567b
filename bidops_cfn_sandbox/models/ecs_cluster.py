"""ECS clusters with their capacity providers, and task definitions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from moto.ecs.models import Cluster

from bidops_cfn_sandbox.models.table import Model, Row, each_passed, kept, ours, passed
from bidops_cfn_sandbox.properties import PAIRS, STRINGS, Leaf, Tree, described, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

STRATEGY: Tree = [{"CapacityProvider": Leaf.STRING, **each(Leaf.INTEGER, "Base", "Weight")}]
CONFIGURATION: Tree = {
    "ExecuteCommandConfiguration": {
        "LogConfiguration": {
            "CloudWatchEncryptionEnabled": Leaf.BOOLEAN,
            "CloudWatchLogGroupName": Leaf.STRING,
        },
        **each(Leaf.STRING, "KmsKeyId", "Logging"),
    },
    "ManagedStorageConfiguration": {"FargateEphemeralStorageKmsKeyId": Leaf.STRING},
}
DEFAULT_SETTINGS = [{"Name": "containerInsights", "Value": "disabled"}]


class CountingCluster(Cluster):
    """A cluster of moto's that counts the services and tasks in it when it is asked."""

    active_services_count = ours(lambda self: len(self._services()))
    running_tasks_count = ours(lambda self: sum(one.running_count for one in self._services()))

    def __init__(self, ecs: Any, name: str) -> None:
        super().__init__(name, ecs.account_id, ecs.region_name)
        self.ecs = ecs

    def _services(self) -> list[Any]:
        services = self.ecs.services.values()
        return [s for s in services if s.cluster_arn == self.arn and s.status == "ACTIVE"]


def camel_strategy(strategy: Any) -> list[dict[str, Any]]:
    """Return a capacity provider strategy as ECS describes it, with the base it defaults to."""
    return [{"base": 0, "weight": 0, **item} for item in described(strategy, STRATEGY)]


def tag(_ecs: Any, request: Request, made: Any) -> None:
    """Set the tags of something of ECS."""
    made.tags = [{"key": key, "value": value} for key, value in request.tags.items()]


def _create(ecs: Any, request: Request) -> Any:
    name = request.properties.get("ClusterName") or request.name()
    if name in ecs.clusters and ecs.clusters[name].status == "ACTIVE":
        raise ResourceFailed(f"The specified cluster is already in use: {name}")
    ecs.clusters[name] = CountingCluster(ecs, name)
    return ecs.clusters[name]


def _delete(ecs: Any, _request: Request, physical_id: str) -> None:
    if ecs.clusters[physical_id].active_services_count:
        raise ResourceFailed("The Cluster cannot be deleted while Services are active.")
    ecs.delete_cluster(physical_id)


def _associate(ecs: Any, request: Request, association: Any) -> None:
    providers = request.properties.get("CapacityProviders", [])
    strategy = camel_strategy(request.properties["DefaultCapacityProviderStrategy"])
    unknown = sorted({item["capacityProvider"] for item in strategy} - set(providers))
    if unknown:
        raise ResourceFailed(
            "The specified default capacity provider strategy cannot contain a capacity provider"
            f" that is not associated with the cluster: {', '.join(unknown)}"
        )
    ecs.put_cluster_capacity_providers(association.id, providers, strategy)


def _dissociate(ecs: Any, _request: Request, physical_id: str) -> None:
    cluster = ecs.clusters.get(physical_id)
    if cluster is not None:
        cluster.capacity_providers, cluster.default_capacity_provider_strategy = [], []


CLUSTER_MODELS = (
    Model(
        "AWS::ECS::Cluster",
        "ecs",
        {
            "ClusterName": Row(Leaf.STRING, fixed=True),
            "ClusterSettings": kept(
                PAIRS,
                "settings",
                DEFAULT_SETTINGS,
                form=lambda value: described(value or DEFAULT_SETTINGS, PAIRS),
            ),
            "Configuration": kept(
                CONFIGURATION,
                "configuration",
                {},
                form=lambda value: described(value, CONFIGURATION),
            ),
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
        lambda _ecs, request: SimpleNamespace(id=request.properties["Cluster"]),
        _dissociate,
        lambda _ecs, cluster: SimpleNamespace(id=cluster),
        write=_associate,
    ),
)


REFERENCES: Tree = [each(Leaf.STRING, "Name", "ValueFrom")]
CONTAINER: Tree = {
    **each(Leaf.STRING, "Image", "Name", "User", "VersionConsistency", "WorkingDirectory"),
    **each(Leaf.INTEGER, "Cpu", "Memory", "MemoryReservation", "StartTimeout", "StopTimeout"),
    **each(Leaf.BOOLEAN, "Essential", "Privileged", "PseudoTerminal", "ReadonlyRootFilesystem"),
    "Command": STRINGS,
    "DependsOn": [each(Leaf.STRING, "Condition", "ContainerName")],
    "DockerLabels": Leaf.MAP,
    "EntryPoint": STRINGS,
    "Environment": PAIRS,
    "HealthCheck": {
        "Command": STRINGS,
        **each(Leaf.INTEGER, "Interval", "Retries", "StartPeriod", "Timeout"),
    },
    "LinuxParameters": {
        "Capabilities": {"Add": STRINGS, "Drop": STRINGS},
        "InitProcessEnabled": Leaf.BOOLEAN,
        "Tmpfs": [{"ContainerPath": Leaf.STRING, "MountOptions": STRINGS, "Size": Leaf.INTEGER}],
    },
    "LogConfiguration": {
        "LogDriver": Leaf.STRING,
        "Options": Leaf.MAP,
        "SecretOptions": REFERENCES,
    },
    "MountPoints": [
        {"ReadOnly": Leaf.BOOLEAN, **each(Leaf.STRING, "ContainerPath", "SourceVolume")}
    ],
    "PortMappings": [
        {
            **each(Leaf.STRING, "AppProtocol", "Name", "Protocol"),
            **each(Leaf.INTEGER, "ContainerPort", "HostPort"),
        }
    ],
    "RestartPolicy": {
        "Enabled": Leaf.BOOLEAN,
        "IgnoredExitCodes": [Leaf.INTEGER],
        "RestartAttemptPeriod": Leaf.INTEGER,
    },
    "Secrets": REFERENCES,
    "Ulimits": [{"Name": Leaf.STRING, **each(Leaf.INTEGER, "HardLimit", "SoftLimit")}],
}


def _described(tree: Tree, parameter: str) -> Row:
    return passed(tree, parameter, form=lambda value: described(value, tree))


def _refuse(_ecs: Any, request: Request, _physical_id: str | None) -> None:
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


def _write(_ecs: Any, request: Request, definition: Any) -> None:
    for container in definition.container_definitions:
        for mapping in container.get("portMappings", []):
            mapping.setdefault("protocol", "tcp")
            if request.properties.get("NetworkMode") == "awsvpc":
                mapping.setdefault("hostPort", mapping["containerPort"])


TASK_DEFINITION = Model(
    "AWS::ECS::TaskDefinition",
    "ecs",
    {
        "ContainerDefinitions": _described([CONTAINER], "container_definitions"),
        **each_passed(Leaf.STRING, "Cpu", "ExecutionRoleArn", "Family", "IpcMode", "Memory"),
        **each_passed(Leaf.STRING, "NetworkMode", "PidMode", "TaskRoleArn"),
        **each_passed(STRINGS, "RequiresCompatibilities"),
        "EphemeralStorage": _described({"SizeInGiB": Leaf.INTEGER}, "ephemeral_storage"),
        "RuntimePlatform": _described(
            each(Leaf.STRING, "CpuArchitecture", "OperatingSystemFamily"), "runtime_platform"
        ),
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
