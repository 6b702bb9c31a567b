"""E9405: what this stack writes on groups that belong to others."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.network._expected_flows import compared, of_others, own_group
from bidops_cfn.spec.parts import Part


class OthersGroups(HouseRule):
    """Every rule on an imported group opens something that is not ours.

    No other stack can know the ids of our groups, so that the endpoints' and the database's ingress
    is written here, unless settings leave it to the owner. Egress on the load balancer's group is
    written only where settings say that the group has egress of its own: on any other group it
    takes EC2's default allow-all away, and the load balancer loses every other target. Any other
    group with rules is none of ours.
    """

    id = "E9405"
    shortdesc = "Rules on other stacks' groups are exactly the other side of our flows"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-ec2-securitygroupingress.html"
    )
    requirements = ("FR-021", "FR-028", "FR-029", "FR-047")
    fix = (
        "Set endpoint_rules, database_rules or load_balancer_rules in [network] of "
        "params/<environment>.toml, which say who writes which rules, and render again"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the flows of every group that is not a service's own."""
        expected = of_others(case)
        own = {
            symbols.key(own_group(case, service))
            for service in case.services
            if case.id(service, Part.GROUP)
        }
        for group_id, group in case.reading.groups.items():
            if group_id not in own:
                path = group.resource.path if group.resource else ("Resources",)
                yield from compared(group.flows, expected.pop(group_id, {}), path)
        for facts in expected.values():
            yield from compared((), facts, ("Resources",))
