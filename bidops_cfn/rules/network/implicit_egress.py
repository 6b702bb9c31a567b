"""E9403: what EC2 lets out by itself."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class ImplicitEgress(HouseRule):
    """Deleting all egress rules looks like a narrowing and is the widest opening.

    EC2 adds a rule that lets everything out unless the group has at least one inline egress rule.
    Standalone rules do not remove it, and neither does an empty list.
    """

    id = "E9403"
    shortdesc = "Every security group has an inline egress rule"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-ec2-securitygroup.html"
    )
    requirements = ("FR-027", "FR-028", "FR-029", "US4-3")
    fix = "In bidops_cfn/compute/security_groups.py, write the group's egress inline"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Find groups with the rule that EC2 adds."""
        for group in case.reading.groups.values():
            if any(flow.implicit for flow in group.flows) and group.resource is not None:
                path = group.resource.at("SecurityGroupEgress")
                yield Mismatch(path, "has no inline egress, so that EC2 lets everything out")
