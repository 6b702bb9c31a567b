"""What every operation of one sandbox shares: its clock, its pace, and what it rehearses."""

from __future__ import annotations

from dataclasses import dataclass, field

from bidops_cfn_sandbox.engine.clock import Clock, RealClock
from bidops_cfn_sandbox.engine.rehearsal import NOTHING, THROTTLED_CALLS, Rehearsal

# What a resource takes on AWS until it is created, updated or deleted, in seconds, by its type. For
# a service it is the deletion, which drains it; the rest is its rollout (``rollout``).
SECONDS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": 2.0,
    "AWS::ApplicationAutoScaling::ScalingPolicy": 2.0,
    "AWS::EC2::SecurityGroup": 8.0,
    "AWS::ECS::Cluster": 12.0,
    "AWS::ECS::ClusterCapacityProviderAssociations": 5.0,
    "AWS::ECS::Service": 60.0,
    "AWS::ECS::TaskDefinition": 2.0,
    "AWS::IAM::Role": 18.0,
    "AWS::ServiceDiscovery::PrivateDnsNamespace": 45.0,
}
OTHER_SECONDS = 3.0
PACE = 0.1  # of AWS's seconds, where a person watches


@dataclass
class Engine:
    """``pace`` is how many seconds here are one of AWS; 0 ends everything at once."""

    clock: Clock = field(default_factory=RealClock)
    pace: float = 0.0
    rehearsal: Rehearsal = NOTHING
    throttled: int = 0  # calls to come

    def begin(self) -> None:
        """Note that an operation begins: a rehearsal of throttling begins with it."""
        self.throttled = THROTTLED_CALLS if self.rehearsal.kind == "throttle" else 0

    def throttles(self) -> bool:
        """Tell whether the next call is throttled."""
        self.throttled -= 1
        return self.throttled >= 0

    def seconds(self, type_: str) -> float:
        """Return how long an operation on a resource of a type takes here."""
        return SECONDS.get(type_, OTHER_SECONDS) * self.pace
