"""ECS services: the tasks that they run, and the network that the tasks stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, items, mapping
from bidops_cfn.facts.flows import Flow, group_symbol
from bidops_cfn.facts.security_groups import SecurityGroup
from bidops_cfn.facts.task_definitions import TASK_DEFINITION

SERVICE = "AWS::ECS::Service"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_NETWORK = ("NetworkConfiguration", "AwsvpcConfiguration")


@dataclass(frozen=True)
class EcsService:
    """A service; ``task_definition`` and ``target_groups`` are logical ids, None if not ours.

    ``groups`` are group ids as canonical JSON text, ``subnets`` are canonical values.
    """

    resource: Resource
    task_definition: str | None
    groups: tuple[str, ...]
    subnets: tuple[object, ...]
    public_address: str
    target_groups: tuple[str | None, ...]
    balanced_containers: tuple[tuple[str | None, str | None], ...]

    @property
    def logical_id(self) -> str:
        """The service's logical id."""
        return self.resource.logical_id


def services(document: Document) -> dict[str, EcsService]:
    """Return every ECS service by logical id."""
    return {r.logical_id: _service(document, r) for r in document.of_type(SERVICE)}


def flows_of(service: EcsService, groups: Mapping[str, SecurityGroup]) -> tuple[Flow, ...] | None:
    """Return every flow of the service's groups; None when a group's rules are unknown.

    A service without a group gets the default group of the VPC, which is not known here.
    """
    flows: list[Flow] = []
    for group_id in service.groups:
        group = groups.get(group_id)
        if group is None or group.resource is None:
            return None
        flows += group.flows
    return tuple(flows) if service.groups else None


def _service(document: Document, resource: Resource) -> EcsService:
    balancers = [mapping(one) for one in items(resource.get("LoadBalancers"))]
    targets = [
        document.find(symbols.referenced(one.get("TargetGroupArn")), TARGET_GROUP)
        for one in balancers
    ]
    task_definition = document.find(
        symbols.referenced(resource.get("TaskDefinition")), TASK_DEFINITION
    )
    return EcsService(
        resource,
        task_definition.logical_id if task_definition else None,
        tuple(
            symbols.key(group_symbol(document, one))
            for one in items(resource.get(*_NETWORK, "SecurityGroups"))
        ),
        tuple(items(resource.get(*_NETWORK, "Subnets"))),
        # ECS disables public addresses unless told otherwise; an unknown value may enable them.
        symbols.show(resource.get(*_NETWORK, "AssignPublicIp") or "DISABLED"),
        tuple(target.logical_id if target else None for target in targets),
        tuple(
            (symbols.text(one.get("ContainerName")), symbols.text(one.get("ContainerPort")))
            for one in balancers
        ),
    )
