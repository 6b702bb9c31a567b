"""What EventBridge tells the topic of the settings: failed deployments, and interrupted Spot tasks.

The topic's owner lets ``events.amazonaws.com`` publish to it; no role does.
"""

from __future__ import annotations

from collections.abc import Sequence

from troposphere import AWSObject, GetAtt, Ref, events

from bidops_cfn import logical_ids
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.services import Service


def event_rules(environment: Environment, services: Sequence[Service]) -> list[AWSObject]:
    """Return the rules, where settings name a topic.

    The event of a deployment names its service alone, that of a task its cluster. A task changes
    its state many times; it is told once, when it has stopped.
    """
    topic = environment.alarms.events_topic_arn
    if topic is None:
        return []
    failed = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        "resources": [Ref(logical_ids.ecs_service(service)) for service in services],
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
    }
    interrupted = {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        "detail": {
            "clusterArn": [GetAtt(logical_ids.CLUSTER, "Arn")],
            "lastStatus": ["STOPPED"],
            "stopCode": ["SpotInterruption"],
        },
    }
    return [
        events.Rule(
            logical_id, EventPattern=pattern, Targets=[events.Target(Id="topic", Arn=topic)]
        )
        for logical_id, pattern in (
            (logical_ids.FAILED_DEPLOYMENTS, failed),
            (logical_ids.SPOT_INTERRUPTIONS, interrupted),
        )
    ]
