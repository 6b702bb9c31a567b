"""E9702: when a service scales."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.roster import SCALING, SCALING_POLICY, Part
from bidops_cfn.model import (
    CPU_TARGET_PERCENT,
    MEMORY_TARGET_PERCENT,
    SCALING_COOLDOWN_SECONDS,
)
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import SOME_TEXT, Maybe, Mismatch, Where, expect, used_once
from bidops_cfn.rules._house_rule import HouseRule, properties

TARGETS = {Part.CPU_SCALING: CPU_TARGET_PERCENT, Part.MEMORY_SCALING: MEMORY_TARGET_PERCENT}


class ScalingPolicies(HouseRule):
    """Target tracking scales out after exactly three one-minute datapoints."""

    id = "E9702"
    shortdesc = "Services track 70 percent CPU and 80 percent memory, cooling down for 300 seconds"
    description = (
        "Two target-tracking policies with distinct names, on the metrics of the service in the "
        "resolution that E9703 judges. Step scaling beside them makes the metrics flap."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
        "service-autoscaling-targettracking.html"
    )
    requirements = ("FR-038", "FR-039", "FR-040", "SC-004", "US3-5")
    fix = "Track the specified metric at its target, with both cooldowns of 300 seconds"
    judges = properties(
        SCALING_POLICY, "PolicyName", "PolicyType", "ScalingTargetId",
        "TargetTrackingScalingPolicyConfiguration",
    )  # fmt: skip

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare both policies of each service."""
        for service in world.services:
            names: dict[Path, str] = {}
            for part, target in TARGETS.items():
                tracking = {
                    "PredefinedMetricSpecification": {"PredefinedMetricType": _metric_of(part)},
                    "TargetValue": target,
                    "ScaleInCooldown": SCALING_COOLDOWN_SECONDS,
                    "ScaleOutCooldown": SCALING_COOLDOWN_SECONDS,
                    "DisableScaleIn": Maybe(False),
                }
                expected = {
                    "PolicyName": SOME_TEXT,
                    "PolicyType": "TargetTrackingScaling",
                    "ScalingTargetId": {symbols.REF: world.id(service, Part.SCALABLE_TARGET)},
                    "TargetTrackingScalingPolicyConfiguration": tracking,
                }
                for policy in world.roster.all(service.name, part):
                    yield from expect(policy, expected)
                    names[policy.at("PolicyName")] = symbols.show(policy.get("PolicyName"))
            yield from used_once(names)


def _metric_of(part: Part) -> Where:
    """Return what the metric of a policy must be, in either resolution."""
    names = [metric for metric, one in SCALING.items() if one is part]
    return Where(" or ".join(names), lambda value: value in names)
