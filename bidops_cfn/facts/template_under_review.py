"""The template under review: its facts, and the settings and contract that it is judged by.

Rules, proofs, reviews and comparisons that look at a template in its environment look at this.
Which part of the stack each resource plays is told by what it refers to. The parts of a service are
found from the service: its task definition, the roles, group and log group that those name, its
target group, whatever scales or watches it. A resource that plays no part, two that play the same
and a part that no resource plays are for the rules to report.

Its settings are those of the environment that the template's metadata names, from the project that
the file lies in, or else the one that the command runs in. Without settings the values that they
decide cannot be judged, which is a finding of its own (E9002).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bidops_cfn import project
from bidops_cfn.errors import BidopsCfnError, SettingsError, UsageError
from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, descend, items, mapping
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.reach import LISTENER_RULE
from bidops_cfn.facts.reading import Facts, Reading, read
from bidops_cfn.facts.services import SERVICE, TASK_DEFINITION
from bidops_cfn.settings import load
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import SERVICES, Service
from bidops_cfn.spec.parts import (
    PARTS,
    SCALING,
    STACK,
    WATCHING_SERVICE,
    WATCHING_TARGETS,
    Part,
)

LOG_GROUP = "AWS::Logs::LogGroup"
DISCOVERY = "AWS::ServiceDiscovery::Service"
ALARM = "AWS::CloudWatch::Alarm"


STACK_PARTS = {PARTS[part].type: part for part in STACK}
_METRIC_TYPE = (
    "TargetTrackingScalingPolicyConfiguration",
    "PredefinedMetricSpecification",
    "PredefinedMetricType",
)

Slot = tuple[str, Part]  # the service's name, empty for the stack's own parts


@dataclass(frozen=True)
class PlayedParts:
    """The resources in each slot; more than one where they contend for it."""

    document: Document
    slots: Mapping[Slot, tuple[Resource, ...]]

    def all(self, service: str, part: Part) -> tuple[Resource, ...]:
        """Return every resource that plays ``part`` for ``service``."""
        return self.slots.get((service, part), ())

    def one(self, service: str, part: Part) -> Resource | None:
        """Return the resource that plays ``part`` for ``service``; None where there is none."""
        found = self.all(service, part)
        return found[0] if found else None

    def id(self, service: str, part: Part) -> str:
        """Return the logical id of the resource that plays ``part``; empty for none."""
        found = self.one(service, part)
        return found.logical_id if found else ""

    def slots_of(self, logical_id: str) -> tuple[Slot, ...]:
        """Return every part that a resource plays."""
        return tuple(
            slot
            for slot, resources in self.slots.items()
            if any(resource.logical_id == logical_id for resource in resources)
        )


def played_parts(reading: Reading) -> PlayedParts:
    """Return who plays which part in one combination of conditions."""
    return reading.document.once(_played, reading)


def _played(reading: Reading) -> PlayedParts:
    slots: dict[Slot, list[Resource]] = {}
    for resource in reading.document.of_type(*STACK_PARTS):
        slots.setdefault(("", STACK_PARTS[resource.type]), []).append(resource)
    for service in reading.specified:
        for part, resource in _parts(reading, service.name):
            found = slots.setdefault((service.name, part), [])
            if resource not in found:
                found.append(resource)
    return PlayedParts(reading.document, {slot: tuple(found) for slot, found in slots.items()})


Played = Iterator[tuple[Part, Resource]]


def _parts(reading: Reading, name: str) -> Played:
    document = reading.document
    task = document.find(reading.meant_task_definitions.get(name), TASK_DEFINITION)
    service = document.find(reading.meant_services.get(name), SERVICE)
    if task is not None:
        yield Part.TASK_DEFINITION, task
        yield from _named(document, Part.EXECUTION_ROLE, [task.get("ExecutionRoleArn")])
        yield from _named(document, Part.TASK_ROLE, [task.get("TaskRoleArn")])
        groups = (
            container.log_option.get("awslogs-group")
            for container in reading.task_definitions[task.logical_id].containers
        )
        yield from _named(document, Part.LOG_GROUP, groups)
    if service is not None:
        yield Part.SERVICE, service
        network = ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
        yield from _named(document, Part.GROUP, items(service.get(*network)))
        registries = (
            mapping(r).get("RegistryArn") for r in items(service.get("ServiceRegistries"))
        )
        yield from _named(document, Part.DISCOVERY, registries)
        yield from _scaling(document, service)
        yield from _watching(document, service, WATCHING_SERVICE)
        yield from _balancing(document, service)


def _named(document: Document, part: Part, values: Iterable[object]) -> Played:
    for value in values:
        resource = document.find(symbols.referenced(value), PARTS[part].type)
        if resource is not None:
            yield part, resource


def _refers_to(resource: Resource, logical_id: str, *steps: str) -> bool:
    return logical_id in symbols.all_referenced(resource.get(*steps))


def _scaling(document: Document, service: Resource) -> Played:
    for target in document.of_type(PARTS[Part.SCALABLE_TARGET].type):
        if not _refers_to(target, service.logical_id, "ResourceId"):
            continue
        yield Part.SCALABLE_TARGET, target
        for policy in document.of_type(PARTS[Part.CPU_SCALING].type):
            part = SCALING.get(symbols.show(policy.get(*_METRIC_TYPE)))
            if part and _refers_to(policy, target.logical_id, "ScalingTargetId"):
                yield part, policy


def _watching(document: Document, watched: Resource, parts: Mapping[str, Part]) -> Played:
    for alarm in document.of_type(ALARM):
        for name, dimensions in _metrics(alarm):
            if name in parts and watched.logical_id in symbols.all_referenced(dimensions):
                yield parts[name], alarm
                break


def _metrics(alarm: Resource) -> Iterator[tuple[str, object]]:
    yield symbols.show(alarm.get("MetricName")), alarm.get("Dimensions")
    for query in items(alarm.get("Metrics")):
        metric = mapping(mapping(mapping(query).get("MetricStat")).get("Metric"))
        yield symbols.show(metric.get("MetricName")), metric.get("Dimensions")


def _balancing(document: Document, service: Resource) -> Played:
    named = (mapping(one).get("TargetGroupArn") for one in items(service.get("LoadBalancers")))
    for part, target in _named(document, Part.TARGET_GROUP, named):
        yield part, target
        yield from _watching(document, target, WATCHING_TARGETS)
        for rule in document.of_type(LISTENER_RULE):
            if _refers_to(rule, target.logical_id, "Actions"):
                yield Part.LISTENER_RULE, rule


def pseudo_parameters(settings: Environment) -> Mapping[str, str]:
    """Return what CloudFormation knows of itself in an environment."""
    return {
        "AWS::AccountId": settings.account_id,
        "AWS::Partition": settings.partition,
        "AWS::Region": settings.region,
        "AWS::URLSuffix": "amazonaws.com" + (".cn" if settings.partition == "aws-cn" else ""),
    }


@dataclass(frozen=True, eq=False)
class ReadingUnderReview:
    """One reading of a template, with everything that it is judged by."""

    reading: Reading
    parts: PlayedParts
    environment: str
    contract: Contract
    known_settings: Environment | None

    @property
    def services(self) -> tuple[Service, ...]:
        """The specified services."""
        return tuple(self.reading.specified)

    @property
    def settings(self) -> Environment:
        """The environment's settings; rules that ask for them are not run without."""
        if self.known_settings is None:
            raise LookupError("a rule that needs settings is marked so")
        return self.known_settings

    def concrete(self, value: object) -> object:
        """Return canonical ``value`` with account, region and partition as settings have them."""
        return symbols.with_known(symbols.canonical(value), pseudo_parameters(self.settings))

    def one(self, service: Service, part: Part) -> Resource | None:
        """Return the resource that plays ``part`` for ``service``; None where there is none."""
        return self.parts.one(service.name, part)

    def callers(self, service: Service) -> tuple[Service, ...]:
        """Return the services that may call ``service``."""
        return tuple(other for other in self.services if other.name in service.callers)

    def id(self, service: Service, part: Part) -> str:
        """Return the logical id of what plays ``part`` for ``service``; empty for nothing."""
        return self.parts.id(service.name, part)


