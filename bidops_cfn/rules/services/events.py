"""E9806: what EventBridge tells, and whom."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items
from bidops_cfn.facts.exposures import EVENT_RULE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Maybe, Mismatch, Unordered, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.spec.parts import Part

FAILED = "ECS Deployment State Change"
INTERRUPTED = "ECS Task State Change"
# The logical ids that the rules usually have, for a finding about one that is missing.
USUAL = {FAILED: "FailedDeploymentRule", INTERRUPTED: "SpotInterruptionRule"}


class EventRules(HouseRule):
    """Failed deployments and interrupted Spot tasks are told to the topic that settings name.

    A rule that is switched off or matches something else tells nothing; one with another target
    tells others what runs here. Where settings name no topic, there is no rule.
    """

    id = "E9806"
    shortdesc = "EventBridge tells the topic that settings name of deployments and Spot tasks"
    source_url = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html"
    requirements = ("template",)
    fix = "Set events_topic_arn in [alarms] of params/<environment>.toml and render again"
    judges = properties(EVENT_RULE, "EventPattern", "State", "Targets")
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the rules with those that there must be, told apart by the kind of event."""
        topic = case.settings.alarms.events_topic_arn
        wanted = _patterns(case) if topic else {}
        for resource in case.reading.document.of_type(EVENT_RULE):
            kinds = [
                symbols.show(one) for one in items(resource.get("EventPattern", "detail-type"))
            ]
            pattern = wanted.pop(" ".join(kinds), None)
            if pattern is None:
                yield Mismatch(resource.path, "tells of what no setting asks for")
                continue
            targets = [{"Arn": topic, "Id": "topic"}]
            expected = {"EventPattern": pattern, "State": Maybe("ENABLED"), "Targets": targets}
            yield from expect(resource, expected)
        for kind in wanted:
            yield Mismatch(("Resources",), f"lacks the rule for {kind}", about=USUAL[kind])


def _patterns(case: ReadingUnderReview) -> dict[str, object]:
    services = [case.parts.id(service.name, Part.SERVICE) for service in case.services]
    cluster = case.parts.id("", Part.CLUSTER)
    return {
        FAILED: {
            "source": ["aws.ecs"],
            "detail-type": [FAILED],
            "resources": Unordered([{symbols.REF: one} for one in services]),
            "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
        },
        INTERRUPTED: {
            "source": ["aws.ecs"],
            "detail-type": [INTERRUPTED],
            "detail": {
                "clusterArn": [{symbols.GETATT: [cluster, "Arn"]}],
                "lastStatus": ["STOPPED"],
                "stopCode": ["SpotInterruption"],
            },
        },
    }
