"""One Fargate task definition per service, with one hardened container and its log group.

FR-006 to FR-015, FR-044.
"""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import AWSObject, GetAtt, Join, Ref, ecs, logs

from bidops_cfn import logical_ids
from bidops_cfn.compute.imports import imported
from bidops_cfn.logical_ids import task_family
from bidops_cfn.settings import services as fixed
from bidops_cfn.settings.contract import Imports, secret_import, secrets_manager_import
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Capability, Service


def variables(
    service: Service, environment: Environment, callees: Sequence[Service]
) -> list[ecs.Environment]:
    """Return the container's plain variables, sorted by name (FR-013).

    ``callees`` are the services that this one calls; each has a URL, made of its discovery name.
    """
    values = {
        "AWS_REGION": Ref("AWS::Region"),
        "ENVIRONMENT": environment.name,
        **service.environment,
        **{
            callee.url_variable: f"http://{callee.name}.{environment.discovery.namespace}:{callee.port}"
            for callee in callees
        },
        **(
            {service.keep_alive_variable: str(environment.keep_alive)}
            if service.keep_alive_variable
            else {}
        ),
        **environment.services[service.name].environment,
    }
    if Capability.USE_KNOWLEDGE_BASE in service.capabilities:
        bucket = imported(environment, Imports.KNOWLEDGE_BASE_BUCKET.value)
        values[fixed.KNOWLEDGE_BASE_VARIABLE] = bucket
    return [ecs.Environment(Name=name, Value=values[name]) for name in sorted(values)]


def secrets(service: Service, environment: Environment) -> list[ecs.Secret]:
    """Return the container's secret variables, sorted by name, each a whole secret (FR-014)."""
    settings = environment.services[service.name]
    sources = {
        **{name: secret_import(output) for name, output in settings.secrets.items()},
        **{name: secrets_manager_import(o) for name, o in settings.secrets_manager.items()},
    }
    return [
        ecs.Secret(Name=name, ValueFrom=imported(environment, sources[name]))
        for name in sorted(sources)
    ]


def linux_parameters(service: Service, environment: Environment) -> ecs.LinuxParameters:
    """Return the container's restrictions; writable paths are in memory.

    A bind mount belongs to root, so that a non-root user could not write there; so does a tmpfs
    over a directory of the image, unless its mode lets all users write.
    """
    mounts = [
        ecs.Tmpfs(
            ContainerPath=path,
            Size=size,
            MountOptions=["rw", "noexec", "nosuid", "nodev", "mode=1777"],
        )
        for path, size in environment.tmpfs(service.name).items()
    ]
    return ecs.LinuxParameters(
        Capabilities=ecs.KernelCapabilities(Drop=["ALL"]),
        InitProcessEnabled=True,
        **({"Tmpfs": mounts} if mounts else {}),
    )


def container(
    service: Service, environment: Environment, callees: Sequence[Service]
) -> ecs.ContainerDefinition:
    """Return the service's only container."""
    settings = environment.services[service.name]
    return ecs.ContainerDefinition(
        Name=service.name,
        Image=Join(
            "",
            [
                imported(environment, service.repository.value),
                Ref(logical_ids.image(service)),
            ],
        ),
        Essential=True,
        Memory=settings.size.memory,
        PortMappings=[
            ecs.PortMapping(
                Name="http", AppProtocol="http", ContainerPort=service.port, Protocol="tcp"
            )
        ],
        Environment=variables(service, environment, callees),
        Secrets=secrets(service, environment),
        LogConfiguration=ecs.LogConfiguration(
            LogDriver="awslogs",
            Options={
                "awslogs-group": Ref(logical_ids.log_group(service)),
                "awslogs-region": Ref("AWS::Region"),
                "awslogs-stream-prefix": service.name,
                # A slow log service must not stop the application.
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        ),
        HealthCheck=ecs.HealthCheck(
            Command=list(settings.health_command),
            Interval=10,
            Retries=3,
            StartPeriod=fixed.START_SECONDS if service.public else settings.health_grace_seconds,
            Timeout=5,
        ),
        LinuxParameters=linux_parameters(service, environment),
        Privileged=False,
        ReadonlyRootFilesystem=True,
        StopTimeout=settings.stop_timeout_seconds,
        Ulimits=[ecs.Ulimit(Name="nofile", SoftLimit=65536, HardLimit=65536)],
        User=settings.user,
    )


def task_definitions(
    service: Service, environment: Environment, callees: Sequence[Service]
) -> list[AWSObject]:
    """Return the service's task definition."""
    settings = environment.services[service.name]
    return [
        ecs.TaskDefinition(
            logical_ids.task_definition(service),
            Family=task_family(environment, service),
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            RuntimePlatform=ecs.RuntimePlatform(
                CpuArchitecture=settings.architecture, OperatingSystemFamily="LINUX"
            ),
            Cpu=str(settings.size.cpu),
            Memory=str(settings.size.memory),
            ExecutionRoleArn=GetAtt(logical_ids.execution_role(service), "Arn"),
            TaskRoleArn=GetAtt(logical_ids.task_role(service), "Arn"),
            ContainerDefinitions=[container(service, environment, callees)],
        )
    ]


def log_groups(service: Service, environment: Environment) -> list[AWSObject]:
    """Return the service's log group; both deletion policies say what happens to old logs.

    A group that a failed creation leaves behind holds nothing: it goes even where logs are kept.
    """
    retain = environment.logs.retain
    group = logs.LogGroup(
        logical_ids.log_group(service),
        RetentionInDays=fixed.LOG_RETENTION_DAYS,
        DeletionPolicy="RetainExceptOnCreate" if retain else "Delete",
        UpdateReplacePolicy="Retain" if retain else "Delete",
    )
    if environment.logs.key_arn:
        group.KmsKeyId = environment.logs.key_arn
    return [group]
