"""E9805: whom an alarm tells."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import ALARM
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, SOME_TEXT, Maybe, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties


class AlarmActions(HouseRule):
    """An alarm that nobody hears is no alarm."""

    id = "E9805"
    shortdesc = "Alarms tell the topic that settings name, when they start and when they end"
    description = (
        "Every alarm notifies the environment's topic both ways; where settings name none, no "
        "alarm has an action. Actions are not disabled, and each alarm says what it is about."
    )
    source_url = (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"
    )
    requirements = ("FR-045", "FR-046")
    fix = "Set topic_arn in [alarms] of params/<environment>.toml and render again"
    judges = properties(ALARM, "AlarmDescription", "AlarmActions", "OKActions", "ActionsEnabled")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the actions of every alarm."""
        topic = world.settings.alarms.topic_arn
        actions = [topic] if topic else ABSENT
        expected = {
            "AlarmDescription": SOME_TEXT,
            "AlarmActions": actions,
            "OKActions": actions,
            "InsufficientDataActions": ABSENT,
            "ActionsEnabled": Maybe(True),
        }
        for alarm in world.reading.document.of_type(ALARM):
            yield from expect(alarm, expected)
