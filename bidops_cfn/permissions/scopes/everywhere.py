"""What IAM grants on everything or not at all: bounded by the region."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.scopes.scope import (
    DISCOVERY,
    NAMESPACE,
    TASK_DEFINITION,
    Scope,
    name_actions,
)

WIDE = {
    "cloudwatch:DescribeAlarms": (
        "AWS returns composite alarms only to a permission on everything "
        "(API reference of DescribeAlarms)"
    ),
    "cloudwatch:GetMetricData": "the resource that IAM knows is a data set, not a metric",
    "servicediscovery:ListTagsForResource": "the catalogue names no resource for it",
}
"""Actions that are granted on everything although a catalogue may know something narrower."""


def scope_everywhere(place: Place) -> Iterator[Scope]:
    """Yield what IAM grants on everything or not at all."""
    nothing_narrower = "IAM knows no resource for these actions"
    yield Scope(
        "Route53",
        (NAMESPACE,),
        name_actions("route53", "CreateHostedZone ListHostedZonesByName"),
        ("*",),
        why=f"{nothing_narrower}, and Route 53 has no regions",
    )
    region = {"StringEquals": {"aws:RequestedRegion": place.environment.region}}
    yield Scope(
        "ChangeInTheRegion",
        (TASK_DEFINITION, NAMESPACE, DISCOVERY),
        name_actions("ecs", "DeregisterTaskDefinition")
        | name_actions("servicediscovery", "CreatePrivateDnsNamespace TagResource UntagResource"),
        ("*",),
        region,
        why=nothing_narrower,
    )
    yield Scope(
        "LookInTheRegion",
        tuple(sorted(place.types)),
        name_actions(
            "application-autoscaling",
            "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
        )
        | name_actions("cloudwatch", "DescribeAlarms GetMetricData")
        | name_actions(
            "ec2",
            "DescribeInstances DescribeRegions DescribeSecurityGroupRules "
            "DescribeSecurityGroups DescribeVpcs",
        )
        | name_actions("ecs", "DescribeTaskDefinition")
        | name_actions(
            "elasticloadbalancing",
            "DescribeRules DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups "
            "DescribeTargetHealth",
        )
        | name_actions("logs", "DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies")
        | name_actions("servicediscovery", "ListServices ListTagsForResource"),
        ("*",),
        region,
        why=nothing_narrower,
    )
