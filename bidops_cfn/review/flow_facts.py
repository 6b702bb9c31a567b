"""``network.tsv``: what each service may send and receive, and where it stands, one fact per line.

Beside flows (``ingress``, ``egress``) a line says which subnet a service's tasks stand in, which
group they wear, whether they have a public address, and what the load balancer sends them. The
egress that EC2 adds to a group without inline egress is written out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bidops_cfn.facts.flows import Flow, PeerKind
from bidops_cfn.facts.paths import Path, logical_id
from bidops_cfn.facts.posture import posture
from bidops_cfn.facts.posture_kind import PostureKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.security_groups import SecurityGroup
from bidops_cfn.model import Service
from bidops_cfn.review import reasons
from bidops_cfn.review.posture_reasons import reason_of
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.table import tsv

COLUMNS = ("service", "direction", "protocol", "port", "peer", "rule", "requirement")
PLACEMENT = {
    PostureKind.ADDRESS: "address",
    PostureKind.SUBNET: "subnet",
    PostureKind.GROUP: "group",
    PostureKind.ROUTE: "route",
    PostureKind.TARGET: "target",
}


@dataclass(frozen=True)
class FlowFact:
    """A line of the table; ``path`` leads into the template."""

    service: str
    direction: str
    protocol: str
    port: str
    peer: str
    rule: str
    requirement: str
    path: Path

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's cells, in the order of ``COLUMNS``."""
        return (
            self.service,
            self.direction,
            self.protocol,
            self.port,
            self.peer,
            self.rule,
            self.requirement,
        )


def network_tsv(subject: Subject) -> str:
    """Return the text of ``network.tsv``."""
    return tsv(COLUMNS, (fact.cells for fact in flow_facts(subject)))


@lru_cache(maxsize=SUBJECTS)
def flow_facts(subject: Subject) -> tuple[FlowFact, ...]:
    """Return every line of the table, each once, in order."""
    found = {
        replace(fact, path=()): replace(fact, path=reading.origin(fact.path))
        for reading in subject.readings
        for fact in (*_flows(subject, reading), *_placement(subject, reading))
    }
    return tuple(sorted(found.values(), key=lambda fact: fact.cells))


def wearers(reading: Reading) -> dict[str, list[str]]:
    """Return the names of the services whose tasks wear each group, by the group's id."""
    names = {logical_id: name for name, logical_id in reading.meant_services.items()}
    found: dict[str, list[str]] = {}
    for service in reading.services.values():
        for group in service.groups:
            found.setdefault(group, []).append(names.get(service.logical_id, service.logical_id))
    return found


def owners(subject: Subject, reading: Reading, group: SecurityGroup) -> list[str]:
    """Return who a group's flows belong to: services, or the group where nobody wears it."""
    return wearers(reading).get(group.id) or [peer_name(subject, reading, group.id, group.shown)]


def peer_name(subject: Subject, reading: Reading, key: str, shown: str) -> str:
    """Return a group as people know it: the services that wear it, its contract key, its id."""
    worn = wearers(reading).get(key)
    if worn:
        return " ".join(sorted(worn))
    return subject.names.shown(shown).removeprefix("${").removesuffix("}")


def _flows(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    specified = {service.name: service for service in subject.specified}
    for group in reading.groups.values():
        for flow in group.flows:
            peer = _peer(subject, reading, flow)
            for owner in owners(subject, reading, group):
                service = specified.get(owner)
                reason = _reason(subject, service, flow, peer) if service else ""
                if service is None or reason == reasons.NOBODY:
                    reason = _other_side(subject, reading, group, flow) or reason
                yield FlowFact(
                    owner,
                    flow.direction,
                    "all" if flow.protocol == "-1" else flow.protocol,
                    flow.ports,
                    peer + (" (EC2 adds it: no inline egress)" if flow.implicit else ""),
                    logical_id(flow.path),
                    reason or reasons.NOBODY,
                    flow.path,
                )


def _reason(subject: Subject, service: Service, flow: Flow, peer: str) -> str:
    return reasons.of_flow(service, flow, peer, subject.contract.prefix_lists)


def _peer(subject: Subject, reading: Reading, flow: Flow) -> str:
    if flow.peer.kind is PeerKind.GROUP:
        return peer_name(subject, reading, flow.peer.value, flow.peer.shown)
    return subject.names.shown(flow.peer.shown)


def _other_side(subject: Subject, reading: Reading, group: SecurityGroup, flow: Flow) -> str:
    """Return why a flow is there that is the other side of a service's asked-for flow."""
    specified = {service.name: service for service in subject.specified}
    mine = peer_name(subject, reading, group.id, group.shown)
    for name in wearers(reading).get(flow.peer.value, ()):
        service = specified.get(name)
        if service is None or flow.peer.kind is not PeerKind.GROUP:
            continue
        turned = _turned(flow)
        reason = _reason(subject, service, turned, mine)
        if reason != reasons.NOBODY:
            caller = {"FR-026": "FR-027", "FR-025": "FR-021"}
            return caller.get(reason, reason)
    return ""


def _turned(flow: Flow) -> Flow:
    opposite = next(one for one in type(flow.direction) if one is not flow.direction)
    return replace(flow, direction=opposite)


def _placement(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    for fact in posture(reading):
        word = PLACEMENT.get(fact.kind)
        if word:
            reason = reason_of(subject, reading, fact)
            shown, rule = subject.names.shown(fact.shown), logical_id(fact.path)
            yield FlowFact(fact.subject, word, "-", "-", shown, rule, reason, fact.path)
