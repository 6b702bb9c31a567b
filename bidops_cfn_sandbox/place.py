"""Where something is: the account and region whose part of the local AWS it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One region of one account."""

    account_id: str
    region: str

    @property
    def partition(self) -> str:
        """The partition of the region, the second part of every ARN."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of ``resource`` of ``service`` here."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
