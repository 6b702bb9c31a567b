"""What the container of a task is, gets and may do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import ANY, Keyed, Maybe, Mismatch, Unordered, mismatches
from bidops_cfn.rules._house_rule import ECS_API, ECS_GUIDE, HouseRule
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
    """Load balancer, discovery and security groups all rely on the container's name and port.

    It listens by HTTP over TCP. If the essential container stops, so does the task.
    """

    id = "E9204"
    shortdesc = "Each service has one essential container of its name, on its port"
    source_url = f"{ECS_API}/API_ContainerDefinition.html"
    requirements = ("FR-012", "FR-015")
    fix = (
        f"In {BUILDER}, name the container after its service, essential, with one port mapping; "
        "the port stands in bidops_cfn/settings/services.py"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "Name": of_model(lambda service: service.name),
            "Essential": True,
            "PortMappings": [
                {
                    "Name": "http",
                    "AppProtocol": "http",
                    "ContainerPort": of_model(lambda service: service.port),
                    "HostPort": Maybe(of_model(lambda service: service.port)),
                    "Protocol": "tcp",
                }
            ],
        }
    }


def _variables(case: ReadingUnderReview, service: Service) -> Keyed:
    found = expected_variables(case.settings, case.services, service)
    return Keyed("Name", {name: {"Value": value} for name, value in found.items()})


class Variables(Values):
    """Every role that may describe a task reads its plain variables.

    AWS_REGION and ENVIRONMENT; for each service that it calls, that service's discovery name and
    port; the knowledge base's bucket where it may use it; how long a public service keeps an idle
    connection, which is longer than the load balancer does; and what settings add.
    """

    id = "E9206"
    shortdesc = "Containers get exactly the plain variables that are specified and set"
    source_url = f"{ECS_GUIDE}/taskdef-envfiles.html"
    requirements = ("FR-013", "FR-022")
    fix = "Set the variable in params/<environment>.toml and render again"
    rows: ClassVar[Rows] = {CONTAINER: {"Environment": Given(_variables, settings=True)}}


def _secrets(case: ReadingUnderReview, service: Service) -> Keyed:
    settings = case.settings.services[service.name]
    sources = {
        **{name: secret_import(output) for name, output in settings.secrets.items()},
        **{name: secrets_manager_import(o) for name, o in settings.secrets_manager.items()},
    }
    wanted = {name: {"ValueFrom": case.contract.one(one)} for name, one in sources.items()}
    return Keyed("Name", wanted)


class Secrets(Values):
    """A secret comes from SecurityStack, whole, under the name that settings give.

    Each secret variable is one imported ARN. A suffix that picks a JSON key works with Secrets
    Manager only; on an SSM parameter it lints clean and breaks the launch.
    """

    id = "E9207"
    shortdesc = "Containers mount exactly the secrets that settings name"
    source_url = f"{ECS_GUIDE}/secrets-envvar-ssm-paramstore.html"
    requirements = ("FR-014", "FR-049", "SC-006", "US5-1")
    fix = "Map the variable to the SecurityStack output in params/<environment>.toml"
    rows: ClassVar[Rows] = {CONTAINER: {"Secrets": Given(_secrets, settings=True)}}


class Logging(Values):
    """A stream prefix is mandatory on Fargate, and lints clean when it is absent.

    awslogs with the group, the region and the service's name as stream prefix. Non-blocking, with a
    buffer, so that a slow log service does not stop the application.
    """

    id = "E9209"
    shortdesc = "Containers log to the service's own group, under its name"
    source_url = f"{ECS_GUIDE}/specify-log-config.html"
    requirements = ("FR-010", "FR-044", "SC-007", "US2-4")
    fix = f"In {BUILDER}, log with awslogs to the service's own group, prefix, mode and buffer"
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "LogConfiguration": {
                "LogDriver": "awslogs",
                "Options": {
                    "awslogs-group": own(Part.LOG_GROUP),
                    "awslogs-region": {symbols.REF: "AWS::Region"},
                    "awslogs-stream-prefix": of_model(lambda service: service.name),
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
    """Code that is broken into finds no privilege, no capability and nothing to write to.

    The user is numeric and not root, all kernel capabilities are dropped, the root filesystem is
    read-only, and an init process reaps children.
    """

    id = "E9210"
    shortdesc = "Containers run as a numeric user without privileges, on a read-only root"
    source_url = f"{ECS_GUIDE}/security-tasks-containers.html"
    requirements = ("template",)
    fix = (
        "Set user of the service in params/<environment>.toml; the rest of the hardening stands in "
        f"{BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "User": of_settings(lambda one, _: one.user),
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


class WritablePaths(HouseRule):
    """Bind mounts belong to root: a non-root user can write to memory only.

    Tmpfs mounts, without execution, set-user-id and devices. Volumes on Fargate are owned by root,
    so that a non-root user could not write there; a tmpfs over a directory of the image is, too,
    and takes its mode: mode=1777 lets the container's user write.
    """

    id = "E9211"
    shortdesc = "Containers write to exactly the in-memory paths that settings name"
    source_url = f"{ECS_API}/API_Tmpfs.html"
    requirements = ("template",)
    fix = "Name writable paths in [services.<service>.tmpfs] of params/<environment>.toml"
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for service, container in containers(case):
            mounts = case.settings.tmpfs(service.name)
            wanted = {
                path: {"Size": size, "MountOptions": Unordered(MOUNTED)}
                for path, size in mounts.items()
            }
            found = descend(container.definition, "LinuxParameters", "Tmpfs")
            path = (*container.path, "LinuxParameters", "Tmpfs")
            here = [] if found is None else found
            yield from mismatches(here, Keyed("ContainerPath", wanted), path)


class ContainerHealthCheck(Values):
    """A service without a load balancer has no other health signal.

    Every 10 seconds, 5 seconds each, three failures: a dead task is found within a minute (SC-002).
    The command uses a program that the image has. Failures do not count for 30 seconds in a service
    with a grace period (E9606), and for health_grace_seconds in one without a load balancer.
    """

    id = "E9212"
    shortdesc = "Containers have the health check that settings name"
    source_url = f"{ECS_API}/API_HealthCheck.html"
    requirements = ("SC-002", "US3-4")
    fix = (
        "Set health_command and, for a service without a load balancer, health_grace_seconds in "
        "params/<environment>.toml and render again; the other times stand in "
        f"{BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "HealthCheck": {
                "Command": of_settings(lambda one, _: list(one.health_command)),
                "Interval": 10,
                "Retries": 3,
                "StartPeriod": of_settings(
                    lambda one, service: (
                        START_SECONDS if service.public else one.health_grace_seconds
                    )
                ),
                "Timeout": 5,
            }
        }
    }


class Limits(Values):
    """A task that is not killed in time delays every deployment.

    Fargate kills a container after 120 seconds at most, Spot after 120 seconds' notice: the stop
    timeout of the settings lies below. 65,536 open files are enough for connections.
    """

    id = "E9213"
    shortdesc = "Containers stop in time and may open enough files"
    source_url = f"{ECS_API}/API_ContainerDefinition.html"
    requirements = ("template",)
    fix = (
        "Set stop_timeout_seconds in params/<environment>.toml and render again; the number of "
        f"open files stands in {BUILDER}"
    )
    rows: ClassVar[Rows] = {
        CONTAINER: {
            "StopTimeout": of_settings(lambda one, _: one.stop_timeout_seconds),
            "Ulimits": Keyed("Name", {"nofile": {"SoftLimit": 65536, "HardLimit": 65536}}),
        }
    }
