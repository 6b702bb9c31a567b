"""Exposure: what a reviewer wants to see listed, whether or not it is allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import items, mapping
from bidops_cfn.facts.flows import PeerKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.reading import Reading


class ExposureKind(StrEnum):
    """What kind of thing is exposed."""

    PUBLIC_ADDRESS = "public address"
    CIDR = "address range in a security group"
    IMPLICIT_EGRESS = "implicit egress to everywhere"
    STAR_RESOURCE = "permission on every resource"
    MANAGED_POLICY = "managed policy from outside"
    TRUST_PRINCIPAL = "who may assume a role"
    SECRET_VARIABLE = "secret variable"  # noqa: S105 - a kind of exposure, no password
    PLAIN_VARIABLE = "plain variable"


@dataclass(frozen=True)
class Exposure:
    """One thing that is exposed: its kind, what it is, and where it stands."""

    kind: ExposureKind
    subject: str
    shown: str
    path: Path


def exposures(reading: Reading) -> Iterator[Exposure]:
    """Yield every exposure of one world, by kind and then in the template's order."""
    yield from _network(reading)
    yield from _identity(reading)
    yield from _variables(reading)


def _network(reading: Reading) -> Iterator[Exposure]:
    for service in reading.services.values():
        if service.public_address != "DISABLED":
            path = service.resource.at("NetworkConfiguration", "AwsvpcConfiguration")
            yield Exposure(
                ExposureKind.PUBLIC_ADDRESS, service.logical_id, service.public_address, path
            )
    for group in reading.groups.values():
        for flow in group.flows:
            if flow.peer.kind in (PeerKind.CIDR, PeerKind.UNKNOWN):
                kind = ExposureKind.IMPLICIT_EGRESS if flow.implicit else ExposureKind.CIDR
                yield Exposure(kind, group.shown, flow.shown, flow.path)


def _identity(reading: Reading) -> Iterator[Exposure]:
    for role in reading.roles.values():
        for statement in role.statements:
            if statement.allows and "*" in map(symbols.text, statement.resources):
                actions = ", ".join(statement.patterns)
                yield Exposure(ExposureKind.STAR_RESOURCE, role.logical_id, actions, statement.path)
        for policy in role.outside:
            shown = symbols.show(policy.arn)
            yield Exposure(ExposureKind.MANAGED_POLICY, role.logical_id, shown, policy.path)
        for statement in role.trust:
            for kind, who in statement.principals:
                shown = f"{kind}: {symbols.show(who)}"
                yield Exposure(ExposureKind.TRUST_PRINCIPAL, role.logical_id, shown, statement.path)


def _variables(reading: Reading) -> Iterator[Exposure]:
    kinds = (
        ("Secrets", ExposureKind.SECRET_VARIABLE),
        ("Environment", ExposureKind.PLAIN_VARIABLE),
    )
    for task in reading.task_definitions.values():
        for container in task.containers:
            for name, kind in kinds:
                for index, raw in enumerate(items(container.definition.get(name))):
                    shown = symbols.show(mapping(raw).get("Name"))
                    yield Exposure(kind, task.logical_id, shown, (*container.path, name, index))