@dataclass(frozen=True)
class TemplateUnderReview:
    """A template and its environment; ``problem`` says why there are no settings, if so.

    ``refused`` is set where there are, and they are wrong: then no template can be judged by them.
    """

    template: Mapping[str, object]
    facts: Facts
    environment: str
    settings: Environment | None
    problem: str = ""
    file: Path | None = None
    asked: str = ""
    refused: SettingsError | None = None

    @cached_property
    def contract(self) -> Contract:
        """The contract's values under the names that the environment gives them."""
        if self.settings is None:
            return Contract(self.environment)
        lists = frozenset({self.settings.network.s3_prefix_list_id})
        return Contract(self.environment, self.settings.imports, lists)

    @cached_property
    def readings(self) -> tuple[ReadingUnderReview, ...]:
        """Every reading of the template, with what it is judged by."""
        return tuple(
            ReadingUnderReview(
                reading, played_parts(reading), self.environment, self.contract, self.settings
            )
            for reading in self.facts.readings
        )

    def of(self, reading: Reading) -> ReadingUnderReview:
        """Return one of the readings with all that it is judged by."""
        return next(one for one in self.readings if one.reading is reading)


def under_review(
    template: Mapping[str, object],
    file: Path | None = None,
    root: Path | None = None,
    asked: str = "",
) -> TemplateUnderReview:
    """Return ``template`` with its environment, as read from ``file``, in the project at ``root``.

    Without ``root`` the project is found; ``asked`` is the environment that is expected.
    """
    environment = claimed(template)
    settings, problem, refused = None, "", None
    try:
        settings = load.load(_project(file, root).params, environment)
    except SettingsError as error:
        problem, refused = f"{error}: {'; '.join(error.details[:2])}", error
    except BidopsCfnError as error:
        problem = str(error)
    facts = read(template, SERVICES)
    return TemplateUnderReview(
        template, facts, environment, settings, problem, file, asked, refused
    )


def claimed(template: Mapping[str, object]) -> str:
    """Return the environment that a template's metadata names; empty for none."""
    found = descend(template, "Metadata", "BidopsCfn", "Environment")
    return str(found) if isinstance(found, str) else ""


def _project(file: Path | None, root: Path | None) -> project.Project:
    starts = [root] if root else [*([file.resolve().parent] if file else []), Path.cwd()]
    for start in starts[:-1]:
        try:
            return project.find(start)
        except UsageError:
            continue
    return project.find(starts[-1])
