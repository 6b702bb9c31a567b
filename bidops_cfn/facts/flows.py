"""Network flows: one fact for each thing that a security group rule lets through.

A rule is one flow per peer. What cannot be read is taken at its widest: an unknown peer is the
whole internet, unknown ports are all of them. ICMP has no ports: its two numbers are a type and a
code. Address ranges are compared as sets: two halves are the whole, IPv6 is apart from IPv4.

A rule with a group as its peer lets through whatever attaches that group. A group that two services
attach, or a resource that is none of them, stands for all of them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from bidops_cfn.facts import symbols
from bidops_cfn.facts.conditions import choices
from bidops_cfn.facts.document import Document, Path, Resource, mapping

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

EVERYWHERE = (ipaddress.IPv4Network("0.0.0.0/0"), ipaddress.IPv6Network("::/0"))


@lru_cache(maxsize=4096)
def network(value: object) -> Network | None:
    """Return the range that a text such as ``10.0.0.0/8`` is; None for anything else."""
    try:
        return ipaddress.ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None


def networks(values: Iterable[object]) -> tuple[Network | None, ...]:
    """Return each value as a range, None for one that cannot be read."""
    return tuple(network(value) if isinstance(value, str) else None for value in values)


def within(narrow: Iterable[Network | None], wide: Iterable[Network | None]) -> bool:
    """Tell whether all addresses of ``narrow`` are in ``wide``; an unread one is in none."""
    whole = collapsed(wide)
    return all(one is not None and covers(whole, one) for one in narrow)


def covers(whole: Iterable[Network], one: Network) -> bool:
    """Tell whether one of the collapsed ranges ``whole`` has all addresses of ``one``."""
    return any(
        known.version == one.version and known.supernet_of(one)  # type: ignore[arg-type] # as checked
        for known in whole
    )


def collapsed(found: Iterable[Network | None]) -> tuple[Network, ...]:
    """Return the fewest ranges with the same addresses."""
    known = [one for one in found if one is not None]
    four = ipaddress.collapse_addresses(
        one for one in known if isinstance(one, ipaddress.IPv4Network)
    )
    six = ipaddress.collapse_addresses(
        one for one in known if isinstance(one, ipaddress.IPv6Network)
    )
    return (*four, *six)


GROUP = "AWS::EC2::SecurityGroup"
LAST_PORT = 65535
# EC2 takes names and numbers: https://www.iana.org/assignments/protocol-numbers
PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
ICMP = {"icmp", "icmpv6"}
NAMED = {"tcp", "udp", *ICMP}
ANY = -1  # every type, or every code of a type, in EC2's own spelling


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
    """What one rule lets through: ``protocol`` is ``-1`` for all, ports are inclusive.

    For ICMP the first port is the type and the last one the code. ``unread`` is the JSON text of
    protocol and ports that cannot be read, empty where they can.
    """

    direction: Direction
    protocol: str
    first_port: int
    last_port: int
    peer: Peer
    path: Path
    implicit: bool = False
    description: object = None
    unread: str = ""

    @property
    def fact(self) -> tuple[str, str, int, int, str, str]:
        """What the flow says, without where it is written."""
        peer = self.peer
        ports = (self.first_port, self.last_port)
        return (self.direction, self.protocol, *ports, peer.kind, peer.value)

    @property
    def ports(self) -> str:
        """The ports as a person reads them: ``443``, ``80-90``, ``all``, ``type 3 code 13``."""
        first, last = self.first_port, self.last_port
        if self.protocol in ICMP and first != ANY and not self.unread:
            return f"type {first}" if last == ANY else f"type {first} code {last}"
        if (first, last) in ((0, LAST_PORT), (ANY, ANY)):
            return "all"
        return str(first) if first == last else f"{first}-{last}"

    @property
    def shown(self) -> str:
        """The flow as a person reads it: ``egress tcp 443 to pl-63a5400a``."""
        ports = self.ports
        what = "everything" if self.protocol == "-1" else self.protocol
        what += "" if ports == "all" else f" {ports}"
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
    numbers = {name: rule.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}
    unread = "" if _readable(protocol, *numbers.values()) else symbols.key(numbers)
    description = rule.get("Description")
    peers = list(_peers(document, rule, direction))
    for peer in peers or [Peer(PeerKind.UNKNOWN, symbols.key(rule), "unknown")]:
        yield Flow(
            direction, protocol, first, last, peer, path, description=description, unread=unread
        )


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


def group_by_name(document: Document, name: object) -> object:
    """Return the id of a group of ours that has ``name``, else what says that it is a name."""
    for group in document.of_type(GROUP):
        if name is not None and symbols.same(group.get("GroupName"), name):
            return {symbols.GETATT: [group.logical_id, "GroupId"]}
    return {"GroupName": name}


def protocol_and_ports(rule: Mapping[str, object]) -> tuple[str, int, int]:
    """Return protocol, first and last port of a rule; all of them where that is unknown."""
    written = symbols.text(rule.get("IpProtocol"))
    protocol = written.strip().lower() if written else "-1"
    protocol = PROTOCOLS.get(protocol, protocol)
    first, last = _number(rule.get("FromPort")), _number(rule.get("ToPort"))
    if protocol in ICMP and first is not None and ANY <= first <= 255:
        code = ANY if last is None or first == ANY else last
        return protocol, first, min(code, 255)
    if protocol not in NAMED or first is None or last is None or not 0 <= first <= last:
        return protocol, 0, LAST_PORT
    return protocol, first, last


def _readable(protocol: str, written: object, first: object, last: object) -> bool:
    """Tell whether protocol and ports are known; ports that are left out are all of them."""
    if symbols.text(written) is None:
        return False
    numbers = [_number(one) for one in (first, last) if one is not None]
    if protocol not in NAMED or not numbers:
        return True
    known = [one for one in numbers if one is not None]
    if protocol in ICMP or len(known) < len(numbers):
        return len(known) == len(numbers)
    return known == sorted(known) and (known[0] >= 0 or set(known) == {ANY})


def _number(value: object) -> int | None:
    written = symbols.text(value)
    if written is None or len(written) > 5:
        return None
    if written == str(ANY):
        return ANY
    return int(written) if symbols.is_number(written) else None


def _peers(document: Document, rule: Mapping[str, object], direction: Direction) -> Iterator[Peer]:
    for name, kind in _PEERS[direction].items():
        if name in rule:
            value = rule[name]
            if kind is PeerKind.GROUP:
                value = group_symbol(document, value)
            yield _of_account(Peer(kind, symbols.key(value), symbols.show(value)), rule)
    for name in _CIDRS:
        if name in rule:
            for value in choices(rule[name]):
                kind = PeerKind.CIDR if isinstance(value, str) else PeerKind.UNKNOWN
                yield Peer(kind, symbols.key(value), symbols.show(value))
    if direction is Direction.INGRESS and "SourceSecurityGroupName" in rule:
        group = group_by_name(document, rule["SourceSecurityGroupName"])
        ours = symbols.function(group) is not None
        shown = symbols.show(group if ours else rule["SourceSecurityGroupName"])
        kind = PeerKind.GROUP if ours else PeerKind.UNKNOWN
        yield _of_account(Peer(kind, symbols.key(group), shown), rule)


def _of_account(peer: Peer, rule: Mapping[str, object]) -> Peer:
    """Return a group as the one of the account that the rule names, where it names any."""
    owner = rule.get("SourceSecurityGroupOwnerId")
    if owner is None:
        return peer
    value = symbols.key({"group": peer.value, "owner": owner})
    return Peer(peer.kind, value, f"{peer.shown} of {symbols.show(owner)}")


STANDALONE = {
    "AWS::EC2::SecurityGroupIngress": Direction.INGRESS,
    "AWS::EC2::SecurityGroupEgress": Direction.EGRESS,
}
INLINE = {
    "SecurityGroupIngress": Direction.INGRESS,
    "SecurityGroupEgress": Direction.EGRESS,
}


@dataclass(frozen=True)
class SecurityGroup:
    """A group, ours or another stack's, with the flows that this template gives it.

    ``id`` is the group's id as canonical JSON text; ``resource`` is None for another stack's.
    """

    id: str
    shown: str
    resource: Resource | None
    flows: tuple[Flow, ...]


def security_groups(document: Document) -> dict[str, SecurityGroup]:
    """Return every group that the template declares or adds rules to, by id."""
    flows: dict[str, list[Flow]] = {}
    shown: dict[str, str] = {}
    owned: dict[str, Resource] = {}
    for resource in document.of_type(GROUP):
        symbol = {symbols.GETATT: [resource.logical_id, "GroupId"]}
        owned[symbols.key(symbol)] = resource
        shown[symbols.key(symbol)] = symbols.show(symbol)
        flows[symbols.key(symbol)] = list(_inline(document, resource))
    for resource in document.of_type(*STANDALONE):
        symbol_of_group = group_symbol(document, resource.get("GroupId"))
        if symbol_of_group is None:
            symbol_of_group = group_by_name(document, resource.get("GroupName"))
        name = symbols.key(symbol_of_group)
        shown[name] = symbols.show(mapping(symbol_of_group).get("GroupName", symbol_of_group))
        direction = STANDALONE[resource.type]
        flows.setdefault(name, []).extend(
            flows_of_rule(document, resource.properties, direction, resource.path)
        )
    return {
        name: SecurityGroup(name, shown[name], owned.get(name), tuple(found))
        for name, found in flows.items()
    }


def _inline(document: Document, group: Resource) -> Iterator[Flow]:
    has_egress = False
    for name, direction in INLINE.items():
        for rule, path in group.each(name):
            yield from flows_of_rule(document, mapping(rule), direction, path)
            has_egress = has_egress or direction is Direction.EGRESS
    if not has_egress:
        yield from everything_out(group.path)


# They name groups as peers, and attach none.
RULES = frozenset({GROUP, *STANDALONE})


def attachments(
    document: Document, groups: Mapping[str, object], names: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Return what attaches each of ``groups``, by the group's id; nothing for one that none does.

    ``names`` are the names of the services that are meant, by logical id; everything else goes by
    its logical id.
    """
    found: dict[str, list[str]] = {}
    for resource in document.resources.values():
        if resource.type not in RULES:
            for group in _named(document, resource, groups):
                found.setdefault(group, []).append(
                    names.get(resource.logical_id, resource.logical_id)
                )
    return {group: tuple(sorted(who)) for group, who in found.items()}


def _named(document: Document, resource: Resource, groups: Iterable[str]) -> set[str]:
    """Return the groups that stand anywhere in a resource, in any spelling."""
    written = document.once(symbols.key, resource.properties)
    owned = document.once(_owned, resource.properties)
    return {group for group in groups if group in written or group in owned}


def _owned(value: object) -> set[str]:
    """Return the id that each resource which ``value`` refers to has if it is a group."""
    referenced = symbols.all_referenced(value)
    return {symbols.key({symbols.GETATT: [one, "GroupId"]}) for one in referenced}
