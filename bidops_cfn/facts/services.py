"""ECS services and task definitions: what runs, in which groups, behind what, with which roles.

Which of them is which service of the specification is told by what it is and never by its id. It
has many traits: its container's name and port, its load balancer, its registry, its family, its
logs. The service that it shares most traits with is the one that it is meant to be, so that one
wrong trait is found as a fault of that service.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Path, Resource, descend, each, items, mapping
from bidops_cfn.facts.flows import group_symbol
from bidops_cfn.facts.roles import Declared, id_of, role_of
from bidops_cfn.settings.services import Service

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

    def each(self, *steps: str) -> Iterator[tuple[object, Path]]:
        """Yield each item of what stands at ``steps``, and where it stands."""
        return each(descend(self.definition, *steps), (*self.path, *steps))

    @property
    def log_option(self) -> Mapping[str, object]:
        """The options of the log driver."""
        return mapping(descend(self.definition, "LogConfiguration", "Options"))


@dataclass(frozen=True)
class TaskDefinition(Declared):
    """A task definition; roles are logical ids, None for a role that is not in the template."""

    containers: tuple[Container, ...]
    execution_role: str | None
    task_role: str | None


def task_definitions(document: Document) -> dict[str, TaskDefinition]:
    """Return every task definition by logical id."""
    return {
        resource.logical_id: TaskDefinition(
            resource,
            tuple(
                Container(path, mapping(raw)) for raw, path in resource.each("ContainerDefinitions")
            ),
            role_of(document, resource.get("ExecutionRoleArn")),
            role_of(document, resource.get("TaskRoleArn")),
        )
        for resource in document.of_type(TASK_DEFINITION)
    }


SERVICE = "AWS::ECS::Service"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_NETWORK = ("NetworkConfiguration", "AwsvpcConfiguration")


@dataclass(frozen=True)
class EcsService(Declared):
    """A service; ``task_definition`` and ``target_groups`` are logical ids, None if not ours.

    ``groups`` are group ids as canonical JSON text, ``subnets`` are canonical values.
    """

    task_definition: str | None
    groups: tuple[str, ...]
    subnets: tuple[object, ...]
    public_address: str
    target_groups: tuple[str | None, ...]
    balanced_containers: tuple[tuple[str | None, str | None], ...]


def services(document: Document) -> dict[str, EcsService]:
    """Return every ECS service by logical id."""
    return {r.logical_id: _service(document, r) for r in document.of_type(SERVICE)}


def _service(document: Document, resource: Resource) -> EcsService:
    balancers = [mapping(one) for one in items(resource.get("LoadBalancers"))]
    return EcsService(
        resource,
        id_of(document, resource.get("TaskDefinition"), TASK_DEFINITION),
        tuple(
            symbols.key(group_symbol(document, one))
            for one in items(resource.get(*_NETWORK, "SecurityGroups"))
        ),
        tuple(items(resource.get(*_NETWORK, "Subnets"))),
        # ECS disables public addresses unless told otherwise; an unknown value may enable them.
        symbols.show(resource.get(*_NETWORK, "AssignPublicIp") or "DISABLED"),
        tuple(id_of(document, one.get("TargetGroupArn"), TARGET_GROUP) for one in balancers),
        tuple(
            (symbols.text(one.get("ContainerName")), symbols.text(one.get("ContainerPort")))
            for one in balancers
        ),
    )


CLUSTER = "AWS::ECS::Cluster"
NOWHERE_KNOWN = "nowhere that is known"
# Sessions of ECS Exec without a log configuration that counts, by Logging:
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ExecuteCommandConfiguration.html
_UNRECORDED = {"NONE": "nowhere", "DEFAULT": "at most in the container's own log group"}
_WORTH = {NOWHERE_KNOWN: 0, "nowhere": 0, _UNRECORDED["DEFAULT"]: 1}
_RECORDS = {
    "CloudWatchLogGroupName": "in log group {}",
    "CloudWatchEncryptionEnabled": "which has to be encrypted",
    "S3BucketName": "in bucket {}",
    "S3KeyPrefix": "below {}",
    "S3EncryptionEnabled": "which has to be encrypted",
}


def record_of_sessions(cluster: Resource) -> tuple[str, ...]:
    """Return where sessions of ECS Exec on a cluster are recorded, and what encrypts them."""
    own = mapping(cluster.get("Configuration", "ExecuteCommandConfiguration"))
    logging, key = symbols.text(own.get("Logging", "DEFAULT")) or "", own.get("KmsKeyId")
    record = mapping(own.get("LogConfiguration")) if logging == "OVERRIDE" else {}
    found = [
        text.format(symbols.show(record[step]))
        for step, text in _RECORDS.items()
        if (step in record if "{}" in text else symbols.text(record.get(step)) == "true")
    ]
    encrypted = [] if key is None else [f"under the key {symbols.show(key)} on their way"]
    return (*(found or [_UNRECORDED.get(logging, NOWHERE_KNOWN)]), *encrypted)


def records_more(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether ``one`` records all of what ``other`` does, and more."""
    better = _WORTH.get(one[0], 2) > _WORTH.get(other[0], 2)
    return {*one} > {*other} or (better and {*one} >= {*other[1:]})


FEWEST_TRAITS = 3


def assign(scores: Iterable[tuple[int, str, str]]) -> dict[str, str]:
    """Give each name its best logical id, best match first, no logical id twice."""
    assigned: dict[str, str] = {}
    for score, name, logical_id in sorted(scores, key=lambda one: (-one[0], one[1], one[2])):
        if score < FEWEST_TRAITS:
            break
        if name not in assigned and logical_id not in assigned.values():
            assigned[name] = logical_id
    return assigned


def task_traits(service: Service, task: TaskDefinition) -> int:
    """Return how much of a task definition is as a specified service has it."""
    traits = 0
    for container in task.containers:
        traits += 3 * (container.name == service.name)
        traits += 3 * (str(service.port) in container.ports)
        prefix = container.log_option.get("awslogs-stream-prefix")
        traits += symbols.text(prefix) == service.name
    family = symbols.text(task.resource.get("Family")) or ""
    return traits + 3 * (service.name in family.split("-"))


def service_traits(service: Service, one: EcsService, task: TaskDefinition | None) -> int:
    """Return how much of an ECS service and its task is as a specified service has it."""
    traits = task_traits(service, task) if task else 0
    for name, port in one.balanced_containers:
        traits += 4 * (name == service.name) + 4 * (port == str(service.port))
    called = bool(items(one.resource.get("ServiceRegistries")))
    traits += 2 * (bool(one.balanced_containers) == service.public)
    return traits + 2 * (called == bool(service.callers))
