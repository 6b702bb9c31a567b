"""E9801: how long logs are kept."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.roster import LOG_GROUP, Part
from bidops_cfn.model import LOG_RETENTION_DAYS
from bidops_cfn.rules._case import World
from bidops_cfn.rules._expect import ABSENT, Mismatch, expect, mismatches
from bidops_cfn.rules._house_rule import HouseRule, properties

POLICIES = ("DeletionPolicy", "UpdateReplacePolicy")
KEPT = ("RetainExceptOnCreate", "Retain")
GONE = ("Delete", "Delete")


class LogGroups(HouseRule):
    """Without a retention logs are kept, and paid, for ever."""

    id = "E9801"
    shortdesc = "Log groups keep 7 days, with the key and the end of life that settings name"
    description = (
        "Seven days in every environment. Both deletion policies are written down; production "
        "retains its logs when the stack goes (RetainExceptOnCreate: a creation that failed leaves "
        "no empty group behind) and when a group is replaced."
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-logs-loggroup.html"
    )
    requirements = ("FR-010", "FR-044", "US2-4")
    fix = (
        "Set logs.retain (always true in prod) and logs.key_arn in params/<environment>.toml and "
        "render again; RetentionInDays is 7 (FR-044)"
    )
    judges = properties(LOG_GROUP, "RetentionInDays", "KmsKeyId")
    needs_settings = True

    def judge(self, world: World) -> Iterator[Mismatch]:
        """Compare the log group of each service."""
        logs = world.settings.logs
        retain = logs.retain or world.environment == "prod"
        policies = dict(zip(POLICIES, KEPT if retain else GONE, strict=True))
        for service in world.services:
            for group in world.roster.all(service.name, Part.LOG_GROUP):
                expected = {
                    "RetentionInDays": LOG_RETENTION_DAYS,
                    "KmsKeyId": logs.key_arn or ABSENT,
                }
                yield from expect(group, expected)
                named = {k: v for k, v in group.attributes.items() if k in POLICIES}
                yield from mismatches(named, policies, group.path)
