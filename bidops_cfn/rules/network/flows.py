"""E9402: what a service may send and receive."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import GROUP
from bidops_cfn.facts.security_groups import INLINE, STANDALONE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules.network._expected_flows import compared, of_service, own_group
from bidops_cfn.spec.parts import Part

RULE = (
    "GroupId",
    "IpProtocol",
    "FromPort",
    "ToPort",
    "SourceSecurityGroupId",
    "SourcePrefixListId",
    "DestinationSecurityGroupId",
    "DestinationPrefixListId",
)


class Flows(HouseRule):
    """Exactly the reviewed peers, protocol and ports, and nothing beside them.

    In from its callers on its port; out to the endpoints and to S3's prefix list on 443, to the
    database on 5432 and to the services that it calls. Inline and standalone rules count alike;
    protocol -1 and unknown values count as everything.
    """

    id = "E9402"
    shortdesc = "Each service has exactly the specified flows"
    source_url = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
    requirements = (
        "FR-025", "FR-026", "FR-027", "FR-028", "FR-029", "FR-030", "US4-1", "US4-2", "US4-4",
    )  # fmt: skip
    fix = (
        "In bidops_cfn/compute/security_groups.py, write exactly the rules of "
        "bidops_cfn/spec/flows.toml, with groups or the S3 prefix list as peers"
    )
    judges = (
        *properties(GROUP, *INLINE),
        *(pair for kind in STANDALONE for pair in properties(kind, *RULE)),
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Compare the flows of each service's own group."""
        for service in case.services:
            for group in case.parts.all(service.name, Part.GROUP)[:1]:
                found = case.reading.groups[symbols.key(own_group(case, service))]
                yield from compared(found.flows, of_service(case, service), group.path)
