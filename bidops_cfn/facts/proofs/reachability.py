"""Nothing but its callers reaches a service, and only on its port (FR-025, FR-026, FR-030).

The ingress of all groups that the tasks of every ECS service that runs it attach must *equal* what
the reviewed list asks for: one flow from each caller's group, or from the public load balancer's.
A group lets through all that attaches it, so nothing else may attach a caller's.
"""

from __future__ import annotations

from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.proofs.strangers import rules_of, shown_groups, strangers, strays
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.services import EcsService
from bidops_cfn.facts.verdict import Claim, Outcomes, Verdict, Witness, judged
from bidops_cfn.settings.contract import Imports, by_key
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.flows import flows_of

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
    return judged(claim, _outcomes(reading, contract, service))


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


def _outcomes(reading: Reading, contract: Contract, service: Service) -> Outcomes:
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
