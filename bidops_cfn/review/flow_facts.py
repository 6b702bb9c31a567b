"""``network.tsv``: what each service may send and receive, and where it stands, one fact per line.

Beside flows (``ingress``, ``egress``) a line says which subnet a service's tasks stand in, which
group they attach, whether they have a public address, and what the load balancer sends them. The
egress that EC2 adds to a group without inline egress is written out. A group that several things
attach has its flows once for each, and as a peer it is all of them; no requirement asks for that.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Path, logical_id
from bidops_cfn.facts.exposures import exposures, telling_variables
from bidops_cfn.facts.flows import Flow, PeerKind
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.security_groups import SecurityGroup
from bidops_cfn.facts.tasks import ExposureKind
from bidops_cfn.review.reasons import reason_of
from bidops_cfn.review.subject import SUBJECTS, Subject
from bidops_cfn.review.writing import tsv
from bidops_cfn.settings.contract import Imports, Kind
from bidops_cfn.spec.flows import S3, asked_by
from bidops_cfn.spec.reviewed import NONE
from bidops_cfn.spec.variables import ON_TRAFFIC

COLUMNS = ("service", "direction", "protocol", "port", "peer", "rule", "requirement")
VARIABLE = "variable"
PLACEMENT = {
    ExposureKind.ADDRESS: "address",
    ExposureKind.SUBNET: "subnet",
    ExposureKind.GROUP: "group",
    ExposureKind.ROUTE: "route",
    ExposureKind.TARGET: "target",
}


class FlowFact(NamedTuple):
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
        return self[:7]


def network_tsv(subject: Subject) -> str:
    """Return the text of ``network.tsv``."""
    return tsv(COLUMNS, (fact.cells for fact in flow_facts(subject)))


@lru_cache(maxsize=SUBJECTS)
def flow_facts(subject: Subject) -> tuple[FlowFact, ...]:
    """Return every line of the table, each once, in order."""
    found = {
        fact._replace(path=()): fact._replace(path=reading.origin(fact.path))
        for reading in subject.readings
        for fact in (*_flows(subject, reading), *_placement(subject, reading))
    }
    return tuple(sorted(found.values(), key=lambda fact: fact.cells))


def _names(subject: Subject, reading: Reading, key: str, shown: str) -> tuple[str, ...]:
    """Return a group as people know it: all that attach it, and its own name.

    A group of this template has its own name only where nothing attaches it.
    """
    attached = reading.attachments.get(key, ())
    group = reading.groups.get(key)
    ours = group is not None and group.resource is not None
    own = subject.names.shown(shown).removeprefix("${").removesuffix("}")
    return attached if ours and attached else (own, *attached)


def _flows(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    for group in reading.groups.values():
        for flow in group.flows:
            peer = _peer(subject, reading, flow)
            for owner in _names(subject, reading, group.id, group.shown):
                yield FlowFact(
                    owner,
                    flow.direction,
                    "all" if flow.protocol == "-1" else flow.protocol,
                    flow.ports,
                    peer + (" (EC2 adds it: no inline egress)" if flow.implicit else ""),
                    logical_id(flow.path),
                    _reason(subject, reading, group, flow),
                    flow.path,
                )


def _reason(subject: Subject, reading: Reading, group: SecurityGroup, flow: Flow) -> str:
    """Return the requirement that asks for a flow between exactly these two, or NONE."""
    if flow.protocol != "tcp" or flow.first_port != flow.last_port or flow.implicit:
        return NONE
    peers: tuple[str, ...] = ()
    if flow.peer.kind is PeerKind.PREFIX_LIST:
        lists = {symbols.key(one) for one in subject.contract.prefix_lists}
        peers = (S3,) if flow.peer.value in lists else ()
    elif flow.peer.kind is PeerKind.GROUP:
        peers = _ends(subject, reading, flow.peer.value)
    found = (
        asked_by(owner, flow.direction, flow.first_port, peer)
        for owner in _ends(subject, reading, group.id)
        for peer in peers
    )
    return next((one for one in found if one != NONE), NONE)


def _ends(subject: Subject, reading: Reading, group: str) -> tuple[str, ...]:
    """Return what a group is in the reviewed list: its one service, or its keys in the contract.

    A group that more than one thing attaches is none of them, and one whose name is another's is
    not what settings take it for.
    """
    attached = reading.attachments.get(group, ())
    ours = reading.groups.get(group)
    if ours is not None and ours.resource is not None:
        return attached if len(attached) == 1 and attached[0] in reading.meant_services else ()
    contract = subject.contract
    keys = (
        member.value.key
        for member in Imports
        if member.value.kind is Kind.ID
        and group in contract.keys(member.value)
        and not contract.doubts(member.value)
    )
    return () if attached else tuple(keys)


def _peer(subject: Subject, reading: Reading, flow: Flow) -> str:
    if flow.peer.kind is PeerKind.GROUP:
        return " ".join(_names(subject, reading, flow.peer.value, flow.peer.shown))
    return subject.names.shown(flow.peer.shown)


def _placement(subject: Subject, reading: Reading) -> Iterator[FlowFact]:
    for fact in exposures(reading):
        word = PLACEMENT.get(fact.kind)
        if word:
            reason = reason_of(subject, reading, fact)
            shown, rule = subject.names.shown(fact.shown), logical_id(fact.path)
            yield FlowFact(fact.subject, word, "-", "-", shown, rule, reason, fact.path)
    for fact, told in telling_variables(reading, ON_TRAFFIC):
        shown, rule = subject.names.shown(told), logical_id(fact.path)
        yield FlowFact(fact.subject, VARIABLE, "-", "-", shown, rule, NONE, fact.path)
