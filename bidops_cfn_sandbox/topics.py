"""SNS topics of the settings, each of which a queue hears."""

from __future__ import annotations

import json

from moto.sns.models import sns_backends

from bidops_cfn.settings.environment import Environment
from bidops_cfn_sandbox.place import Place

# As an owner writes it for EventBridge; see the setting alarms.events_topic_arn.
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": "*",
        }
    ],
}


def create_topics(environment: Environment, place: Place) -> None:
    """Create the topics that the settings name in this place, each heard by a queue."""
    named = environment.topics
    backend = sns_backends[place.account_id][place.region]
    for arn in dict.fromkeys(one for one in named if one):
        if arn == place.arn("sns", name := arn.rpartition(":")[2]) and arn not in backend.topics:
            backend.create_topic(name)
            backend.set_topic_attribute(arn, "policy", json.dumps(POLICY))
            backend.subscribe(arn, place.arn("sqs", name), "sqs")
