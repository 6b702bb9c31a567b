"""Rules that state values: which property of which resource must have which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, Resource
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
)
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.settings.contract import Import
from bidops_cfn.settings.environment import Environment, ServiceSettings
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import PARTS, STACK, Part

CONTAINER = "container"

Rows = Mapping[Part | str, Mapping[str, object]]

# Which file of compute/ writes resources of a type.
WRITTEN_IN = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "services.py",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "services.py",
    "AWS::CloudWatch::Alarm": "alarms.py",
    "AWS::ECS::Cluster": "cluster.py",
    "AWS::ECS::ClusterCapacityProviderAssociations": "cluster.py",
    "AWS::ECS::Service": "services.py",
    "AWS::ECS::TaskDefinition": "task_definitions.py",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "target_group.py",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "target_group.py",
    "AWS::IAM::Role": "roles.py",
    "AWS::Logs::LogGroup": "task_definitions.py",
    "AWS::ServiceDiscovery::PrivateDnsNamespace": "service_discovery.py",
    "AWS::ServiceDiscovery::Service": "service_discovery.py",
}


@dataclass(frozen=True)
class Given:
    """A value that ``find`` tells: ``keys`` of the settings decide it, or fields of the ``model``.

    Without keys it is known without settings, too.
    """

    find: Callable[[ReadingUnderReview, Service], object]
    keys: tuple[str, ...] = ()
    model: tuple[str, ...] = ()


@dataclass(frozen=True)
class OnlyFor:
    """A value for the services that ``meant`` is true of; nothing stands there for any other."""

    meant: Callable[[Service], object]
    expected: object


def own(part: Part, attribute: str = "") -> Given:
    """Return a reference to what plays ``part``, in the stack or for the service.

    Or an ``attribute`` of it.
    """

    def find(case: ReadingUnderReview, service: Service) -> object:
        found = case.parts.id("" if part in STACK else service.name, part)
        if not found:
            return Where(f"a reference to the {part}, which is missing", lambda _: False)
        return {symbols.GETATT: [found, attribute]} if attribute else {symbols.REF: found}

    return Given(find)


def imported(value: Import) -> Given:
    """Return a value of the contract, under the name that the environment imports it by."""
    return Given(lambda case, _: case.contract.one(value))


def of_model(field: str) -> Given:
    """Return what the model says of the service."""
    return Given(lambda _, service: getattr(service, field), model=(field,))


def of_stack(*keys: str, find: Callable[[Environment], object] | None = None) -> Given:
    """Return what ``keys`` of the settings say: the first of them, or what ``find`` makes of them.

    None means that nothing stands there.
    """
    found = find or attrgetter(keys[0])
    return Given(lambda case, _: _or_absent(found(case.settings)), keys)


def of_settings(
    *keys: str, find: Callable[[ServiceSettings, Service], object] | None = None
) -> Given:
    """Return what ``keys`` of the service's settings say, as ``of_stack`` does of the others."""
    found = find or (lambda one, _: getattr(one, keys[0]))
    return Given(
        lambda case, service: _or_absent(found(case.settings.services[service.name], service)),
        tuple(f"services.<service>.{key}" for key in keys),
    )


def _or_absent(value: object) -> object:
    return ABSENT if value is None else value


class Values(HouseRule):
    """A rule that states values, in ``rows``, of which it says where they are decided.

    A row says of which resources (a part of the stack or of a service, a type whose every resource
    is meant, or ``CONTAINER``, the service's container) which property has which value. A name such
    as ``A.B`` leads to one value inside of a property.
    """

    rows: ClassVar[Rows] = {}

    def __init_subclass__(cls) -> None:
        """Derive what is judged, whether settings decide it, and what to do, from the rows."""
        super().__init_subclass__()
        cls.judges = tuple(pair for of, values in cls.rows.items() for pair in _judged(of, values))
        cls.needs_settings = any(one.keys for one in leaves(cls.rows) if isinstance(one, Given))
        cls.fix = cls.fix or what_to_do(cls.rows)

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the values of each resource, or container, that is meant."""
        for of, values in self.rows.items():
            for service, found, path in _places(case, of):
                wanted: Any = resolved(values, case, service)
                yield from expect(found, wanted, path)


def _places(
    case: ReadingUnderReview, of: Part | str
) -> Iterator[tuple[Service, Mapping[str, object], Path]]:
    if of == CONTAINER:
        yield from ((service, one.definition, one.path) for service, one in containers(case))
    else:
        yield from ((service, one.properties, one.at()) for service, one in subjects(case, of))


def subjects(case: ReadingUnderReview, of: Part | str) -> Iterator[tuple[Service, Resource]]:
    """Yield each resource that is meant, with its service; any service for the stack's own."""
    if not isinstance(of, Part):
        yield from ((case.services[0], one) for one in case.reading.document.of_type(of))
    elif of in STACK:
        yield from ((case.services[0], one) for one in case.parts.all("", of))
    else:
        for service in case.services:
            yield from ((service, one) for one in case.parts.all(service.name, of))


def _judged(of: Part | str, values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Return the properties whose every value is judged; not what must not be there."""
    names = [n for n, value in values.items() if "." not in n and not isinstance(value, Forbidden)]
    if of == CONTAINER:
        return container_properties(*names)
    return properties(type_of(of), *names)


def type_of(of: Part | str) -> str:
    """Return the type of what a row is about."""
    if of == CONTAINER:
        return TASK_DEFINITION
    return PARTS[of].type if isinstance(of, Part) else of


def resolved(value: object, case: ReadingUnderReview, service: Service) -> object:
    """Return an expected value with everything that is given filled in."""
    if isinstance(value, Given):
        return resolved(value.find(case, service), case, service)
    if isinstance(value, OnlyFor):
        return resolved(value.expected, case, service) if value.meant(service) else ABSENT
    if isinstance(value, (Maybe, Keyed, Unordered)):
        filled: Any = resolved(value.expected, case, service)
        return replace(value, expected=filled)
    if isinstance(value, Mapping):
        return {name: resolved(one, case, service) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(one, case, service) for one in value]
    return value


def leaves(value: object) -> Iterator[object]:
    """Yield all that an expected value is made of."""
    if isinstance(value, OnlyFor):
        yield ABSENT
    if isinstance(value, (Maybe, Keyed, Unordered, OnlyFor)):
        yield from leaves(value.expected)
    elif isinstance(value, Mapping):
        yield from (leaf for inside in value.values() for leaf in leaves(inside))
    elif isinstance(value, (list, tuple)):
        yield from (leaf for inside in value for leaf in leaves(inside))
    else:
        yield value


def what_to_do(rows: Rows) -> str:
    """Return what to do about a finding: which settings, which file, or both decide the values."""
    found = list(leaves(rows))
    given = [one for one in found if isinstance(one, Given)]
    keys = " or ".join(dict.fromkeys(key for one in given for key in one.keys))
    fields = " and ".join(dict.fromkeys(field for one in given for field in one.model))
    written_in = (WRITTEN_IN.get(type_of(of), "") for of in rows)
    files = " and ".join(f"bidops_cfn/compute/{file}" for file in dict.fromkeys(written_in))
    if keys:
        text = f"Set {keys} in params/<environment>.toml and render again"
        if not all(isinstance(one, Given) and one.keys for one in found):
            text += f"; what no setting decides is written in {files}"
    elif all(isinstance(one, Forbidden) for one in found):
        text = f"Remove it from {files}"
    else:
        text = f"Change it in {files} as the finding says"
    return (
        f"{text}; bidops_cfn/settings/services.py has {fields} of each service" if fields else text
    )


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
