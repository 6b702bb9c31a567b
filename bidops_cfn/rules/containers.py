"""What the container of a task is, gets and may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import ANY, Keyed, Maybe, Mismatch, Unordered
from bidops_cfn.rules._values import (
    CONTAINER,
    Given,
    Rows,
    Values,
    containers,
    of_model,
    of_settings,
    own,
)
from bidops_cfn.settings.contract import secret_import, secrets_manager_import
from bidops_cfn.settings.services import START_SECONDS, Service
from bidops_cfn.spec.parts import Part
from bidops_cfn.spec.variables import expected_variables

BUILDER = "bidops_cfn/compute/task_definitions.py"
MOUNTED = ["rw", "noexec", "nosuid", "nodev", "mode=1777"]


class ContainerPort(Values):
    """Each service has one essential container of its name, on its port.

    Load balancer, discovery and security groups all rely on the container's name and port. It
    listens by HTTP over TCP. If the essential container stops, so does the task.
    """

    id = "E9204"
    source = "ecs-api/API_ContainerDefinition"
    requirements = ("FR-012", "FR-015")
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "Name": of_model("name"),
            "Essential": True,
            "PortMappings": [
                {
                    "Name": "http",
                    "AppProtocol": "http",
                    "ContainerPort": of_model("port"),
                    "HostPort": Maybe(of_model("port")),
                    "Protocol": "tcp",
                }
            ],
        }
    }


def _variables(case: ReadingUnderReview, service: Service) -> Keyed:
    found = expected_variables(case.settings, case.services, service)
    return Keyed("Name", {name: {"Value": value} for name, value in found.items()})


class Variables(Values):
    """Containers get exactly the plain variables that are specified and set.

    Every role that may describe a task reads its plain variables. AWS_REGION and ENVIRONMENT; for
    each service that it calls, that service's discovery name and port; the knowledge base's bucket
    where it may use it; how long a public service keeps an idle connection, which is longer than
    the load balancer does; and what settings add.
    """

    id = "E9206"
    source = "ecs/taskdef-envfiles"
    requirements = ("FR-013", "FR-022")
    fix = (
        "Set services.<service>.environment in params/<environment>.toml and render again; every "
        f"other variable is written in {BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {"Environment": Given(_variables, ("services.<service>.environment",))}
    }


def _secrets(case: ReadingUnderReview, service: Service) -> Keyed:
    settings = case.settings.services[service.name]
    sources = {
        **{name: secret_import(output) for name, output in settings.secrets.items()},
        **{name: secrets_manager_import(o) for name, o in settings.secrets_manager.items()},
    }
    wanted = {name: {"ValueFrom": case.contract.one(one)} for name, one in sources.items()}
    return Keyed("Name", wanted)


class Secrets(Values):
    """Containers mount exactly the secrets that settings name.

    A secret comes from SecurityStack, whole, under the name that settings give. Each secret
    variable is one imported ARN. A suffix that picks a JSON key works with Secrets Manager only; on
    an SSM parameter it lints clean and breaks the launch.
    """

    id = "E9207"
    source = "ecs/secrets-envvar-ssm-paramstore"
    requirements = ("FR-014", "FR-049", "SC-006", "US5-1")
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "Secrets": Given(
                _secrets, ("services.<service>.secrets", "services.<service>.secrets_manager")
            )
        }
    }


class Logging(Values):
    """Containers log to the service's own group, under its name.

    A stream prefix is mandatory on Fargate, and lints clean when it is absent. awslogs with the
    group, the region and the service's name as stream prefix. Non-blocking, with a buffer, so that
    a slow log service does not stop the application.
    """

    id = "E9209"
    source = "ecs/specify-log-config"
    requirements = ("FR-010", "FR-044", "SC-007", "US2-4")
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {
                    "awslogs-group": own(Part.LOG_GROUP),
                    "awslogs-region": {symbols.REF: "AWS::Region"},
                    "awslogs-stream-prefix": of_model("name"),
                    "mode": "non-blocking",
                    "max-buffer-size": "25m",
                },
            }
        }
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for service, container in containers(case):
            group = case.id(service, Part.LOG_GROUP)
            for other, part in case.parts.slots_of(group):
                if (other, part) != (service.name, Part.LOG_GROUP):
                    path = (*container.path, "LogConfiguration", "Options", "awslogs-group")
                    yield Mismatch(path, f"names {group}, which is the log group of {other}")


class Privileges(Values):
    """Containers run as a numeric user without privileges, on a read-only root.

    Code that is broken into finds no privilege, no capability and nothing to write to. The user is
    numeric and not root, all kernel capabilities are dropped, the root filesystem is read-only, and
    an init process reaps children.
    """

    id = "E9210"
    source = "ecs/security-tasks-containers"
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "User": of_settings("user"),
            "Privileged": Maybe(False),
            "ReadonlyRootFilesystem": True,
            "LinuxParameters": {
                "Capabilities": {"Drop": ["ALL"]},
                "InitProcessEnabled": True,
                "Tmpfs": Maybe(ANY),  # judged by E9211
            },
        }
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for _, container in containers(case):
            user = str(container.definition.get("User"))
            if user.split(":", maxsplit=1)[0] in ("0", "root", ""):
                yield Mismatch((*container.path, "User"), f"is {user}, which is root")


def _mounts(case: ReadingUnderReview, service: Service) -> object:
    wanted = {
        path: {"Size": size, "MountOptions": Unordered(MOUNTED)}
        for path, size in case.settings.tmpfs(service.name).items()
    }
    return Keyed("ContainerPath", wanted) if wanted else Maybe(Keyed("ContainerPath", {}))


class WritablePaths(Values):
    """Containers write to exactly the in-memory paths that settings name.

    Bind mounts belong to root: a non-root user can write to memory only. Tmpfs mounts, without
    execution, set-user-id and devices. A tmpfs over a directory of the image is root's, too, and
    takes its mode: mode=1777 lets the container's user write.
    """

    id = "E9211"
    source = "ecs-api/API_Tmpfs"
    fix = (
        "Set services.<service>.tmpfs in params/<environment>.toml and render again; the options "
        f"of every mount are written in {BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {"LinuxParameters.Tmpfs": Given(_mounts, ("services.<service>.tmpfs",))}
    }


class ContainerHealthCheck(Values):
    """Containers have the health check that settings name.

    A service without a load balancer has no other health signal. Every 10 seconds, 5 seconds each,
    three failures: a dead task is found within a minute (SC-002). The command uses a program that
    the image has. Failures do not count for 30 seconds in a service with a grace period (E9606),
    and for health_grace_seconds in one without a load balancer.
    """

    id = "E9212"
    source = "ecs-api/API_HealthCheck"
    requirements = ("SC-002", "US3-4")
    fix = (
        "Set health_command and, for a service without a load balancer, health_grace_seconds in "
        "params/<environment>.toml and render again; the other times stand in "
        f"{BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "HealthCheck": {
                "Command": of_settings("health_command"),
                "Interval": 10,
                "Retries": 3,
                "StartPeriod": of_settings(
                    "health_grace_seconds",
                    find=lambda one, service: (
                        START_SECONDS if service.public else one.health_grace_seconds
                    ),
                ),
                "Timeout": 5,
            }
        }
    }


class Limits(Values):
    """Containers stop in time and may open enough files.

    A task that is not killed in time delays every deployment. Fargate kills a container after 120
    seconds at most, Spot after 120 seconds' notice: the stop timeout of the settings lies below.
    65,536 open files are enough for connections.
    """

    id = "E9213"
    source = "ecs-api/API_ContainerDefinition"
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "StopTimeout": of_settings("stop_timeout_seconds"),
            "Ulimits": Keyed("Name", {"nofile": {"SoftLimit": 65536, "HardLimit": 65536}}),
        }
    }
