"""Claims about traffic: who reaches a service, and whether it reaches the internet or is reached.

Nothing but its callers reaches a service, and only on its port (FR-025, FR-026, FR-030): the
ingress of all groups that the tasks of every ECS service that runs it attach must *equal* what the
reviewed list asks for. A group lets through all that attaches it: nothing else may attach it.

A private service has no path to or from the internet (US4-3): every group of it must be in the
template; egress must lead to a group of the contract, to S3's prefix list or to another service,
ingress must come from a service of this stack; nothing balances load onto it, no task has a public
address, and the subnets are the ones that NetworkStack keeps without a default route.
"""

from __future__ import annotations

import ipaddress

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import mapping
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.strangers import rules_of, shown_groups, strangers, strays
from bidops_cfn.facts.reach import LISTENER_RULE
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.settings.contract import Imports, by_key
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.flows import flows_of
from bidops_cfn.spec.parts import Having, contract_key
from bidops_cfn.spec.resource_types import UNDERSTOOD

Fact = tuple[str, str, int, int, str, str]


def reached_by_callers_only(reading: Reading, contract: Contract, service: Service) -> Verdict:
    """Judge the claim that exactly the callers of ``service`` reach it, on its port."""
    callers = "the public load balancer" if service.public else " and ".join(service.callers)
    claim = Claim(
        "reached-by-callers-only",
        service.name,
        f"The template permits {callers} to reach {service.name} on {service.port}, "
        "and nothing else on any port.",
        ("FR-025" if service.public else "FR-026", "FR-030", "SC-010"),
        (
            rules_of(reading, service),
            *_callers(reading, contract, service),
        ),
    )
    return judged(claim, _of_callers(reading, contract, service))


def _callers(reading: Reading, contract: Contract, service: Service) -> tuple[str, ...]:
    """Return what is relied on about those who may reach ``service``."""
    if not service.public:
        return (f"no other stack attaches {shown_groups(reading, service.callers)} to anything",)
    value = Imports.ALB_SECURITY_GROUP.value
    held = contract.written(value)
    group = reading.groups.get(symbols.key(contract.one(value)))
    if group and any(flow.direction is Direction.EGRESS for flow in group.flows):
        way_out = (
            f"the load balancer's group {held} has egress of its own: a rule of this template "
            "beside EC2's default allow-all takes that away, and with it every other target"
        )
    else:
        way_out = (
            f"the load balancer's group {held} lets requests out to {service.name} on "
            f"{service.port}: this template writes no egress on it"
        )
    return contract.promise(value), way_out


def _of_callers(reading: Reading, contract: Contract, service: Service) -> Outcomes:
    running = reading.running(service)
    expected = wanted_flows(reading, contract, service)
    if not running or expected is None:
        where = running[0].resource.path if running else ("Resources",)
        yield "unknown", Witness("a service, or the rules of one of its groups, is not here", where)
        return
    for one in running:
        yield from _of_one(reading, one, expected, meant=one is running[0])
    if service.public:
        for doubt in contract.doubts(Imports.ALB_SECURITY_GROUP.value):
            yield "unknown", Witness(doubt, running[0].resource.path)
    yield from strangers(reading, service)
    yield from strays(reading, contract)


def _of_one(
    reading: Reading, one: EcsService, expected: dict[Fact, str], *, meant: bool
) -> Outcomes:
    flows = reading.flows(one)
    if flows is None:
        missing = "a service, or the rules of one of its groups, is not here"
        yield "unknown", Witness(missing, one.resource.path)
        return
    ingress = [flow for flow in flows if flow.direction is Direction.INGRESS]
    for flow in ingress:
        if flow.fact in expected:
            yield _admitted(reading, flow, expected[flow.fact])
        else:
            ports = f"{flow.protocol} {flow.first_port}-{flow.last_port}"
            yield "against", Witness(f"admits {flow.peer.shown} on {ports}", flow.path)
    if meant and expected.keys() - {flow.fact for flow in ingress}:
        yield "against", Witness("does not admit every caller", one.resource.path)


def _admitted(reading: Reading, flow: Flow, caller: str) -> tuple[str, Witness]:
    attached = reading.attachments.get(flow.peer.value, ())
    others = [one for one in attached if one != caller]
    if others:
        also = f"{' and '.join(others)} by {flow.peer.shown}"
        return "against", Witness(f"admits {also}", flow.path)
    return "shown", Witness(f"admits {flow.peer.shown}", flow.path)


def wanted_flows(reading: Reading, contract: Contract, service: Service) -> dict[Fact, str] | None:
    """Return the ingress that is asked for, with the one caller that may attach each peer.

    None when a caller is missing; a group of another stack has no caller in this one.
    """
    found: dict[Fact, str] = {}
    for flow in flows_of(service.name, Direction.INGRESS):
        value = by_key(flow.peer)
        caller = reading.service(flow.peer)
        peers = sorted(contract.keys(value)) if value else list(caller.groups if caller else ())
        if not peers:
            return None
        for peer in peers:
            fact = (Direction.INGRESS, "tcp", flow.port, flow.port, PeerKind.GROUP, peer)
            found[fact] = "" if value else flow.peer
    return found


VPC = ipaddress.IPv4Network("10.0.0.0/16")
PEERS = (Imports.ENDPOINT_SECURITY_GROUP, Imports.DATABASE_SECURITY_GROUP)
NETWORK = ("AWS::EC2::", "AWS::NetworkFirewall::", "AWS::NetworkManager::")
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
    return judged(claim, _of_traffic(reading, contract, service))


def _of_traffic(reading: Reading, contract: Contract, service: Service) -> Outcomes:
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
    for raw, path in service.resource.each("LoadBalancers"):
        target = symbols.referenced(mapping(raw).get("TargetGroupArn"))
        outcome, which = ("against", "the public") if target in public else ("unknown", "a")
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
