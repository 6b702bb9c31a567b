"""The topics that alarms and stack events go to: they exist, and a person is subscribed."""

from __future__ import annotations

from functools import partial

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Client
from bidops_cfn.deploy.faults import NotFound
from bidops_cfn.deploy.preflight.context import DeploymentContext
from bidops_cfn.deploy.preflight.judgement import judge
from bidops_cfn.deploy.preflight.together import ask_each
from bidops_cfn.deploy.records import Preflight, Verdict


def notifications(context: DeploymentContext) -> Preflight:
    """Ask SNS for every topic of the settings, and whether a confirmed subscription hears it."""
    environment = context.target.environment
    stack_topics = environment.deploy.notification_topics or ()
    topics = dict.fromkeys(stack_topics, "deploy.notification_topics")
    if environment.alarms.topic_arn:
        topics[environment.alarms.topic_arn] = "alarms.topic_arn"
    if not topics:
        return Preflight("notifications", Verdict.SKIPPED, "the settings name no topic")
    counts = ask_each(partial(count_confirmed, context.client), topics)
    against = []
    doubts = []
    for (arn, key), count in zip(topics.items(), counts, strict=True):
        if count is None:
            against.append(f"{arn} ({key}) does not exist")
        elif count == 0:
            doubts.append(f"{arn} ({key}) has no confirmed subscription: its messages reach no one")
    return judge(
        "notifications",
        f"{len(topics)} {'topics' if len(topics) > 1 else 'topic'}, with confirmed subscriptions",
        against=against,
        doubts=doubts,
        hint="Create the topic, or subscribe:\n"
        "aws sns subscribe --topic-arn TOPIC --protocol email --notification-endpoint ADDRESS",
    )


def count_confirmed(client: Client, arn: str) -> int | None:
    """Return how many subscriptions of a topic are confirmed; None where there is no such topic."""
    try:
        attributes = client(Call.GET_TOPIC_ATTRIBUTES, TopicArn=arn)["Attributes"]
    except NotFound:
        return None
    return int(attributes.get("SubscriptionsConfirmed", 0))
