"""What stands open beside policies and flows, for a comparison: one more of it is wider.

Where tasks stand and what they run, and what review files show elsewhere or not at all: load
balancers, users, capabilities, writable paths, what variables make of a runtime, alarms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import descend, items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.posture import TEMPLATE, posture, service_names
from bidops_cfn.facts.posture_kind import PostureKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.task_definitions import Container, TaskDefinition
from bidops_cfn.spec.variables import effect_of

LOAD_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
DISCOVERY = "AWS::ServiceDiscovery::Service"
NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
ALARM = "AWS::CloudWatch::Alarm"
ALARM_ACTIONS = ("AlarmActions", "InsufficientDataActions", "OKActions")
# Compared otherwise: boundaries restrict, routes are sets.
ELSEWHERE = (PostureKind.BOUNDARY, PostureKind.ROUTE)


@dataclass(frozen=True)
class Standing:
    """One thing that stands open: of what, what kind, what it says, where it stands."""

    subject: str
    kind: str
    shown: str
    path: Path

    @property
    def fact(self) -> tuple[str, str, str]:
        """What the fact says, without where it is written."""
        return (self.subject, self.kind, self.shown)


def standing(reading: Reading) -> Iterator[Standing]:
    """Yield everything that stands open in one world."""
    for one in posture(reading):
        if one.kind not in ELSEWHERE:
            yield Standing(one.subject, one.kind, one.shown, one.path)
    yield from _services(reading)
    yield from _names(reading)
    yield from _balancers(reading)
    for alarm in reading.document.of_type(ALARM):
        for step in ALARM_ACTIONS:
            for index, target in enumerate(items(alarm.get(step))):
                shown = symbols.show(target)
                yield Standing(TEMPLATE, "alarm action", shown, alarm.at(step, index))


def _services(reading: Reading) -> Iterator[Standing]:
    run: dict[str | None, str] = {}
    for service in reading.services.values():
        name = service_names(reading)[service.logical_id]
        run[service.task_definition] = name
        if not service.groups:
            default = "the default group of the VPC"
            yield Standing(name, PostureKind.GROUP, default, service.resource.path)
    for task in reading.task_definitions.values():
        yield from _task(task, run.get(task.logical_id, task.logical_id))


def _names(reading: Reading) -> Iterator[Standing]:
    """Yield the names that the VPC's resolver answers with the tasks of a service."""
    document = reading.document
    names = service_names(reading)
    for service in reading.services.values():
        for index, raw in enumerate(items(service.resource.get("ServiceRegistries"))):
            arn = mapping(raw).get("RegistryArn")
            found = document.find(symbols.referenced(arn), DISCOVERY)
            shown = f"{symbols.show(found.get('Name'))} in " if found else symbols.show(arn)
            if found:
                shown += symbols.show(found.get("NamespaceId"))
            path = service.resource.at("ServiceRegistries", index)
            yield Standing(names[service.logical_id], "discovery", shown, path)
    for namespace in document.of_type(NAMESPACE):
        shown = f"answers for all of {symbols.show(namespace.get('Name'))}"
        yield Standing(namespace.logical_id, "discovery", shown, namespace.at("Name"))


def _task(task: TaskDefinition, name: str) -> Iterator[Standing]:
    for container in task.containers:
        prefix = "" if container.name == name else f"{container.name or 'unknown'}: "
        yield from _container(container, name, prefix)


def _container(container: Container, name: str, prefix: str) -> Iterator[Standing]:
    own = container.definition
    if own.get("User") is not None:
        yield Standing(
            name, "user", prefix + symbols.show(own.get("User")), (*container.path, "User")
        )
    linux = (*container.path, "LinuxParameters")
    for index, one in enumerate(items(descend(own, "LinuxParameters", "Capabilities", "Add"))):
        shown = f"{prefix}has the kernel capability {symbols.show(one)}"
        path = (*linux, "Capabilities", "Add", index)
        yield Standing(name, PostureKind.HARDENING, shown, path)
    for index, mount in enumerate(items(descend(own, "LinuxParameters", "Tmpfs"))):
        shown = f"{prefix}may write to {symbols.show(mapping(mount).get('ContainerPath'))}"
        yield Standing(name, PostureKind.HARDENING, shown, (*linux, "Tmpfs", index))
    for index, raw in enumerate(items(own.get("Environment"))):
        variable = symbols.show(mapping(raw).get("Name"))
        effect = effect_of(variable)
        if effect:
            shown = f"{prefix}{variable} {effect}: {symbols.show(mapping(raw).get('Value'))}"
            path = (*container.path, "Environment", index)
            yield Standing(name, PostureKind.VARIABLE, shown, path)


def _balancers(reading: Reading) -> Iterator[Standing]:
    for balancer in reading.document.of_type(LOAD_BALANCER):
        name = balancer.logical_id
        scheme = balancer.get("Scheme")
        if symbols.text(scheme) != "internal":
            # Elastic Load Balancing makes one that faces the internet unless told otherwise.
            shown = symbols.show(scheme) if scheme is not None else "internet-facing"
            yield Standing(name, PostureKind.ADDRESS, shown, balancer.path)
        for step, kind in (
            ("SecurityGroups", PostureKind.GROUP),
            ("Subnets", PostureKind.SUBNET),
            ("SubnetMappings", PostureKind.SUBNET),
        ):
            for index, value in enumerate(items(balancer.get(step))):
                yield Standing(name, kind, symbols.show(value), balancer.at(step, index))
