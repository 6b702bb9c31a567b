"""E9801: how long logs are kept."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import LOG_GROUP, Part
from bidops_cfn.model import LOG_RETENTION_DAYS
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")


class LogGroups(HouseRule):
    """Without a retention logs are kept, and paid, for ever."""

    id = "E9801"
    shortdesc = "Log groups keep 7 days, with the key and the end of life that settings name"
    description = (
        "Seven days in every environment. Both deletion policies are written down; production "
        "retains its logs when the stack goes."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-logs-loggroup.html"
    )
    requirements = ("FR-010", "FR-044", "US2-4")
    fix = "Set RetentionInDays to 7; [logs] of the settings decides key and end of life"
    judges = properties(LOG_GROUP, "RetentionInDays", "KmsKeyId")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the log group of each service."""
        logs = world.settings.logs
        kept = "Retain" if logs.retain or world.environment == "prod" else "Delete"
        for service in world.services:
            for group in world.roster.all(service.name, Part.LOG_GROUP):
                expected = {
                    "RetentionInDays": LOG_RETENTION_DAYS,
                    "KmsKeyId": logs.key_arn or ABSENT,
                }
                yield from expect(group, expected)
                named = {k: v for k, v in group.attributes.items() if k in POLICIES}
                yield from mismatches(named, dict.fromkeys(POLICIES, kept), group.path)
