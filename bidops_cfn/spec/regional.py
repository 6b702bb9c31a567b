"""``regional.toml``: what AWS has under an id of its own in each region, held against settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bidops_cfn.settings.aws import REGIONS
from bidops_cfn.settings.environment import Environment
from bidops_cfn.settings.shapes import Dictionary, Key, Table, Text
from bidops_cfn.spec.reviewed import FOLDER, read

FILE = "regional.toml"
AGENT = "aws-guardduty-agent-fargate"


def _by_region(pattern: str, what: str) -> Dictionary:
    return Dictionary(Text("|".join(REGIONS), "a region"), Text(pattern, what), allowed=what)


SHAPE = Table(
    {
        "s3_prefix_lists": Key(
            _by_region("pl-([0-9a-f]{8}|[0-9a-f]{17})", "a prefix list id by region"),
            "The prefix lists of S3.",
        ),
        "guardduty_accounts": Key(
            _by_region("[0-9]{12}", "an account by region"),
            "The accounts with GuardDuty's agent.",
        ),
    }
)


@cache
def regional() -> Mapping[str, Mapping[str, str]]:
    """Return the ids by region; raises ``UsageError`` where the file is wrong."""
    return read(FILE, SHAPE)


def doubt_of_prefix_list(environment: Environment) -> str:
    """Return why the prefix list of the settings may not be S3's; empty where it is."""
    return _doubt(
        environment.region,
        "S3's prefix list",
        environment.network.s3_prefix_list_id,
        regional()["s3_prefix_lists"].get(environment.region),
    )


def doubt_of_agent(environment: Environment) -> str:
    """Return why the repository of the settings may not be GuardDuty's; empty where it is."""
    found, region = environment.security.guardduty_repository_arn, environment.region
    account = regional()["guardduty_accounts"].get(region)
    known = (
        f"arn:{environment.partition}:ecr:{region}:{account}:repository/{AGENT}"
        if account
        else None
    )
    return "" if found is None else _doubt(region, AGENT, found, known)


def is_refuted(doubt: str) -> bool:
    """Tell whether a doubt is that something is another than AWS's, and not that it is unknown."""
    return doubt.startswith("is not ")


def _doubt(region: str, what: str, found: str, known: str | None) -> str:
    if known is None:
        return f"whether it is {what} of {region} cannot be told: {FOLDER}{FILE} has none"
    return "" if found == known else f"is not {what} of {region}, which is {known}"
