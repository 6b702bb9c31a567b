"""What security groups let through: exactly the reviewed flows, in whatever pieces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import ClassVar

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path
from bidops_cfn.facts.flows import (
    GROUP,
    INLINE,
    STANDALONE,
    Direction,
    Flow,
    PeerKind,
    group_symbol,
)
from bidops_cfn.facts.services import SERVICE
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import SOME_TEXT, Mismatch
from bidops_cfn.rules._house_rule import HouseRule, properties
from bidops_cfn.rules._values import Rows, Values, imported, subjects
from bidops_cfn.settings.contract import Imports, by_key
from bidops_cfn.settings.references import shorten
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.flows import S3, WRITTEN, ReviewedFlow, flows_of
from bidops_cfn.spec.parts import Part

Fact = tuple[str, str, int, int, str, str]
# Flows that there must be, each with the usual id of the standalone rule that lets it through.
Expected = dict[Fact, str]


def own_group(case: ReadingUnderReview, service: Service) -> object:
    """Return the id of the service's group as a symbol."""
    return {symbols.GETATT: [case.id(service, Part.GROUP), "GroupId"]}


def of_service(case: ReadingUnderReview, service: Service) -> Expected:
    """Return every flow of the service's own group (FR-025 to FR-029)."""
    facts: Expected = {}
    for flow in (*flows_of(service.name, "ingress"), *flows_of(service.name, "egress")):
        peer = next((one for one in case.services if one.name == flow.peer), None)
        usual_id = ""
        if peer is not None:
            way = "From" if flow.direction == Direction.INGRESS else "To"
            usual_id = f"{service.title}{way}{peer.title}{flow.direction.capitalize()}"
        facts |= dict.fromkeys(_facts(case, flow), usual_id)
    return facts


def of_others(case: ReadingUnderReview) -> dict[str, Expected]:
    """Return every flow that this stack adds to other stacks' groups, by the group's id."""
    found: dict[str, Expected] = {}
    for group, (setting, usual) in WRITTEN.items():
        key = group.value.key
        writes = getattr(case.settings.network, setting)
        references = case.settings.references(group.value) if writes else ()
        for index, reference in enumerate(references):
            suffix = shorten(reference) if index else ""
            for flow in (*flows_of(key, "ingress"), *flows_of(key, "egress")):
                title = next((one.title for one in case.services if one.name == flow.peer), "")
                facts = dict.fromkeys(_facts(case, flow), usual.format(title) + suffix)
                found.setdefault(symbols.key(reference.expression), {}).update(facts)
    return found


def _facts(case: ReadingUnderReview, flow: ReviewedFlow) -> Iterator[Fact]:
    """Yield a reviewed flow as a fact; none where its peer is not in this stack."""
    direction = Direction(flow.direction)
    value = by_key(flow.peer)
    if flow.peer == S3:
        yield _fact(
            direction, flow.port, case.settings.network.s3_prefix_list_id, kind=PeerKind.PREFIX_LIST
        )
    elif value is not None:
        for group in case.contract.each(value):
            yield _fact(direction, flow.port, group)
    for service in case.services:
        if service.name == flow.peer:
            yield _fact(direction, flow.port, own_group(case, service))


def compared(flows: Iterable[Flow], expected: Expected, path: Path) -> Iterator[Mismatch]:
    """Yield flows that are not expected, that are there twice, and that are missing."""
    found = list(flows)
    count = Counter(flow.fact for flow in found)
    for flow in found:
        if flow.fact not in expected and not flow.implicit:
            yield Mismatch(
                flow.path, f"lets through {shown(flow.fact)}, which no requirement asks for"
            )
        elif count[flow.fact] > 1:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)} a second time")
    for fact in sorted(expected.keys() - count.keys()):
        usual_id = expected[fact]
        usually = f", usually by {usual_id}" if usual_id else ""
        yield Mismatch(path, f"does not let through {shown(fact)}{usually}", about=usual_id)


def shown(fact: Fact) -> str:
    """Return a flow as a person reads it."""
    direction, protocol, first, last, kind, peer = fact
    ports = str(first) if first == last else f"{first}-{last}"
    way = "to" if direction == Direction.EGRESS else "from"
    return f"{protocol} {ports} {way} {kind} {symbols.show(json.loads(peer))}"


def _fact(direction: Direction, port: int, peer: object, kind: PeerKind = PeerKind.GROUP) -> Fact:
    return (direction, "tcp", port, port, kind, symbols.key(peer))


RULE = (
    "GroupId", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupId", "SourcePrefixListId",
    "DestinationSecurityGroupId", "DestinationPrefixListId",
)  # fmt: skip


