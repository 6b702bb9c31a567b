"""SNS topics of the settings, and how many hear them, which moto does not count."""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import sns_backends
from moto.sns.responses import SNSResponse

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


class Sns(SNSResponse):
    """moto's SNS, counting subscriptions; moto finds an action by the name of its method."""

    def get_topic_attributes(self) -> Any:
        """Return a topic's attributes; every subscription of moto's is a confirmed one."""
        answer = super().get_topic_attributes()
        arn = self._get_param("TopicArn")
        heard = [one for one in self.backend.subscriptions.values() if one.topic.arn == arn]
        attributes = {**answer.result["Attributes"], "SubscriptionsConfirmed": len(heard)}
        return ActionResult({"Attributes": attributes})


def create_topics(environment: Environment, place: Place) -> None:
    """Create the topics that the settings name in this place, each heard by a queue."""
    named = environment.topics
    backend = sns_backends[place.account_id][place.region]
    for arn in dict.fromkeys(one for one in named if one):
        if arn == place.arn("sns", name := arn.rpartition(":")[2]) and arn not in backend.topics:
            backend.create_topic(name)
            backend.set_topic_attribute(arn, "policy", json.dumps(POLICY))
            backend.subscribe(arn, place.arn("sqs", name), "sqs")
