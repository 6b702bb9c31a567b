"""E9604: what must stand before the first task starts."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items
from bidops_cfn.facts.flows import GROUP, group_symbol
from bidops_cfn.facts.security_groups import STANDALONE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule
from bidops_cfn.rules.network._expected_flows import own_group
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part


class Dependencies(HouseRule):
    """CloudFormation orders by reference; these have none.

    Without the association the strategy is refused; without the listener rule the target group has
    no load balancer and the service fails; without the rules of its flows the first tasks cannot
    pull their image and the circuit breaker trips.
    """

    id = "E9604"
    shortdesc = "Services wait for capacity, their listener rule and their network rules"
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "aws-attribute-dependson.html"
    )
    requirements = ("FR-004", "FR-021", "FR-028")
    fix = "In bidops_cfn/compute/services.py, name the resource in DependsOn of the service"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the dependencies of each service with what it needs."""
        for service in case.services:
            for resource in case.parts.all(service.name, Part.SERVICE):
                found = {symbols.text(one) for one in items(resource.attributes.get("DependsOn"))}
                for needed in sorted(set(_needed(case, service)) - found):
                    yield Mismatch((*resource.path, "DependsOn"), f"lacks {needed}")


def _needed(case: ReadingUnderReview, service: Service) -> Iterator[str]:
    for part in (Part.LISTENER_RULE,):
        yield from (one.logical_id for one in case.parts.all(service.name, part))
    yield from (one.logical_id for one in case.parts.all("", Part.CAPACITY))
    document = case.reading.document
    own = own_group(case, service)
    for rule in document.of_type(*STANDALONE):
        group = group_symbol(document, rule.get("GroupId"))
        peers = [
            group_symbol(document, rule.get(name))
            for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId")
        ]
        # Rules between our groups, and the other side of a flow on another stack's group. A rule
        # on the own group for an outside peer is the same inline and standalone.
        ours = [one for one in (group, *peers) if document.find(symbols.referenced(one), GROUP)]
        if (group == own and len(ours) > 1) or (ours == [own] and group != own):
            yield rule.logical_id
