"""A decision: what actions of a type's handlers are granted on, or why they are not granted."""

from __future__ import annotations

from dataclasses import field

from bidops_cfn.frozen import frozen
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Condition

CLUSTER = "AWS::ECS::Cluster"
CAPACITY = "AWS::ECS::ClusterCapacityProviderAssociations"
SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
ROLE = "AWS::IAM::Role"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
EVENT_RULE = "AWS::Events::Rule"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
DISCOVERY = "AWS::ServiceDiscovery::Service"

STACK_TAG = "aws:ResourceTag/aws:cloudformation:stack-name"


@frozen
class Scope:
    """Actions of some types' handlers, and the resources that they are granted on.

    ``why`` says what stands against narrower resources, where there is something.
    """

    sid: str
    types: tuple[str, ...]
    actions: frozenset[str]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)
    why: str = ""


@frozen
class Omission:
    """Actions of a type's handlers that are not granted, since ``why``.

    ``only_for`` names the property that would need them; a template that has it is told so.
    """

    type: str
    actions: frozenset[str]
    why: str
    only_for: str = ""


def name_actions(service: str, names: str) -> frozenset[str]:
    """Return ``{"ecs:A", "ecs:B"}`` for ``"A B"``."""
    return frozenset(f"{service}:{name}" for name in names.split())


def require_stack_tag(place: Place) -> Condition:
    """Return the condition that a resource is this stack's: only AWS writes ``aws:`` tags."""
    return {"StringEquals": {STACK_TAG: place.stack}}
