"""Flows compared as sets: which packets one list of rules lets through and another does not.

A rule lets through a product of protocol, ports and addresses. The rules of a group add up, so
that 80 and 81-90 are 80-90, and two halves of a range are the whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bidops_cfn.facts import networks
from bidops_cfn.facts.flows import ANY, ICMP, LAST_PORT, Flow, Peer, PeerKind

CODES = 256  # of each ICMP type
Span = tuple[int, int]


def gained(before: Sequence[Flow], after: Sequence[Flow]) -> Iterator[Flow]:
    """Yield the flows of ``after`` that let something through that ``before`` does not."""
    facts = {(flow.fact, flow.unread) for flow in before}
    for flow in after:
        if (flow.fact, flow.unread) not in facts and not _covered(flow, before):
            yield flow


def _covered(flow: Flow, before: Sequence[Flow]) -> bool:
    known = [one for one in before if _may_cover(one, flow)]
    if flow.unread:
        known = [one for one in known if one.unread == flow.unread or _whole(one)]
        return _peers_cover([one.peer for one in known], flow.peer)
    first, last = _span(flow)
    spans = [(one, _span(one) if one.protocol == flow.protocol else (first, last)) for one in known]
    starts = {first, *(low for _, (low, _) in spans), *(high + 1 for _, (_, high) in spans)}
    return all(
        _peers_cover([one.peer for one, (low, high) in spans if low <= start <= high], flow.peer)
        for start in starts
        if first <= start <= last
    )


def _may_cover(known: Flow, flow: Flow) -> bool:
    return known.direction is flow.direction and (
        known.unread == flow.unread if known.unread else known.protocol in ("-1", flow.protocol)
    )


def _whole(flow: Flow) -> bool:
    """Tell whether a flow is everything, whatever an unknown protocol and port may be."""
    return flow.protocol == "-1" and not flow.unread


def _span(flow: Flow) -> Span:
    """Return the ports of a flow, or types and codes as numbers of their own."""
    first, last = flow.first_port, flow.last_port
    if flow.protocol in ICMP:
        if first == ANY:
            return 0, LAST_PORT
        if (first, last) != (0, LAST_PORT):
            start = first * CODES
            return (start, start + CODES - 1) if last == ANY else (start + last, start + last)
    return first, last


def _peers_cover(known: Sequence[Peer], peer: Peer) -> bool:
    if any((one.kind, one.value) == (peer.kind, peer.value) for one in known):
        return True
    ranges = networks.collapsed(
        networks.network(one.shown) for one in known if one.kind is PeerKind.CIDR
    )
    if peer.kind is PeerKind.CIDR:
        wanted = networks.network(peer.shown)
        if wanted is not None:
            return networks.covers(ranges, wanted)
    # A group is the private addresses of its members; what else a peer is may have any address.
    everywhere = networks.EVERYWHERE[:1] if peer.kind is PeerKind.GROUP else networks.EVERYWHERE
    return all(networks.covers(ranges, one) for one in everywhere)