class Flows(HouseRule):
    """Each service has exactly the specified flows.

    In from its callers on its port; out to the endpoints and to S3's prefix list on 443, to the
    database on 5432 and to the services that it calls. Inline and standalone rules count alike;
    protocol -1 and unknown values count as everything.
    """

    id = "E9402"
    source = "vpc/security-group-rules"
    requirements = (
        "FR-025", "FR-026", "FR-027", "FR-028", "FR-029", "FR-030", "US4-1", "US4-2", "US4-4",
    )  # fmt: skip
    fix = (
        "In bidops_cfn/compute/security_groups.py, write exactly the rules of "
        "bidops_cfn/spec/flows.toml, with groups or network.s3_prefix_list_id of "
        "params/<environment>.toml as peers"
    )
    judges = (
        *properties(GROUP, *INLINE),
        *(pair for kind in STANDALONE for pair in properties(kind, *RULE)),
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for service in case.services:
            for group in case.parts.all(service.name, Part.GROUP)[:1]:
                found = case.reading.groups[symbols.key(own_group(case, service))]
                yield from compared(found.flows, of_service(case, service), group.path)


class ImplicitEgress(HouseRule):
    """Every security group has an inline egress rule.

    Deleting all egress rules looks like a narrowing and is the widest opening. EC2 adds a rule that
    lets everything out unless the group has at least one inline egress rule. Standalone rules do
    not remove it, and neither does an empty list.
    """

    id = "E9403"
    source = "cfn-reference/aws-resource-ec2-securitygroup"
    requirements = ("FR-027", "FR-028", "FR-029", "US4-3")
    fix = "In bidops_cfn/compute/security_groups.py, write the group's egress inline"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for group in case.reading.groups.values():
            if any(flow.implicit for flow in group.flows) and group.resource is not None:
                path = group.resource.at("SecurityGroupEgress")
                yield Mismatch(path, "has no inline egress, so that EC2 lets everything out")


class AddressRanges(HouseRule):
    """Peers are security groups or prefix lists, never address ranges.

    Every host that gets an address in the range is let through, today or next year. No rule of IPv4
    or IPv6 addresses, in whatever pieces: 0.0.0.0/0 is also 0.0.0.0/1 and 128.0.0.0/1. A peer that
    cannot be read counts as every host.
    """

    id = "E9404"
    source = "vpc/security-group-rules"
    requirements = ("FR-030", "SC-010", "US4-3", "US4-5")
    fix = "In bidops_cfn/compute/security_groups.py, name the peer's security group instead"

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        for group in case.reading.groups.values():
            for flow in group.flows:
                if flow.peer.kind in (PeerKind.CIDR, PeerKind.UNKNOWN) and not flow.implicit:
                    way = "in from" if flow.direction is Direction.INGRESS else "out to"
                    yield Mismatch(flow.path, f"lets {way} {flow.peer.shown}")


ATTACHED = ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")


class Groups(Values):
    """Each service has exactly its own security group, in the imported VPC.

    One group more adds all its rules, one group shared lets another service in. Rules of all groups
    that are associated with a task add up. A group from elsewhere has rules that are not in the
    template; no group at all means the VPC's default group.
    """

    id = "E9401"
    source = "vpc/vpc-security-groups"
    requirements = ("FR-002", "FR-025", "FR-026", "FR-047")
    fix = (
        "In bidops_cfn/compute/services.py, list the service's own group, and it alone, in "
        "SecurityGroups"
    )
    rows: ClassVar[Rows] = {
        GROUP: {"GroupDescription": SOME_TEXT, "VpcId": imported(Imports.VPC_ID.value)}
    }

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
        yield from super().judge(case)
        for _, resource in subjects(case, Part.SERVICE):
            attached = list(resource.each(*ATTACHED))
            if len(attached) != 1:
                text = f"has {len(attached)} groups, must have one"
                yield Mismatch(resource.at(*ATTACHED), text)
            for value, path in attached:
                yield from _attached(case, value, path)


def _attached(case: ReadingUnderReview, value: object, path: Path) -> Iterator[Mismatch]:
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


class OthersGroups(HouseRule):
    """Rules on other stacks' groups are exactly the other side of our flows.

    Every rule on an imported group opens something that is not ours. No other stack can know the
    ids of our groups, so that the endpoints' and the database's ingress is written here, unless
    settings leave it to the owner. Egress on the load balancer's group is written only where
    settings say that the group has egress of its own: on any other group it takes EC2's default
    allow-all away, and the load balancer loses every other target. Any other group with rules is
    none of ours.
    """

    id = "E9405"
    source = "cfn-reference/aws-resource-ec2-securitygroupingress"
    requirements = ("FR-021", "FR-028", "FR-029", "FR-047")
    fix = (
        "Set endpoint_rules, database_rules or load_balancer_rules in [network] of "
        "params/<environment>.toml, which say who writes which rules, and render again"
    )
    needs_settings = True

    def judge(self, case: ReadingUnderReview) -> Iterator[Mismatch]:
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
