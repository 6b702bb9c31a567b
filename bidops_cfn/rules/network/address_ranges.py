"""E9404: no rule names addresses."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.facts.flows import Direction, PeerKind
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.rules._house_rule import HouseRule


class AddressRanges(HouseRule):
    """Every host that gets an address in the range is let through, today or next year.

    No rule of IPv4 or IPv6 addresses, in whatever pieces: 0.0.0.0/0 is also 0.0.0.0/1 and
    128.0.0.0/1. A peer that cannot be read counts as every host.
    """

    id = "E9404"
    shortdesc = "Peers are security groups or prefix lists, never address ranges"
    source_url = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
    requirements = ("FR-030", "SC-010", "US4-3", "US4-5")
    fix = "In bidops_cfn/compute/security_groups.py, name the peer's security group instead"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        """Look at every flow of every group, ours and others'."""
        for group in case.reading.groups.values():
            for flow in group.flows:
                if flow.peer.kind in (PeerKind.CIDR, PeerKind.UNKNOWN) and not flow.implicit:
                    way = "in from" if flow.direction is Direction.INGRESS else "out to"
                    yield Mismatch(flow.path, f"lets {way} {flow.peer.shown}")
