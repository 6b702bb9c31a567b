"""Nobody but its callers reaches a service, and only on its port (FR-025, FR-026, FR-030).

The ingress of all groups that the service's tasks wear must *equal* what the specification allows:
one flow from each caller's group, or from the public load balancer's.
"""

from __future__ import annotations

from bidops_cfn.contract import Imports
from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import Direction, PeerKind
from bidops_cfn.facts.imports import Contract
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.verdict import Claim, Verdict, Witness, judge
from bidops_cfn.model import Service


def reached_by_callers_only(reading: Reading, contract: Contract, service: Service) -> Verdict:
    """Judge the claim that exactly the callers of ``service`` reach it, on its port."""
    callers = "the public load balancer" if service.public else " and ".join(service.callers)
    claim = Claim(
        "reached-by-callers-only",
        service.name,
        f"The template permits {callers} to reach {service.name} on {service.port}, "
        "and nobody else on any port.",
        ("FR-025" if service.public else "FR-026", "FR-030", "SC-010"),
        (
            "no other stack adds rules to the service's groups",
            *(
                (Imports.ALB_SECURITY_GROUP.value.claim, _way_out(reading, contract, service))
                if service.public
                else ("no other stack puts a caller's group on something else",)
            ),
        ),
    )
    found = reading.service(service.name)
    flows = reading.flows(found) if found else None
    wanted = wanted_peers(reading, contract, service)
    if found is None or flows is None or wanted is None:
        where = found.resource.path if found else ("Resources",)
        missing = Witness("a service, or the rules of one of its groups, is not here", where)
        return judge(claim, against=(), unknown=(missing,), shown=())
    expected = {
        (Direction.INGRESS, "tcp", service.port, service.port, PeerKind.GROUP, peer)
        for peer in wanted
    }
    ingress = [flow for flow in flows if flow.direction is Direction.INGRESS]
    against = [
        Witness(
            f"admits {flow.peer.shown} on {flow.protocol} {flow.first_port}-{flow.last_port}",
            flow.path,
        )
        for flow in ingress
        if flow.fact not in expected
    ]
    if expected - {flow.fact for flow in ingress}:
        against.append(Witness("does not admit every caller", found.resource.path))
    shown = [Witness(f"admits {flow.peer.shown}", flow.path) for flow in ingress]
    return judge(claim, against=against, unknown=(), shown=shown)


def _way_out(reading: Reading, contract: Contract, service: Service) -> str:
    """Return what is relied on for the load balancer's requests to leave its own group."""
    name = symbols.key(contract.one(Imports.ALB_SECURITY_GROUP.value))
    group = reading.groups.get(name)
    if group and any(flow.direction is Direction.EGRESS for flow in group.flows):
        return (
            "the load balancer's group has egress of its own: a rule of this template beside EC2's "
            "default allow-all takes that away, and with it every other target"
        )
    return (
        f"the load balancer's group lets requests out to {service.name} on {service.port}: this "
        "template writes no egress on it"
    )


def wanted_peers(reading: Reading, contract: Contract, service: Service) -> set[str] | None:
    """Return the ids of the groups that may reach ``service``; None when a caller is missing."""
    if service.public:
        return {symbols.key(contract.one(Imports.ALB_SECURITY_GROUP.value))}
    peers: set[str] = set()
    for name in service.callers:
        caller = reading.service(name)
        if caller is None or not caller.groups:
            return None
        peers |= set(caller.groups)
    return peers
