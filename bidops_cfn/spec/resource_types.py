"""Types of resources: which are understood, what replacing means, and what is looked into.

Which changes replace a resource is in CloudFormation's own schemas. A type that is not listed is
looked into by no fact: what it permits or opens is not known.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from bidops_cfn.frozen import frozen

Steps = tuple[str, ...]


@frozen
class LookedInto:
    """The properties of a type, as paths without indexes, each in one of four lists."""

    read: frozenset[Steps]
    harmless: frozenset[Steps]
    shown: frozenset[Steps]
    ruled: frozenset[Steps]

    @property
    def all(self) -> frozenset[Steps]:
        """Every property that is in a list."""
        return self.read | self.harmless | self.shown | self.ruled


@cache
def looked_into() -> Mapping[str, LookedInto]:
    """Return what is looked into, by resource type."""
    source = resources.files("bidops_cfn.spec").joinpath("looked_into.toml")
    return {
        kind: LookedInto(
            *(_paths(entry.get(name, ())) for name in ("read", "harmless", "shown", "ruled"))
        )
        for kind, entry in tomllib.loads(source.read_text(encoding="utf-8")).items()
    }


def below(steps: Steps, known: frozenset[Steps]) -> bool:
    """Tell whether a path is one of ``known``, or leads into one."""
    return any(steps[:length] in known for length in range(1, len(steps) + 1))


def _paths(written: Sequence[str]) -> frozenset[Steps]:
    return frozenset(tuple(one.split(".")) for one in written)


_RULE = "the rule is added anew, then the old one is removed"
UNDERSTOOD: Mapping[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": "scaling starts anew",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "the policy is made anew",
    "AWS::CloudWatch::Alarm": "a new alarm; its history starts anew",
    "AWS::EC2::SecurityGroup": "a new group with a new id; rules and services follow to it",
    "AWS::EC2::SecurityGroupEgress": _RULE,
    "AWS::EC2::SecurityGroupIngress": _RULE,
    "AWS::ECS::Cluster": "a new cluster; every service is replaced into it",
    "AWS::ECS::ClusterCapacityProviderAssociations": "the capacity providers are set anew",
    "AWS::ECS::Service": (
        "a new service starts beside the old one, which then stops with all its tasks"
    ),
    "AWS::ECS::TaskDefinition": "a new revision is registered; the service rolls to it",
    "AWS::ElasticLoadBalancingV2::ListenerRule": (
        "a new rule; a priority that is in use makes it fail"
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (
        "a new target group; the service is to be registered anew"
    ),
    "AWS::Events::Rule": "a new rule; events are told in between by neither",
    "AWS::IAM::ManagedPolicy": "",
    "AWS::IAM::Policy": "",
    "AWS::IAM::Role": "a new role; the tasks that use it get a new revision",
    "AWS::IAM::RolePolicy": "",
    "AWS::Logs::LogGroup": (
        "a new log group; the old one goes with its logs unless it is retained"
    ),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": (
        "a new namespace; names do not resolve in between"
    ),
    "AWS::ServiceDiscovery::Service": (
        "a new discovery service; its name does not resolve in between"
    ),
}
"""Understood types, each with what replacing one means; empty where that is not known."""

GUARDED = (
    "AWS::ECS::Service",
    "AWS::ECS::Cluster",
    "AWS::ServiceDiscovery::PrivateDnsNamespace",
    "AWS::ServiceDiscovery::Service",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
)
"""Types whose replacement or removal takes the application down: allowed one by one."""
