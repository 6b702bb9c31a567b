"""Network flows: one fact for each thing that a security group rule lets through.

A rule is one flow per peer. What cannot be read is taken at its widest: an unknown peer is the
world, unknown ports are all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document
from bidops_cfn.facts.paths import Path

GROUP = "AWS::EC2::SecurityGroup"
LAST_PORT = 65535
# EC2 takes names and numbers: https://www.iana.org/assignments/protocol-numbers
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
NAMED = {"tcp", "udp", "icmp", "icmpv6"}


class Direction(StrEnum):
    """Which way a flow goes, seen from the group."""

    INGRESS = "ingress"
    EGRESS = "egress"


class PeerKind(StrEnum):
    """What the other end of a flow is."""

    GROUP = "group"
    PREFIX_LIST = "prefix list"
    CIDR = "cidr"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Peer:
    """The other end: its kind, and its canonical value as JSON text (``symbols.key``)."""

    kind: PeerKind
    value: str
    shown: str


@dataclass(frozen=True)
class Flow:
    """What one rule lets through: ``protocol`` is ``-1`` for all, ports are inclusive."""

    direction: Direction
    protocol: str
    first_port: int
    last_port: int
    peer: Peer
    path: Path
    implicit: bool = False
    description: object = None

    @property
    def fact(self) -> tuple[str, str, int, int, str, str]:
        """What the flow says, without where it is written."""
        peer = self.peer
        ports = (self.first_port, self.last_port)
        return (self.direction, self.protocol, *ports, peer.kind, peer.value)

    @property
    def shown(self) -> str:
        """The flow as a person reads it: ``egress tcp 443 to pl-63a5400a``."""
        first, last = self.first_port, self.last_port
        ports = f" {first}" if first == last else f" {first}-{last}"
        what = "everything" if self.protocol == "-1" else self.protocol
        what += "" if (first, last) == (0, LAST_PORT) else ports
        arrow = "to" if self.direction is Direction.EGRESS else "from"
        implicit = ", which EC2 adds by itself" if self.implicit else ""
        return f"{self.direction} {what} {arrow} {self.peer.shown}{implicit}"


_PEERS = {
    Direction.INGRESS: {
        "SourceSecurityGroupId": PeerKind.GROUP,
        "SourcePrefixListId": PeerKind.PREFIX_LIST,
    },
    Direction.EGRESS: {
        "DestinationSecurityGroupId": PeerKind.GROUP,
        "DestinationPrefixListId": PeerKind.PREFIX_LIST,
    },
}
_CIDRS = ("CidrIp", "CidrIpv6")


def flows_of_rule(
    document: Document, rule: Mapping[str, object], direction: Direction, path: Path
) -> Iterator[Flow]:
    """Yield the flows of one rule, inline or standalone."""
    protocol, first, last = protocol_and_ports(rule)
    description = rule.get("Description")
    peers = list(_peers(document, rule, direction))
    for peer in peers or [Peer(PeerKind.UNKNOWN, symbols.key(rule), "unknown")]:
        yield Flow(direction, protocol, first, last, peer, path, description=description)


def everything_out(path: Path) -> Iterator[Flow]:
    """Yield the egress that EC2 adds to a group without an inline egress rule."""
    for cidr in ("0.0.0.0/0", "::/0"):
        peer = Peer(PeerKind.CIDR, symbols.key(cidr), cidr)
        yield Flow(Direction.EGRESS, "-1", 0, LAST_PORT, peer, path, implicit=True)


def group_symbol(document: Document, value: object) -> object:
    """Return a group's id in one spelling: a reference to a group of ours is its ``GroupId``."""
    logical_id = symbols.referenced(value)
    name, argument = symbols.function(value) or ("", None)
    whole = name == symbols.REF or (isinstance(argument, list) and argument[1:] == ["GroupId"])
    if whole and document.find(logical_id, GROUP):
        return {symbols.GETATT: [logical_id, "GroupId"]}
    return value


def protocol_and_ports(rule: Mapping[str, object]) -> tuple[str, int, int]:
    """Return protocol, first and last port of a rule; all of them where that is unknown."""
    written = symbols.text(rule.get("IpProtocol"))
    protocol = written.strip().lower() if written else "-1"
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = _port(rule.get("FromPort")), _port(rule.get("ToPort"))
    if protocol not in NAMED or first is None or last is None:
        return protocol, 0, LAST_PORT
    return protocol, first, last


def _port(value: object) -> int | None:
    written = symbols.text(value)
    if written is None or not symbols.is_number(written) or len(written) > 5:
        return None
    return int(written)


def _peers(document: Document, rule: Mapping[str, object], direction: Direction) -> Iterator[Peer]:
    for name, kind in _PEERS[direction].items():
        if name in rule:
            value = rule[name]
            if kind is PeerKind.GROUP:
                value = group_symbol(document, value)
            yield Peer(kind, symbols.key(value), symbols.show(value))
    for name in _CIDRS:
        if name in rule:
            value = rule[name]
            kind = PeerKind.CIDR if isinstance(value, str) else PeerKind.UNKNOWN
            yield Peer(kind, symbols.key(value), symbols.show(value))
    if direction is Direction.INGRESS and "SourceSecurityGroupName" in rule:
        value = rule["SourceSecurityGroupName"]
        yield Peer(PeerKind.UNKNOWN, symbols.key(value), symbols.show(value))
