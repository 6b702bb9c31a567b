"""What a service exposes: where its tasks stand, who sends them requests, and what runs in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, descend, items, mapping
from bidops_cfn.facts.reach import LISTENER_RULE, is_only_to, route
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import Container, EcsService, TaskDefinition


class ExposureKind(StrEnum):
    """What an exposure is about."""

    ROLE = "role"
    BOUNDARY = "permissions boundary"
    HOLDER = "role of others"
    ADDRESS = "address"
    SUBNET = "subnet"
    GROUP = "security group"
    RANGE = "address range"
    IMPLICIT_EGRESS = "implicit egress"
    ROUTE = "listener rule"
    TARGET = "load balancer target"
    DISCOVERY = "service discovery"
    IMAGE = "image"
    IMAGE_CHOICE = "image choice"
    COMMAND = "command"
    HEALTH = "health check"
    HARDENING = "missing hardening"
    USER = "user"
    LOGS = "logs"
    RECORD = "record of ECS Exec"
    GUARD = "guard"
    SECRET = "secret"  # noqa: S105 - a kind of fact, no password
    VARIABLE = "variable"
    DYNAMIC = "dynamic reference"
    ALARM_ACTION = "alarm action"
    EVENT_TARGET = "event target"
    RESOURCE = "resource"
    PROPERTY = "property"
    EXPORT = "export"
    OUTPUT = "output"


@dataclass(frozen=True)
class Exposure:
    """One exposure: of which service or role, what kind, what it says, where it stands."""

    subject: str
    kind: ExposureKind
    shown: str
    path: Path

    @property
    def fact(self) -> tuple[str, str, str]:
        """What it says, without where it is written."""
        return (self.subject, self.kind, self.shown)


ExposureFacts = Iterator[tuple[ExposureKind, str, Path]]


FARGATE, FARGATE_SPOT = "FARGATE", "FARGATE_SPOT"


def service_placement(reading: Reading, service: EcsService) -> ExposureFacts:
    """Yield address, subnets, groups, load balancer targets and routes of one service."""
    network = ("NetworkConfiguration", "AwsvpcConfiguration")
    if service.public_address != "DISABLED":
        path = service.resource.at(*network, "AssignPublicIp")
        yield ExposureKind.ADDRESS, service.public_address, path
    for machine, path in machines(service):
        yield ExposureKind.HARDENING, f"runs on {machine}, not on Fargate", path
    for subnet, path in service.resource.each(*network, "Subnets"):
        yield ExposureKind.SUBNET, symbols.show(subnet), path
    for group, path in service.resource.each(*network, "SecurityGroups"):
        yield ExposureKind.GROUP, symbols.show(group), path
    for raw, path in service.resource.each("LoadBalancers"):
        yield ExposureKind.TARGET, target(mapping(raw)), path
    for rule in reading.document.of_type(LISTENER_RULE):
        if is_only_to(rule, service):
            yield ExposureKind.ROUTE, route(rule.properties), rule.path


def machines(service: EcsService) -> Iterator[tuple[str, Path]]:
    """Yield each kind of machine other than Fargate's that the tasks of a service may run on.

    Who runs such a machine reads what its tasks have, and they have its role and its network.
    """
    launch = service.resource.get("LaunchType")
    providers = list(service.resource.each("CapacityProviderStrategy"))
    if launch is None and not providers:
        yield "what its cluster takes by default", service.resource.path
    if launch is not None and symbols.text(launch) != FARGATE:
        yield symbols.show(launch), service.resource.at("LaunchType")
    for raw, path in providers:
        provider = mapping(raw).get("CapacityProvider")
        if symbols.text(provider) not in (FARGATE, FARGATE_SPOT):
            yield symbols.show(provider), path


def target(balancer: Mapping[str, object]) -> str:
    """Return where a load balancer sends a service's requests: container, port, target group."""
    container, port = (symbols.show(balancer.get(k)) for k in ("ContainerName", "ContainerPort"))
    where = balancer.get("TargetGroupArn", balancer.get("LoadBalancerName"))
    return f"{container} on {port} by {symbols.show(where)}"


STORED = "AWS::SSM::"
SHARING = ("IpcMode", "PidMode")


def task_exposures(reading: Reading, service: EcsService, name: str) -> ExposureFacts:
    """Yield what runs in the tasks of ``service``, which goes by ``name``."""
    if admits_commands(service):
        path = service.resource.at("EnableExecuteCommand")
        yield ExposureKind.HARDENING, "admits commands from outside (ECS Exec)", path
    task = reading.task(service)
    if task is None:
        outside = symbols.show(service.resource.get("TaskDefinition"))
        shown = f"a task definition from outside, {outside}"
        yield ExposureKind.IMAGE, shown, service.resource.path
        return
    yield from definition_exposures(reading, task, name)


def admits_commands(service: EcsService) -> bool:
    """Tell whether ECS Exec may run commands in the tasks of ``service``."""
    return written(service.resource.get("EnableExecuteCommand")) not in (None, "false")


def definition_exposures(reading: Reading, task: TaskDefinition, name: str) -> ExposureFacts:
    """Yield what runs by a task definition, for a service or task that goes by ``name``."""
    yield from _task(task)
    for container in task.containers:
        # A container called like its service needs no mention; a second one does.
        prefix = "" if container.name == name else f"{container.name or 'unknown'}: "
        yield from _runs(reading, container, prefix)
        yield from _faults(container, prefix)
        yield from _variables(container, prefix)


