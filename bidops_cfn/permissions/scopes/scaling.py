"""Alarms and event rules by the stack's name; scalable targets by what they scale.

AWS chooses the ids of scalable targets.
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.scopes.scope import (
    ALARM,
    EVENT_RULE,
    SCALING,
    TARGET,
    Scope,
    name_actions,
)


def scope_scaling(place: Place) -> Iterator[Scope]:
    """Yield what is granted on alarms, event rules, scalable targets and scaling policies."""
    yield Scope(
        "Alarms",
        (ALARM, TARGET, SCALING),
        name_actions("cloudwatch", "DeleteAlarms PutMetricAlarm"),
        (
            place.arn("cloudwatch", f"alarm:{place.stack}-*"),
            # Application Auto Scaling makes two of this name for each policy, as the caller.
            place.arn("cloudwatch", f"alarm:TargetTracking-service/{place.stack}-*"),
        ),
    )
    yield Scope(
        "TagsOfAlarms",
        (ALARM,),
        name_actions("cloudwatch", "ListTagsForResource TagResource UntagResource"),
        (place.arn("cloudwatch", f"alarm:{place.stack}-*"),),
    )
    yield Scope(
        "EventRules",
        (EVENT_RULE,),
        name_actions(
            "events",
            "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets "
            "RemoveTargets TagResource UntagResource",
        ),
        (place.arn("events", f"rule/{place.stack}-*"),),
    )
    targets = (place.arn("application-autoscaling", "scalable-target/*"),)
    unnamed = "AWS chooses the id of a scalable target"
    yield Scope(
        "ScalingOfServices",
        (TARGET, SCALING),
        name_actions(
            "application-autoscaling",
            "DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget",
        ),
        targets,
        {
            "StringEquals": {
                "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                "application-autoscaling:service-namespace": "ecs",
            }
        },
        why=unnamed,
    )
    yield Scope(
        "TagsOfScaling",
        (TARGET,),
        name_actions("application-autoscaling", "ListTagsForResource TagResource UntagResource"),
        targets,
        why=unnamed,
    )
