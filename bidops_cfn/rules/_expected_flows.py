"""What the reviewed list of flows lets through, group by group."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from bidops_cfn.facts import symbols
from bidops_cfn.facts.flows import Direction, Flow, PeerKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.template_under_review import ReadingUnderReview
from bidops_cfn.rules._expect import Mismatch
from bidops_cfn.settings.contract import by_key
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
    seen: Counter[Fact] = Counter()
    for flow in flows:
        seen[flow.fact] += 1
        if flow.fact not in expected and not flow.implicit:
            yield Mismatch(
                flow.path, f"lets through {shown(flow.fact)}, which no requirement asks for"
            )
        elif seen[flow.fact] > 1:
            yield Mismatch(flow.path, f"lets through {shown(flow.fact)} a second time")
    for fact in sorted(expected.keys() - seen.keys()):
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
