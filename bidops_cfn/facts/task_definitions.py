"""Task definitions and their containers, as ECS will read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, descend, items, mapping
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roles import role_of

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
