"""A private service has no path to or from the internet (User Story 4, scenario 3).

Every ECS service that runs it is looked at. Every group of it must be in the template; egress must
lead to a group of the contract, to S3's prefix list or to another service, ingress must come from a
service of this stack; nothing balances load onto it, no task has a public address, and the subnets
are the ones that NetworkStack keeps without a default route.
"""

from __future__ import annotations

import ipaddress

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.strangers import rules_of, strangers, strays
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.settings.contract import Imports, by_key
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.resource_types import UNDERSTOOD
from bidops_cfn.spec.services import Having, contract_key

VPC = ipaddress.IPv4Network("10.0.0.0/16")
PEERS = (Imports.ENDPOINT_SECURITY_GROUP, Imports.DATABASE_SECURITY_GROUP)
NETWORK = ("AWS::EC2::", "AWS::NetworkFirewall::", "AWS::NetworkManager::")
LISTENER_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
# Other ways to a service than its groups and a load balancer's target group.
MESHES = ("ServiceConnectConfiguration", "VpcLatticeConfigurations")


def no_internet(reading: Reading, contract: Contract, service: Service) -> Verdict:
    """Judge the claim that tasks of ``service`` neither reach the internet nor are reached."""
    lists = ", ".join(sorted(contract.prefix_lists))
    bounded = f"{lists} is the region's S3 list; the gateway endpoint's policy bounds it"
    if not lists:
        bounded = "the gateway endpoint's policy bounds the region's S3 list"
    vpc = contract.written(Imports.VPC_ID.value)
    claim = Claim(
        "no-internet",
        service.name,
        f"The template permits tasks of {service.name} no traffic to or from the internet.",
        ("US4-3", "FR-032"),
        (
            contract.promise(service.subnets.value),
            *(contract.promise(peer.value) for peer in PEERS),
            bounded,
            rules_of(reading, service),
            f"the resolver of {vpc} answers DNS whatever the groups say",
        ),
    )
    return judged(claim, _outcomes(reading, contract, service))


def _outcomes(reading: Reading, contract: Contract, service: Service) -> Outcomes:
    running = reading.running(service)
    if not running:
        yield "unknown", Witness(f"no ECS service runs {service.name}", ("Resources",))
    for one in running:
        yield from _address(one)
        yield from _subnets(one, contract, service)
        yield from _flows(reading, contract, one)
        yield from _balancers(reading, contract, one)
    for value in (service.subnets, *PEERS):
        for doubt in contract.doubts(value.value):
            yield "unknown", Witness(doubt, running[0].resource.path if running else ())
    yield from _ways(reading)
    yield from strangers(reading, service)
    yield from strays(reading, contract)


def _ways(reading: Reading) -> Outcomes:
    """Yield every resource that may open a way: routes, gateways, endpoints, addresses."""
    for resource in reading.document.resources.values():
        if resource.type.startswith(NETWORK) and resource.type not in UNDERSTOOD:
            text = f"{resource.logical_id} ({resource.type}) may open a way, and is not looked into"
            yield "unknown", Witness(text, resource.path)


def _address(service: EcsService) -> Outcomes:
    path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp")
    outcome = {"DISABLED": "shown", "ENABLED": "against"}.get(service.public_address, "unknown")
    yield outcome, Witness(f"public addresses: {service.public_address}", path)


def _subnets(one: EcsService, contract: Contract, service: Service) -> Outcomes:
    path = one.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "Subnets")
    value = by_key(contract_key(service.name, Having.SUBNETS))
    names = {symbols.key(half) for half in contract.pair(value)} if value else set[str]()
    inside = bool(one.subnets) and {symbols.key(s) for s in one.subnets} <= names
    if inside and value is service.subnets.value:
        yield "shown", Witness("stands in the private subnets of its tier", path)
    else:
        yield "unknown", Witness("stands in subnets about which nothing is promised", path)


def _flows(reading: Reading, contract: Contract, service: EcsService) -> Outcomes:
    flows = reading.flows(service)
    if flows is None:
        path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups")
        yield "unknown", Witness("attaches a group whose rules are not in the template", path)
        return
    balancer = symbols.key(contract.one(Imports.ALB_SECURITY_GROUP.value))
    for flow in flows:
        outward = flow.direction is Direction.EGRESS
        text = f"{'egress to' if outward else 'ingress from'} {flow.peer.shown}"
        if flow.peer.kind is PeerKind.GROUP and flow.peer.value == balancer:
            yield "against", Witness(f"{text}, which is open to the internet", flow.path)
        else:
            yield _leads(reading, contract, flow), Witness(text, flow.path)


def _leads(reading: Reading, contract: Contract, flow: Flow) -> str:
    if flow.peer.kind is PeerKind.CIDR:
        return "shown" if _inside_vpc(flow.peer.shown) else "against"
    if flow.peer.kind is PeerKind.PREFIX_LIST and flow.direction is Direction.EGRESS:
        lists = {symbols.key(one) for one in contract.prefix_lists}
        return "shown" if flow.peer.value in lists else "unknown"
    if flow.peer.kind is not PeerKind.GROUP:
        return "unknown"
    attached = set(reading.attachments.get(flow.peer.value, ()))
    group = reading.groups.get(flow.peer.value)
    if group is not None and group.resource is not None:
        return "shown" if attached <= reading.meant_services.keys() else "unknown"
    promised = {group for peer in PEERS for group in contract.keys(peer.value)}
    return "shown" if flow.peer.value in promised and not attached else "unknown"


def _balancers(reading: Reading, contract: Contract, service: EcsService) -> Outcomes:
    listener = symbols.key(contract.one(Imports.HTTPS_LISTENER_ARN.value))
    public = {
        target
        for rule in reading.document.of_type(LISTENER_RULE)
        if symbols.key(rule.get("ListenerArn")) == listener
        for target in symbols.all_referenced(rule.get("Actions"))
    }
    for index, raw in enumerate(items(service.resource.get("LoadBalancers"))):
        target = symbols.referenced(mapping(raw).get("TargetGroupArn"))
        outcome, which = ("against", "the public") if target in public else ("unknown", "a")
        path = service.resource.at("LoadBalancers", index)
        yield outcome, Witness(f"stands behind {which} load balancer", path)
    for name in MESHES:
        if service.resource.get(name) is not None:
            path = service.resource.at(name)
            yield "unknown", Witness(f"is reached by its {name}, which no fact looks into", path)


def _inside_vpc(cidr: str) -> bool:
    try:
        return ipaddress.IPv4Network(cidr, strict=False).subnet_of(VPC)
    except ValueError:
        return False
