"""E9401: which groups are associated with a service's tasks."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items
from bidops_cfn.facts.flows import GROUP, group_symbol
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Mismatch, expect
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.settings.contract import Imports
from bidops_cfn.spec.parts import Part


class Groups(HouseRule):
    """One group more adds all its rules, one group shared lets another service in.

    Rules of all groups that are associated with a task add up. A group from elsewhere has rules
    that are not in the template; no group at all means the VPC's default group.
    """

    id = "E9401"
    shortdesc = "Each service has exactly its own security group, in the imported VPC"
    source_url = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html"
    requirements = ("FR-002", "FR-025", "FR-026", "FR-047")
    fix = (
        "In bidops_cfn/compute/services.py, list the service's own group, and it alone, in "
        "SecurityGroups"
    )
    judges = properties(GROUP, "GroupDescription", "VpcId")

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the groups of each service."""
        vpc = case.contract.one(Imports.VPC_ID.value)
        for group in case.reading.document.of_type(GROUP):
            yield from expect(group, {"GroupDescription": SOME_TEXT, "VpcId": vpc})
        for service in case.services:
            for resource in case.parts.all(service.name, Part.SERVICE):
                path = resource.at("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
                attached = items(
                    resource.get("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
                )
                if len(attached) != 1:
                    yield Mismatch(path, f"has {len(attached)} groups, must have one")
                for index, value in enumerate(attached):
                    yield from self._attached(case, service.name, value, (*path, index))

    def _attached(
        self, case: ReadingUnderReview, name: str, value: object, path: tuple[str | int, ...]
    ) -> Iterator[Mismatch]:
        document = case.reading.document
        symbol = group_symbol(document, value)
        group = document.find(symbols.referenced(symbol), GROUP)
        if group is None or symbol != {symbols.GETATT: [group.logical_id, "GroupId"]}:
            yield Mismatch(path, f"is {symbols.show(value)}, which is no group of this template")
            return
        for other in document.of_type(SERVICE):
            groups = case.reading.services[other.logical_id].groups
            if other.logical_id != path[1] and symbols.key(symbol) in groups:
                yield Mismatch(path, f"is {group.logical_id}, which {other.logical_id} has too")