def _task(task: TaskDefinition) -> ExposureFacts:
    for step, role, word in (
        ("TaskRoleArn", task.task_role, "task role"),
        ("ExecutionRoleArn", task.execution_role, "execution role"),
    ):
        value = task.resource.get(step)
        if value is not None:
            shown = f"{word} {role or symbols.show(value)}"
            yield ExposureKind.ROLE, shown, task.resource.at(step)
    mode = written(task.resource.get("NetworkMode"))
    if mode != "awsvpc":
        path = task.resource.at("NetworkMode")
        yield ExposureKind.HARDENING, f"network mode {mode or 'bridge'}", path
    for step in SHARING:
        if task.resource.get(step) is not None:
            shown = f"{step} {symbols.show(task.resource.get(step))}"
            yield ExposureKind.HARDENING, shown, task.resource.at(step)
    for volume, path in task.resource.each("Volumes"):
        yield ExposureKind.HARDENING, f"volume {symbols.show(mapping(volume).get('Name'))}", path


def _runs(reading: Reading, container: Container, prefix: str) -> ExposureFacts:
    own = container.definition
    image = own.get("Image")
    yield ExposureKind.IMAGE, prefix + symbols.show(image), (*container.path, "Image")
    declared = reading.document.section("Parameters")
    for name in sorted(symbols.all_referenced(image) & declared.keys()):
        parameter = mapping(declared[name])
        shown = _choice(parameter)
        yield ExposureKind.IMAGE_CHOICE, f"{prefix}{name} may be {shown}", ("Parameters", name)
        if "Default" in parameter and not _is_stored(parameter):
            default = symbols.show(parameter["Default"])
            shown = f"{prefix}{name} is {default} where none is given"
            yield ExposureKind.IMAGE_CHOICE, shown, ("Parameters", name, "Default")
    for step in ("EntryPoint", "Command"):
        if own.get(step) is not None:
            shown = f"{prefix}{step} {symbols.show(own.get(step))}"
            yield ExposureKind.COMMAND, shown, (*container.path, step)
    health = descend(own, "HealthCheck", "Command")
    if health is not None:
        shown = f"{prefix}{symbols.show(health)}"
        yield ExposureKind.HEALTH, shown, (*container.path, "HealthCheck", "Command")
    driver = written(descend(own, "LogConfiguration", "LogDriver")) or "nowhere"
    options = container.log_option
    where = symbols.show(options["awslogs-group"]) if "awslogs-group" in options else "no group"
    shown = f"{prefix}{driver} to {where}"
    yield ExposureKind.LOGS, shown, (*container.path, "LogConfiguration")


def _choice(parameter: Mapping[str, object]) -> str:
    """Return what a parameter may be; of one that is stored, the pattern bounds the name alone."""
    if _is_stored(parameter):
        return f"whatever Parameter Store holds as {symbols.show(parameter.get('Default'))}"
    pattern = parameter.get("AllowedPattern", parameter.get("AllowedValues"))
    return "anything" if pattern is None else symbols.show(pattern)


def _is_stored(parameter: Mapping[str, object]) -> bool:
    return STORED in (written(parameter.get("Type")) or "unknown")


def _faults(container: Container, prefix: str) -> ExposureFacts:
    own = container.definition
    for step, (fault, is_safe) in _FAULTS.items():
        if not is_safe(written(own.get(step))):
            yield ExposureKind.HARDENING, prefix + fault, (*container.path, step)
    user, _, group = (written(own.get("User")) or "").partition(":")
    if group and (not group.isdecimal() or group.strip("0") == "") and _numeric_user(user):
        yield ExposureKind.HARDENING, f"{prefix}may run in root's group", (*container.path, "User")
    capabilities = mapping(descend(own, "LinuxParameters", "Capabilities"))
    dropped = [symbols.text(one) for one in items(capabilities.get("Drop"))]
    if "ALL" not in dropped or capabilities.get("Add"):
        path = (*container.path, "LinuxParameters")
        yield ExposureKind.HARDENING, f"{prefix}keeps kernel capabilities", path


def _variables(container: Container, prefix: str) -> ExposureFacts:
    for raw, path in container.each("Secrets"):
        secret = mapping(raw)
        source = symbols.show(secret.get("ValueFrom"))
        shown = f"{prefix}{symbols.show(secret.get('Name'))} from {source}"
        yield ExposureKind.SECRET, shown, path
    for raw, path in container.each("Environment"):
        yield ExposureKind.VARIABLE, prefix + symbols.show(mapping(raw).get("Name")), path
    for raw, path in container.each("EnvironmentFiles"):
        yield ExposureKind.VARIABLE, f"{prefix}file {symbols.show(mapping(raw).get('Value'))}", path


def written(value: object) -> str | None:
    """Return a scalar as it is written, None where there is none, ``unknown`` for anything else."""
    return None if value is None else symbols.text(value) or "unknown"


def _numeric_user(value: str | None) -> bool:
    """Tell whether a container's user is surely not root: a number above 0, with any group."""
    number = (value or "").partition(":")[0]
    return number.isdecimal() and number.strip("0") != ""


_FAULTS: Mapping[str, tuple[str, Callable[[str | None], bool]]] = {
    "Privileged": ("is privileged", lambda value: value in (None, "false")),
    "ReadonlyRootFilesystem": ("may write to its root file system", lambda v: v == "true"),
    "User": ("may run as root", _numeric_user),
}
