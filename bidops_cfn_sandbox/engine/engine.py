"""The engine of one sandbox: its clock, its pace, and what it rehearses of AWS going wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bidops_cfn.errors import UsageError
from bidops_cfn_sandbox.engine.clock import Clock, RealClock

OF_A_SERVICE = {
    "crash": "its new tasks exit with code 1 until the circuit breaker trips",
    "unhealthy": "its new tasks fail their health checks until the circuit breaker trips",
}
OF_ALL = {
    "no-capacity": "Fargate has no capacity: no new task starts, the services never stabilize",
    "quota": "a service quota is used up: of IAM roles when they are created, of Fargate's vCPU",
    "slow": "every rollout takes ten times as long, and succeeds",
    "hook": "a hook of CloudFormation refuses the task definitions",
    "throttle": "CloudFormation answers Throttling (Rate exceeded) for a while, then as ever",
}
# The word that CloudFormation itself has for ThrottlingException, and to how many calls it says so
# after an operation has begun.
THROTTLING, THROTTLED_CALLS = "Throttling", 6
QUOTA = "Cannot exceed quota for RolesPerAccount: 1000 (Service: Iam, Status Code: 409)"
HOOK_TARGET = "AWS::ECS::TaskDefinition"
HOOK_EVENT = {
    "HookType": "Rehearsal::Images::Hook",
    "HookStatus": "HOOK_COMPLETE_FAILED",
    "HookStatusReason": "Hook failed with message: images must be signed",
    "HookInvocationPoint": "PRE_PROVISION",
    "HookFailureMode": "FAIL",
    "HookInvocationId": "6c5d2a0e-9f3b-4d61-8f0a-0d5b1c7e9a11",
}
HOOK_RESULT: dict[str, Any] = {
    "TypeName": HOOK_EVENT["HookType"],
    "Status": HOOK_EVENT["HookStatus"],
    "HookStatusReason": HOOK_EVENT["HookStatusReason"],
    "Annotations": [
        {
            "AnnotationName": "SIGNED-IMAGES",
            "Status": "FAILED",
            "StatusMessage": "no signature was found",
            "RemediationMessage": "Sign the image, or deploy one that is signed",
            "SeverityLevel": "HIGH",
        }
    ],
}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What goes wrong: a word of ``OF_A_SERVICE`` with the service it is about, or of ``OF_ALL``.

    ``kind`` is empty where nothing goes wrong.
    """

    kind: str = ""
    service: str = ""

    def of(self, container: str) -> str:
        """Return what goes wrong with the rollout of the service that runs ``container``."""
        return self.kind if self.service in ("", container) else ""


NOTHING = Rehearsal()


def rehearsals(services: Sequence[str]) -> list[str]:
    """Return everything that can be rehearsed with these services, as it is typed."""
    return [f"{kind}:{one}" for kind in OF_A_SERVICE for one in services] + [*OF_ALL]


def read_rehearsal(text: str, services: Sequence[str]) -> Rehearsal:
    """Return what ``crash:bff`` means; raise UsageError, with what is allowed, for another."""
    if text not in rehearsals(services):
        raise UsageError(
            f"cannot rehearse {text!r}",
            "it is none of " + ", ".join(rehearsals(services)),
            hint="bidops-cfn sandbox --help shows what each of them is.",
        )
    kind, _, service = text.partition(":")
    return Rehearsal(kind, service)


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
