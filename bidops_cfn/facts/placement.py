"""Placement: where a service's tasks stand in the network, and what sends them requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource, descend, items, mapping
from bidops_cfn.facts.exposure import ExposureFacts, ExposureKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService

FARGATE, FARGATE_SPOT = "FARGATE", "FARGATE_SPOT"
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"


def service_placement(reading: Reading, service: EcsService) -> ExposureFacts:
    """Yield address, subnets, groups, load balancer targets and routes of one service."""
    network = ("NetworkConfiguration", "AwsvpcConfiguration")
    at = service.resource.at
    if service.public_address != "DISABLED":
        yield ExposureKind.ADDRESS, service.public_address, at(*network, "AssignPublicIp")
    for machine, path in machines(service):
        yield ExposureKind.HARDENING, f"runs on {machine}, not on Fargate", path
    for index, subnet in enumerate(service.subnets):
        yield ExposureKind.SUBNET, symbols.show(subnet), at(*network, "Subnets", index)
    for index, group in enumerate(items(service.resource.get(*network, "SecurityGroups"))):
        yield ExposureKind.GROUP, symbols.show(group), at(*network, "SecurityGroups", index)
    for index, raw in enumerate(items(service.resource.get("LoadBalancers"))):
        yield ExposureKind.TARGET, target(mapping(raw)), at("LoadBalancers", index)
    for rule in reading.document.of_type(LISTENER_RULE):
        if is_only_to(rule, service):
            yield ExposureKind.ROUTE, route(rule.properties), rule.path


def machines(service: EcsService) -> Iterator[tuple[str, Path]]:
    """Yield each kind of machine other than Fargate's that the tasks of a service may run on.

    Who runs such a machine reads what its tasks have, and they have its role and its network.
    """
    launch = service.resource.get("LaunchType")
    providers = items(service.resource.get("CapacityProviderStrategy"))
    if launch is None and not providers:
        yield "what its cluster takes by default", service.resource.path
    if launch is not None and symbols.text(launch) != FARGATE:
        yield symbols.show(launch), service.resource.at("LaunchType")
    for index, raw in enumerate(providers):
        provider = mapping(raw).get("CapacityProvider")
        if symbols.text(provider) not in (FARGATE, FARGATE_SPOT):
            yield symbols.show(provider), service.resource.at("CapacityProviderStrategy", index)


def foreign_rules(reading: Reading) -> ExposureFacts:
    """Yield the listener rules that do something else than forward to one of the services."""
    for rule in reading.document.of_type(LISTENER_RULE):
        if not any(is_only_to(rule, service) for service in reading.services.values()):
            kinds = [symbols.show(descend(one, "Type")) for one in items(rule.get("Actions"))]
            done = ", ".join(kinds) or "nothing"
            yield ExposureKind.ROUTE, f"{route(rule.properties)}: {done}", rule.path


def target(balancer: Mapping[str, object]) -> str:
    """Return where a load balancer sends a service's requests: container, port, target group."""
    container, port = (symbols.show(balancer.get(k)) for k in ("ContainerName", "ContainerPort"))
    where = balancer.get("TargetGroupArn", balancer.get("LoadBalancerName"))
    return f"{container} on {port} by {symbols.show(where)}"


def route(properties: Mapping[str, object]) -> str:
    """Return the conditions and the listener of a rule, in one order however it is written."""
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


def is_only_to(rule: Resource, service: EcsService) -> bool:
    """Tell whether a rule forwards to target groups of ``service`` and does nothing else."""
    actions = items(rule.get("Actions"))
    targets = {symbols.referenced(one) for one in _targets(rule)}
    forwards = all(symbols.text(descend(one, "Type")) == "forward" for one in actions)
    return bool(targets) and forwards and targets <= set(service.target_groups) - {None}


def _targets(rule: Resource) -> Iterator[object]:
    for action in items(rule.get("Actions")):
        direct = descend(action, "TargetGroupArn")
        groups = items(descend(action, "ForwardConfig", "TargetGroups"))
        if direct is not None or not groups:
            yield direct
        for group in groups:
            yield descend(group, "TargetGroupArn")
