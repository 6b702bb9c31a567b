"""Rules that state values: which property of which resource must have which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Resource
from bidops_cfn.facts.services import TASK_DEFINITION, Container
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import (
    ABSENT,
    Forbidden,
    Keyed,
    Maybe,
    Mismatch,
    Unordered,
    Where,
    expect,
    mismatches,
)
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.environment import Environment, ServiceSettings
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import PARTS, STACK, Part

CONTAINER = "container"

Rows = Mapping[Part | str, Mapping[str, object]]


@dataclass(frozen=True)
class Given:
    """A value that ``find`` tells; with ``settings`` only where they are known."""

    find: Callable[[ReadingUnderReview, Service], object]
    settings: bool = False


def own(part: Part) -> Given:
    """Return a reference to what plays ``part``, in the stack or for the service."""
    return Given(lambda case, service: _reference(case, service, part, symbols.REF))


def attribute(part: Part, name: str) -> Given:
    """Return an attribute of what plays ``part``, in the stack or for the service."""
    return Given(lambda case, service: _reference(case, service, part, symbols.GETATT, name))


def _reference(
    case: ReadingUnderReview, service: Service, part: Part, function: str, *name: str
) -> object:
    found = case.parts.id("" if part in STACK else service.name, part)
    if not found:
        return Where(f"a reference to the {part}, which is missing", lambda _: False)
    return {function: [found, *name] if name else found}


def imported(value: Import) -> Given:
    """Return a value of the contract, under the name that the environment imports it by."""
    return Given(lambda case, _: case.contract.one(value))


def of_model(find: Callable[[Service], object]) -> Given:
    """Return what the model says of the service."""
    return Given(lambda _, service: find(service))


def of_stack(find: Callable[[Environment], object]) -> Given:
    """Return what the environment's settings say; None means that nothing stands there."""
    return Given(lambda case, _: _or_absent(find(case.settings)), settings=True)


def of_settings(find: Callable[[ServiceSettings, Service], object]) -> Given:
    """Return what the settings of the service say; None means that nothing stands there."""
    return Given(
        lambda case, service: _or_absent(find(case.settings.services[service.name], service)),
        settings=True,
    )


def _or_absent(value: object) -> object:
    return ABSENT if value is None else value


def where(holds: Callable[[Service], object], value: object) -> Given:
    """Return ``value`` for the services that ``holds`` is true of; none for any other."""
    return Given(
        lambda case, service: resolved(value, case, service) if holds(service) else ABSENT,
        settings=_asks(value),
    )


class Values(HouseRule):
    """A rule that states values, in ``rows``; its docstring is its description.

    A row says of which resources (a part of the stack or of a service, a type whose every resource
    is meant, or ``CONTAINER``, the service's container) which property has which value. A name such
    as ``A.B`` leads to one value inside of a property.
    """

    rows: ClassVar[Rows] = {}

    def __init_subclass__(cls) -> None:
        """Derive what is judged, and whether settings decide it, from the rows."""
        super().__init_subclass__()
        cls.judges = tuple(pair for of, values in cls.rows.items() for pair in _judged(of, values))
        cls.needs_settings = _asks(cls.rows)

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the values of each resource, or container, that is meant."""
        for of, values in self.rows.items():
            if of == CONTAINER:
                for service, container in containers(case):
                    yield from expect_container(container, _filled(values, case, service))
                continue
            for service, resource in subjects(case, of):
                wanted = _filled(values, case, service)
                yield from expect(resource, {k: v for k, v in wanted.items() if "." not in k})
                for name in wanted:
                    if "." in name:
                        step = name.split(".")
                        yield from mismatches(resource.get(*step), wanted[name], resource.at(*step))


def subjects(
    case: ReadingUnderReview, of: Part | str, only: Service | None = None
) -> Iterator[tuple[Service, Resource]]:
    """Yield each resource that is meant, with its service; any service for the stack's own."""
    if not isinstance(of, Part):
        yield from ((case.services[0], one) for one in case.reading.document.of_type(of))
    elif of in STACK:
        yield from ((case.services[0], one) for one in case.parts.all("", of))
    else:
        for service in (only,) if only else case.services:
            yield from ((service, one) for one in case.parts.all(service.name, of))


def _judged(of: Part | str, values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the properties whose every value is judged; not what must not be there."""
    names = [n for n, value in values.items() if "." not in n and not isinstance(value, Forbidden)]
    if of == CONTAINER:
        return container_properties(*names)
    return properties(PARTS[of].type if isinstance(of, Part) else of, *names)


def resolved(value: object, case: ReadingUnderReview, service: Service) -> object:
    """Return an expected value with everything that is given filled in."""
    if isinstance(value, Given):
        return resolved(value.find(case, service), case, service)
    if isinstance(value, (Maybe, Keyed, Unordered)):
        filled: Any = resolved(value.expected, case, service)
        return replace(value, expected=filled)
    if isinstance(value, Mapping):
        return _filled(value, case, service)
    if isinstance(value, (list, tuple)):
        return [resolved(one, case, service) for one in value]
    return value


def _filled(
    found: Mapping[str, object], case: ReadingUnderReview, service: Service
) -> dict[str, object]:
    return {name: resolved(value, case, service) for name, value in found.items()}


def _asks(value: object) -> bool:
    """Tell whether settings decide anything of an expected value."""
    if isinstance(value, Given):
        return value.settings
    if isinstance(value, (Maybe, Keyed, Unordered)):
        return _asks(value.expected)
    inside = value.values() if isinstance(value, Mapping) else value
    return not isinstance(inside, str) and isinstance(inside, Iterable) and any(map(_asks, inside))


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
