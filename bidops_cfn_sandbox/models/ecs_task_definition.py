"""ECS task definitions: every change registers a new revision of the family."""

from __future__ import annotations

from typing import Any

from bidops_cfn_sandbox.models.ecs_cluster import backend, ecs_tags
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

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
PROPERTIES: dict[str, Tree] = {
    "ContainerDefinitions": [CONTAINER],
    "Cpu": Leaf.STRING,
    "EphemeralStorage": {"SizeInGiB": Leaf.INTEGER},
    "ExecutionRoleArn": Leaf.STRING,
    "Family": Leaf.STRING,
    "IpcMode": Leaf.STRING,
    "Memory": Leaf.STRING,
    "NetworkMode": Leaf.STRING,
    "PidMode": Leaf.STRING,
    "RequiresCompatibilities": STRINGS,
    "RuntimePlatform": {
        "CpuArchitecture": Leaf.STRING,
        "OperatingSystemFamily": Leaf.STRING,
    },
    "Tags": TAGS,
    "TaskRoleArn": Leaf.STRING,
    "Volumes": [{"Name": Leaf.STRING}],
}


def _create(request: Request) -> Made:
    properties = request.properties
    family = properties.get("Family") or request.name()
    definition = backend(request.place).register_task_definition(
        family=family,
        container_definitions=[_container(item, properties) for item in _camel(request)],
        volumes=[{"name": item["Name"], "host": {}} for item in properties.get("Volumes", [])],
        network_mode=properties.get("NetworkMode"),
        tags=ecs_tags(request),
        requires_compatibilities=properties.get("RequiresCompatibilities"),
        cpu=properties.get("Cpu"),
        memory=properties.get("Memory"),
        task_role_arn=properties.get("TaskRoleArn"),
        execution_role_arn=properties.get("ExecutionRoleArn"),
        runtime_platform=_optional(request, "RuntimePlatform"),
        ipc_mode=properties.get("IpcMode"),
        pid_mode=properties.get("PidMode"),
        ephemeral_storage=_optional(request, "EphemeralStorage"),
    )
    return Made(definition.arn, {"TaskDefinitionArn": definition.arn})


def _camel(request: Request) -> list[dict[str, Any]]:
    containers = request.properties.get("ContainerDefinitions")
    if not containers:
        raise ResourceFailed("Container list cannot be empty.")
    camel: list[dict[str, Any]] = described(containers, PROPERTIES["ContainerDefinitions"])
    return camel


def _container(container: dict[str, Any], properties: Any) -> dict[str, Any]:
    # Fargate needs the prefix: without it the task does not start, and nothing else says so.
    log = container.get("logConfiguration", {})
    if (
        log.get("logDriver") == "awslogs"
        and "FARGATE" in properties.get("RequiresCompatibilities", [])
        and "awslogs-stream-prefix" not in log.get("options", {})
    ):
        raise ResourceFailed("Log driver awslogs requires options: awslogs-stream-prefix")
    for mapping in container.get("portMappings", []):
        mapping.setdefault("protocol", "tcp")
        if properties.get("NetworkMode") == "awsvpc":
            mapping.setdefault("hostPort", mapping["containerPort"])
    return container


def _optional(request: Request, name: str) -> Any:
    value = request.properties.get(name)
    return None if value is None else described(value, PROPERTIES[name])


def _update(request: Request, physical_id: str) -> Made:
    definition = backend(request.place).describe_task_definition(physical_id)
    definition.tags = ecs_tags(request)
    return Made(physical_id, {"TaskDefinitionArn": physical_id})


def _delete(request: Request, physical_id: str) -> None:
    backend(request.place).deregister_task_definition(physical_id)


TASK_DEFINITION = ResourceType(
    "AWS::ECS::TaskDefinition",
    PROPERTIES,
    _create,
    _delete,
    _update,
    create_only=frozenset(PROPERTIES) - {"Tags"},
    attributes=frozenset({"TaskDefinitionArn"}),
)
