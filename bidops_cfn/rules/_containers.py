"""The container that is meant for each service, and what is expected of its definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bidops_cfn.facts.task_definitions import TASK_DEFINITION, Container
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch, mismatches
from bidops_cfn.rules._house_rule import properties
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part

IN_CONTAINER = "ContainerDefinitions[]."


def container_properties(*names: str) -> tuple[tuple[str, str], ...]:
    """Return the keys ``names`` of a container definition, as ``HouseRule.judges`` has them."""
    return properties(TASK_DEFINITION, *(IN_CONTAINER + name for name in names))


def containers(case: ReadingUnderReview) -> Iterator[tuple[Service, Container]]:
    """Yield the service's container: the one of its name, else the first."""
    for service in case.services:
        for resource in case.parts.all(service.name, Part.TASK_DEFINITION):
            task = case.reading.task_definitions[resource.logical_id]
            named = [one for one in task.containers if one.name == service.name]
            for container in (named or task.containers)[:1]:
                yield service, container


def expect_container(container: Container, expected: Mapping[str, object]) -> Iterator[Mismatch]:
    """Yield how the named keys of a container definition differ from what is expected."""
    named = {name: container.definition[name] for name in expected if name in container.definition}
    yield from mismatches(named, expected, container.path)
