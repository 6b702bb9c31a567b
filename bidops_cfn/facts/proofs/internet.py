"""A private service has no path to the internet (User Story 4, scenario 3).

Every group of the service must be in the template, every egress must lead to a group of the
contract, to S3's prefix list or to another service, no task may have a public address, and the
subnets must be the ones that NetworkStack keeps without a default route.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.verdict import Claim, Verdict, Witness, judge
from bidops_cfn.model import Service

VPC = ipaddress.IPv4Network("10.0.0.0/16")
PEERS = (Imports.ENDPOINT_SECURITY_GROUP, Imports.DATABASE_SECURITY_GROUP)


def no_internet(reading: Reading, contract: Contract, service: Service) -> Verdict:
    """Judge the claim that tasks of ``service`` cannot reach the internet."""
    claim = Claim(
        "no-internet",
        service.name,
        f"The template permits tasks of {service.name} no traffic to or from the internet.",
        ("US4-3", "FR-032"),
        (
            service.subnets.value.claim,
            *(peer.value.claim for peer in PEERS),
            "the prefix list is the region's S3 list; the gateway endpoint's policy bounds it",
            "no other stack adds rules to the service's groups",
            "the VPC's resolver answers DNS whatever the groups say",
        ),
    )
    against: list[Witness] = []
    unknown: list[Witness] = []
    shown: list[Witness] = []
    found = reading.service(service.name)
    if found is None:
        unknown.append(Witness(f"no ECS service runs {service.name}", ("Resources",)))
        return judge(claim, against=against, unknown=unknown, shown=shown)
    for outcome, witness in (
        *_address(found),
        *_subnets(found, contract.pair(service.subnets.value)),
        *_egress(reading, contract, found),
    ):
        {"against": against, "unknown": unknown, "shown": shown}[outcome].append(witness)
    return judge(claim, against=against, unknown=unknown, shown=shown)


Outcomes = Iterator[tuple[str, Witness]]


def _address(service: EcsService) -> Outcomes:
    path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
    outcome = {"DISABLED": "shown", "ENABLED": "against"}.get(service.public_address, "unknown")
    yield outcome, Witness(f"public addresses: {service.public_address}", path)


def _subnets(service: EcsService, wanted: list[object]) -> Outcomes:
    path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
    names = {symbols.key(one) for one in wanted}
    inside = bool(service.subnets) and {symbols.key(s) for s in service.subnets} <= names
    if inside:
        yield "shown", Witness("stands in the private subnets of its tier", path)
    else:
        yield "unknown", Witness("stands in subnets about which nothing is promised", path)


def _egress(reading: Reading, contract: Contract, service: EcsService) -> Outcomes:
    flows = reading.flows(service)
    if flows is None:
        path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
        yield "unknown", Witness("wears a group whose rules are not in the template", path)
        return
    trusted = {symbols.key(contract.one(peer.value)) for peer in PEERS}
    for name in reading.meant_services:
        other = reading.service(name)
        trusted |= set(other.groups) if other else set()
    trusted |= {symbols.key(one) for one in contract.prefix_lists}
    for flow in flows:
        if flow.direction is Direction.EGRESS:
            yield _leads(flow, trusted), Witness(f"egress to {flow.peer.shown}", flow.path)


def _leads(flow: Flow, trusted: set[str]) -> str:
    if flow.peer.kind in (PeerKind.GROUP, PeerKind.PREFIX_LIST):
        return "shown" if flow.peer.value in trusted else "unknown"
    if flow.peer.kind is PeerKind.CIDR:
        return "shown" if _inside_vpc(flow.peer.shown) else "against"
    return "unknown"


def _inside_vpc(cidr: str) -> bool:
    try:
        return ipaddress.IPv4Network(cidr, strict=False).subnet_of(VPC)
    except ValueError:
        return False
