"""Which resource is which service of the specification, by what it is and never by its id.

A service or task definition has many traits: its container's name and port, its load balancer, its
registry, its family, its logs. The specification's service that it shares most traits with is the
one that it is meant to be, so that one wrong trait is found as a fault of that service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items
from bidops_cfn.facts.services import EcsService, TaskDefinition
from bidops_cfn.settings.services import Service

FEWEST_TRAITS = 3


def meant_task_definitions(
    specified: Sequence[Service], found: Mapping[str, TaskDefinition]
) -> dict[str, str]:
    """Return the logical id of the task definition that is meant for each service's name."""
    return _assign(
        (_task_traits(service, task), service.name, logical_id)
        for service in specified
        for logical_id, task in found.items()
    )


def meant_services(
    specified: Sequence[Service],
    found: Mapping[str, EcsService],
    tasks: Mapping[str, TaskDefinition],
) -> dict[str, str]:
    """Return the logical id of the ECS service that is meant for each service's name."""
    return _assign(
        (
            _service_traits(service, one, tasks.get(one.task_definition or "")),
            service.name,
            logical_id,
        )
        for service in specified
        for logical_id, one in found.items()
    )


def running(
    service: Service,
    meant: str | None,
    found: Mapping[str, EcsService],
    tasks: Mapping[str, TaskDefinition],
    others: Iterable[str],
) -> tuple[str, ...]:
    """Return the logical ids of every ECS service that runs what is meant for ``service``.

    Beside the one that is meant (its task definition goes by the logical id ``meant``) these are
    the ones with the same task definition or task role, and any that is more like ``service`` than
    a stranger. Those in ``others`` are meant for another service: they count by role and task
    definition alone.
    """
    task = tasks.get(meant or "")
    role = task.task_role if task else None

    def runs(one: EcsService) -> bool:
        own = tasks.get(one.task_definition or "")
        if own is None:
            return False
        same = own is task or (role is not None and own.task_role == role)
        like = one.logical_id not in others and _task_traits(service, own) >= FEWEST_TRAITS
        return same or like

    return tuple(one.logical_id for one in found.values() if runs(one))


def _assign(scores: Iterable[tuple[int, str, str]]) -> dict[str, str]:
    """Give each name its best logical id, best match first, no logical id twice."""
    assigned: dict[str, str] = {}
    for score, name, logical_id in sorted(scores, key=lambda one: (-one[0], one[1], one[2])):
        if score < FEWEST_TRAITS:
            break
        if name not in assigned and logical_id not in assigned.values():
            assigned[name] = logical_id
    return assigned


def _task_traits(service: Service, task: TaskDefinition) -> int:
    traits = 0
    for container in task.containers:
        traits += 3 * (container.name == service.name)
        traits += 3 * (str(service.port) in container.ports)
        prefix = container.log_option.get("awslogs-stream-prefix")
        traits += symbols.text(prefix) == service.name
    family = symbols.text(task.resource.get("Family")) or ""
    return traits + 3 * (service.name in family.split("-"))


def _service_traits(service: Service, one: EcsService, task: TaskDefinition | None) -> int:
    traits = _task_traits(service, task) if task else 0
    for name, port in one.balanced_containers:
        traits += 4 * (name == service.name) + 4 * (port == str(service.port))
    called = bool(items(one.resource.get("ServiceRegistries")))
    traits += 2 * (bool(one.balanced_containers) == service.public)
    return traits + 2 * (called == bool(service.callers))
