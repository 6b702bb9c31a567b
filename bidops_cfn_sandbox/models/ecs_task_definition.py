"""ECS task definitions: every change registers a new revision of the family."""

from __future__ import annotations

from typing import Any

from bidops_cfn_sandbox.models.ecs_cluster import tag
from bidops_cfn_sandbox.models.table import Model, Row, passed
from bidops_cfn_sandbox.properties import STRINGS, TAGS, Leaf, Tree, described
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

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
