"""Which resources and exports there must be: each plays a part of the stack or of a service.

``services.toml`` has what a service has beside flows and permissions, and who asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any

from bidops_cfn.frozen import frozen
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service
from bidops_cfn.settings.shapes import Dictionary, Key, Table, Text
from bidops_cfn.settings.texts import SERVICE_NAME
from bidops_cfn.spec.reviewed import NONE, REQUIREMENT, read


class Part(StrEnum):
    """A part that a resource plays, in the stack or in a service."""

    CLUSTER = "cluster"
    CAPACITY = "capacity provider association"
    NAMESPACE = "discovery namespace"
    SERVICE = "ECS service"
    TASK_DEFINITION = "task definition"
    EXECUTION_ROLE = "execution role"
    TASK_ROLE = "task role"
    GROUP = "security group"
    LOG_GROUP = "log group"
    TARGET_GROUP = "target group"
    LISTENER_RULE = "listener rule"
    DISCOVERY = "discovery service"
    SCALABLE_TARGET = "scalable target"
    CPU_SCALING = "CPU scaling policy"
    MEMORY_SCALING = "memory scaling policy"
    CPU_ALARM = "CPU alarm"
    MEMORY_ALARM = "memory alarm"
    DEFICIT_ALARM = "task deficit alarm"
    UNHEALTHY_ALARM = "unhealthy targets alarm"
    HEALTHY_ALARM = "no healthy target alarm"
    ERROR_ALARM = "server error alarm"


@frozen
class Played:
    """The type that plays a part, and the noun that usually ends its logical id.

    ``needed`` tells which services need it; None where the stack has it once.
    """

    type: str
    noun: str
    needed: Callable[[Service], object] | None = None


# Which services need a part: each of them, those that are public, those that are called.
_by_every, _if_public, _if_called = map(attrgetter, ("name", "public", "callers"))
ALARM = "AWS::CloudWatch::Alarm"
SCALING_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
PARTS: Mapping[Part, Played] = {
    Part.CLUSTER: Played("AWS::ECS::Cluster", "Cluster"),
    Part.CAPACITY: Played("AWS::ECS::ClusterCapacityProviderAssociations", "ClusterCapacity"),
    Part.NAMESPACE: Played("AWS::ServiceDiscovery::PrivateDnsNamespace", "Namespace"),
    Part.TASK_DEFINITION: Played("AWS::ECS::TaskDefinition", "TaskDefinition", _by_every),
    Part.EXECUTION_ROLE: Played("AWS::IAM::Role", "ExecutionRole", _by_every),
    Part.TASK_ROLE: Played("AWS::IAM::Role", "TaskRole", _by_every),
    Part.GROUP: Played("AWS::EC2::SecurityGroup", "SecurityGroup", _by_every),
    Part.LOG_GROUP: Played("AWS::Logs::LogGroup", "LogGroup", _by_every),
    Part.SERVICE: Played("AWS::ECS::Service", "Service", _by_every),
    Part.SCALABLE_TARGET: Played(
        "AWS::ApplicationAutoScaling::ScalableTarget", "ScalableTarget", _by_every
    ),
    Part.CPU_SCALING: Played(SCALING_POLICY, "CpuScaling", _by_every),
    Part.MEMORY_SCALING: Played(SCALING_POLICY, "MemoryScaling", _by_every),
    Part.CPU_ALARM: Played(ALARM, "CpuAlarm", _by_every),
    Part.MEMORY_ALARM: Played(ALARM, "MemoryAlarm", _by_every),
    Part.DEFICIT_ALARM: Played(ALARM, "TaskDeficitAlarm", _by_every),
    Part.TARGET_GROUP: Played(
        "AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroup", _if_public
    ),
    Part.LISTENER_RULE: Played(
        "AWS::ElasticLoadBalancingV2::ListenerRule", "ListenerRule", _if_public
    ),
    Part.UNHEALTHY_ALARM: Played(ALARM, "UnhealthyTargetsAlarm", _if_public),
    Part.HEALTHY_ALARM: Played(ALARM, "NoHealthyTargetAlarm", _if_public),
    Part.ERROR_ALARM: Played(ALARM, "ServerErrorAlarm", _if_public),
    Part.DISCOVERY: Played("AWS::ServiceDiscovery::Service", "Discovery", _if_called),
}
# The part that a policy or an alarm plays, by the metric that it follows.
SCALING = {
    "ECSServiceAverageCPUUtilization": Part.CPU_SCALING,
    "ECSServiceAverageCPUUtilizationHighResolution": Part.CPU_SCALING,
    "ECSServiceAverageMemoryUtilization": Part.MEMORY_SCALING,
    "ECSServiceAverageMemoryUtilizationHighResolution": Part.MEMORY_SCALING,
}
WATCHING_SERVICE = {
    "CPUUtilization": Part.CPU_ALARM,
    "MemoryUtilization": Part.MEMORY_ALARM,
    "DesiredTaskCount": Part.DEFICIT_ALARM,
    "RunningTaskCount": Part.DEFICIT_ALARM,
}
WATCHING_TARGETS = {
    "UnHealthyHostCount": Part.UNHEALTHY_ALARM,
    "HealthyHostCount": Part.HEALTHY_ALARM,
    "HTTPCode_Target_5XX_Count": Part.ERROR_ALARM,
}

STACK = tuple(part for part, played in PARTS.items() if played.needed is None)


def parts_of(service: Service) -> tuple[Part, ...]:
    """Return the parts that ``service`` needs."""
    return tuple(part for part, one in PARTS.items() if one.needed and one.needed(service))


@frozen
class Reference:
    """What plays ``part``: an attribute of it, or what Ref gives where there is none."""

    part: Part
    attribute: str = ""


Value = Reference | Callable[[Environment, Service], str]

OF_STACK: Mapping[str, Value] = {
    "ClusterArn": Reference(Part.CLUSTER, "Arn"),
    "ClusterName": Reference(Part.CLUSTER),
    "NamespaceArn": Reference(Part.NAMESPACE, "Arn"),
    "NamespaceId": Reference(Part.NAMESPACE, "Id"),
    "NamespaceName": lambda environment, _: environment.discovery.namespace,
}
OF_SERVICE: Mapping[str, Value] = {
    "ServiceArn": Reference(Part.SERVICE),
    "ServiceName": Reference(Part.SERVICE, "Name"),
    "TaskDefinitionArn": Reference(Part.TASK_DEFINITION),
    "TaskDefinitionFamily": lambda environment, service: (
        f"bidopsai-{environment.name}-{service.name}"
    ),
}


FILE = "services.toml"


class Having(StrEnum):
    """What a service may have, by its word in the list."""

    SUBNETS = "subnets"
    REPOSITORY = "repository"
    GROUP = "group"
    ROUTE = "route"
    TARGET = "target"
    DISCOVERY = "discovery"
    IMAGE_CHOICE = "image_choice"
    LOGS = "logs"
    SECRET = "secret"  # noqa: S105 - a kind of thing, no password
    VARIABLE = "variable"
    HEALTH_CHECK = "health_check"
    EXECUTION_ROLE = "execution_role"
    TASK_ROLE = "task_role"
    TRUST = "trust"
    ALARM_ACTION = "alarm_action"


BY_KEY = (Having.SUBNETS, Having.REPOSITORY)
CONTRACT_KEY = Text(r"(network|storage|security)\.[A-Za-z0-9]+", "a key of the contract")
REASON = Key(REQUIREMENT, "The requirement that asks for it.")
SHAPE = Dictionary(
    SERVICE_NAME,
    Table(
        {
            having.value: Key(
                Table(
                    {"requirement": REASON}
                    | ({"value": Key(CONTRACT_KEY, "Which it is.")} if having in BY_KEY else {})
                ),
                f"Its {having.value}.",
                optional=True,
            )
            for having in Having
        }
    ),
    allowed="a table by service",
)


@cache
def reviewed_services() -> Mapping[str, Any]:
    """Return what each service has; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def asked_by(service: str, having: Having) -> str:
    """Return the requirement that asks for what ``service`` has, or NONE."""
    return str(reviewed_services().get(service, {}).get(having, {}).get("requirement", NONE))


def contract_key(service: str, having: Having) -> str:
    """Return the contract key of the subnets or the repository of ``service``; empty for none."""
    return str(reviewed_services().get(service, {}).get(having, {}).get("value", ""))
