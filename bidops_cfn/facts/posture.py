"""Posture: what the tasks of a service are and may do beside permissions and flows.

Each fact says that something *is possible or used*, so that sets of them can be compared: one more
is wider, one less is narrower. Hardening is said by its absence (``is privileged``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.task_definitions import Container

LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


class PostureKind(StrEnum):
    """What a posture fact is about."""

    ROLE = "role"
    ADDRESS = "address"
    SUBNET = "subnet"
    GROUP = "security group"
    ROUTE = "load balancer route"
    IMAGE = "image"
    HARDENING = "missing hardening"
    SECRET = "secret"  # noqa: S105 - a kind of fact, no password
    VARIABLE = "variable"


@dataclass(frozen=True)
class Posture:
    """One fact: of which ECS service, what kind, what it says, where it stands."""

    service: str
    kind: PostureKind
    shown: str
    path: Path

    @property
    def fact(self) -> tuple[str, str, str]:
        """What the fact says, without where it is written."""
        return (self.service, self.kind, self.shown)


def posture(reading: Reading) -> Iterator[Posture]:
    """Yield every posture fact of one world; services go by their name where they are meant."""
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    for service in reading.services.values():
        name = names.get(service.logical_id, service.logical_id)
        for kind, shown, path in (*_network(reading, service), *_task(reading, service)):
            yield Posture(name, kind, shown, path)


_Facts = Iterator[tuple[PostureKind, str, Path]]


def _network(reading: Reading, service: EcsService) -> _Facts:
    network = ("NetworkConfiguration", "AwsvpcConfiguration")
    at = service.resource.at
    if service.public_address != "DISABLED":
        yield PostureKind.ADDRESS, service.public_address, at(*network, "AssignPublicIp")
    for index, subnet in enumerate(service.subnets):
        yield PostureKind.SUBNET, symbols.show(subnet), at(*network, "Subnets", index)
    for index, group in enumerate(items(service.resource.get(*network, "SecurityGroups"))):
        yield PostureKind.GROUP, symbols.show(group), at(*network, "SecurityGroups", index)
    for rule in reading.document.of_type(LISTENER_RULE):
        targets = {symbols.referenced(t) for t in _targets(rule.get("Actions"))}
        if targets & set(service.target_groups):
            yield PostureKind.ROUTE, _route(rule.properties), rule.path
    if _written(service.resource.get("EnableExecuteCommand")) not in (None, "false"):
        path = at("EnableExecuteCommand")
        yield PostureKind.HARDENING, "admits commands from outside (ECS Exec)", path


def _targets(actions: object) -> Iterator[object]:
    for action in items(actions):
        yield descend(action, "TargetGroupArn")
        for group in items(descend(action, "ForwardConfig", "TargetGroups")):
            yield descend(group, "TargetGroupArn")


def _route(properties: Mapping[str, object]) -> str:
    conditions = [mapping(one) for one in items(properties.get("Conditions"))]
    parts = sorted(
        f"{symbols.show(one.get('Field'))} {_values(one)}".replace("-header", "")
        for one in conditions
    )
    where = symbols.show(properties.get("ListenerArn"))
    return f"{' and '.join(parts) or 'everything'} at {where}"


def _values(condition: Mapping[str, object]) -> str:
    found = [symbols.text(one) for one in items(condition.get("Values"))]
    for name, config in condition.items():
        if name.endswith("Config"):
            found += [symbols.text(one) for one in items(mapping(config).get("Values"))]
    return ", ".join(sorted(one or "unknown" for one in found)) or "unknown"


def _task(reading: Reading, service: EcsService) -> _Facts:
    task = reading.task_definitions.get(service.task_definition or "")
    if task is None:
        yield PostureKind.IMAGE, "a task definition from outside", service.resource.path
        return
    for name in ("TaskRoleArn", "ExecutionRoleArn"):
        role = task.task_role if name == "TaskRoleArn" else task.execution_role
        value = task.resource.get(name)
        if value is not None:
            word = "task role" if name == "TaskRoleArn" else "execution role"
            shown = f"{word} {role or symbols.show(value)}"
            yield PostureKind.ROLE, shown, task.resource.at(name)
    for index, volume in enumerate(items(task.resource.get("Volumes"))):
        shown = f"volume {symbols.show(mapping(volume).get('Name'))}"
        yield PostureKind.HARDENING, shown, task.resource.at("Volumes", index)
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    for container in task.containers:
        # A container called like its service needs no mention; a second one does.
        own = container.name == names.get(service.logical_id)
        yield from _container(container, "" if own else f"{container.name or 'unknown'}: ")


def _container(container: Container, prefix: str) -> _Facts:
    own = container.definition
    yield PostureKind.IMAGE, prefix + symbols.show(own.get("Image")), (*container.path, "Image")
    for step, fault in _FAULTS.items():
        if not _SAFE[step](_written(own.get(step))):
            yield PostureKind.HARDENING, prefix + fault, (*container.path, step)
    capabilities = mapping(descend(own, "LinuxParameters", "Capabilities"))
    dropped = [symbols.text(one) for one in items(capabilities.get("Drop"))]
    if "ALL" not in dropped or capabilities.get("Add"):
        path = (*container.path, "LinuxParameters")
        yield PostureKind.HARDENING, f"{prefix}keeps kernel capabilities", path
    for index, raw in enumerate(items(own.get("Secrets"))):
        secret = mapping(raw)
        source = symbols.show(secret.get("ValueFrom"))
        shown = f"{prefix}{symbols.show(secret.get('Name'))} from {source}"
        yield PostureKind.SECRET, shown, (*container.path, "Secrets", index)
    for index, raw in enumerate(items(own.get("Environment"))):
        shown = prefix + symbols.show(mapping(raw).get("Name"))
        yield PostureKind.VARIABLE, shown, (*container.path, "Environment", index)


def _written(value: object) -> str | None:
    """Return a scalar as it is written, None where there is none, ``unknown`` for anything else."""
    return None if value is None else symbols.text(value) or "unknown"


def _numeric_user(value: str | None) -> bool:
    """Tell whether a container's user is surely not root: a number above 0, with any group."""
    return (
        value is not None and value.partition(":")[0].isdecimal() and int(value.split(":")[0]) > 0
    )


_FAULTS = {
    "Privileged": "is privileged",
    "ReadonlyRootFilesystem": "may write to its root file system",
    "User": "may run as root",
}
_SAFE = {
    "Privileged": lambda value: value in (None, "false"),
    "ReadonlyRootFilesystem": lambda value: value == "true",
    "User": _numeric_user,
}
