"""ECS services and task definitions: what runs, in which groups, behind what, with which roles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, descend, items, mapping
from bidops_cfn.facts.flows import Flow, group_symbol
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roles import role_of
from bidops_cfn.facts.security_groups import SecurityGroup

TASK_DEFINITION = "AWS::ECS::TaskDefinition"


@dataclass(frozen=True)
class Container:
    """A container definition; ``path`` is where it stands."""

    path: Path
    definition: Mapping[str, object]

    @property
    def name(self) -> str | None:
        """The container's name where it is known."""
        return symbols.text(self.definition.get("Name"))

    @property
    def ports(self) -> tuple[str | None, ...]:
        """The container ports; None for one that is unknown."""
        mappings = items(self.definition.get("PortMappings"))
        return tuple(symbols.text(mapping(one).get("ContainerPort")) for one in mappings)

    @property
    def log_option(self) -> Mapping[str, object]:
        """The options of the log driver."""
        return mapping(descend(self.definition, "LogConfiguration", "Options"))


@dataclass(frozen=True)
class TaskDefinition:
    """A task definition; roles are logical ids, None for a role that is not in the template."""

    resource: Resource
    containers: tuple[Container, ...]
    execution_role: str | None
    task_role: str | None

    @property
    def logical_id(self) -> str:
        """The task definition's logical id."""
        return self.resource.logical_id


def task_definitions(document: Document) -> dict[str, TaskDefinition]:
    """Return every task definition by logical id."""
    return {
        resource.logical_id: TaskDefinition(
            resource,
            tuple(_containers(resource)),
            role_of(document, resource.get("ExecutionRoleArn")),
            role_of(document, resource.get("TaskRoleArn")),
        )
        for resource in document.of_type(TASK_DEFINITION)
    }


def _containers(resource: Resource) -> Iterator[Container]:
    for index, raw in enumerate(items(resource.get("ContainerDefinitions"))):
        yield Container(resource.at("ContainerDefinitions", index), mapping(raw))


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
