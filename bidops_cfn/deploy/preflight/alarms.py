"""Rollback alarms that are not in ALARM, and topics that reach a person.

A rollback alarm in ALARM undoes the deployment at once.
"""

from __future__ import annotations

import json
from typing import Any

from bidops_cfn.deploy.calls import Call
from bidops_cfn.deploy.client import Json, find_each, paginate
from bidops_cfn.deploy.preflight.context import DeploymentContext, Findings
from bidops_cfn.deploy.records import Preflight, Verdict


def alarms(context: DeploymentContext) -> Preflight:
    """Ask CloudWatch for the state of each rollback alarm of the settings."""
    wanted = context.environment.deploy.rollback_alarms
    if not wanted:
        return Preflight("alarms", Verdict.SKIPPED, "the settings name no rollback alarm")
    names = [arn.partition(":alarm:")[2] for arn in wanted]
    asked = {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    states: dict[str, str] = {}
    for key in ("MetricAlarms", "CompositeAlarms"):
        pages = paginate(context.client, Call.DESCRIBE_ALARMS, key, **asked)
        states.update({alarm["AlarmName"]: alarm["StateValue"] for alarm in pages})
    problems = [
        f"{name}: {'is in ALARM' if name in states else 'does not exist'}"
        for name in names
        if states.get(name) in (None, "ALARM")
    ]
    if problems:
        told = "a rollback alarm would undo the deployment at once"
        step = f"or correct deploy.rollback_alarms in {context.settings}."
        hint = f"Wait until the alarm is over, {step}"
        return Preflight("alarms", Verdict.REFUSED, told, tuple(problems), hint)
    return Preflight("alarms", Verdict.OK, f"none of {len(names)} rollback alarms is in ALARM")


EVENTS = "events.amazonaws.com"
PUBLISHING = {"sns:publish", "sns:*", "*"}


def notifications(context: DeploymentContext) -> Preflight:
    """Ask SNS for every topic of the settings, and whether a confirmed subscription hears it."""
    environment = context.environment
    topics = environment.topics
    if not topics:
        return Preflight("notifications", Verdict.SKIPPED, "the settings name no topic")
    findings = Findings("notifications")
    for arn, answer in find_each(context.client, Call.GET_TOPIC_ATTRIBUTES, "TopicArn", topics):
        key = topics[arn]
        if answer is None:
            findings.against.append(f"{arn} ({key}) does not exist")
            continue
        attributes = answer["Attributes"]
        if arn == environment.alarms.events_topic_arn and not _admits_events(attributes):
            findings.doubts.append(f"no statement of {arn}'s policy lets {EVENTS} publish ({key})")
        if not int(attributes.get("SubscriptionsConfirmed", 0)):
            told = "has no confirmed subscription: its messages reach no one"
            findings.doubts.append(f"{arn} ({key}) {told}")
    words = "sns subscribe --topic-arn TOPIC --protocol email --notification-endpoint ADDRESS"
    return findings.judge(
        f"{len(topics)} {'topics' if len(topics) > 1 else 'topic'}, with confirmed subscriptions",
        "Create the topic, let services publish by its policy, or subscribe:\n"
        + context.target.aws(words),
    )


def _admits_events(attributes: Json) -> bool:
    try:
        statements = json.loads(attributes.get("Policy") or "{}").get("Statement", [])
        return any(  # conditions are not read
            one["Effect"] == "Allow"
            and EVENTS in _list_values(one["Principal"]["Service"])
            and PUBLISHING & {action.lower() for action in _list_values(one["Action"])}
            for one in _list_values(statements)
            if "Service" in one["Principal"]
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _list_values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
