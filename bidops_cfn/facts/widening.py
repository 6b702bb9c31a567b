"""What a change of template widens or narrows, by set inclusion over permissions, flows, posture.

A fact of the new template is *wider* when no fact of the old one covers it: the same action with
fewer conditions or on more resources, the same peer on more ports. A fact of the old template that
the new one does not cover is *narrower*. Deleting all egress rules of a group is a widening, since
EC2 then lets everything out.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.flows import Flow, PeerKind
from bidops_cfn.facts.paths import Path
from bidops_cfn.facts.permissions import Permission
from bidops_cfn.facts.posture import posture
from bidops_cfn.facts.posture_kind import PostureKind
from bidops_cfn.facts.reading import Facts

Fact = TypeVar("Fact", bound=Hashable)


class Change(StrEnum):
    """Whether more or less is possible than before."""

    WIDENED = "widened"
    NARROWED = "narrowed"


class FactKind(StrEnum):
    """What kind of fact changed."""

    PERMISSION = "permission"
    TRUST = "trust"
    FLOW = "flow"
    ROLE = "role"
    EXPOSURE = "exposure"


@dataclass(frozen=True)
class FactChange:
    """One fact that only one of two templates has; ``path`` leads into that template."""

    change: Change
    kind: FactKind
    subject: str
    shown: str
    path: Path


def changes(old: Facts, new: Facts) -> tuple[FactChange, ...]:
    """Return every widened and narrowed fact between two templates, widened ones first.

    A template that could not be read completely is never narrower: the reason is one widening.
    """
    found = [
        *_compared(_permissions(old), _permissions(new), _permission_covers, _permission_change),
        *_compared(_flows(old), _flows(new), _flow_covers, _flow_change),
        *_compared(_trust(old), _trust(new), lambda one, other: one == other, _trust_change),
        *_compared(_posture(old), _posture(new), lambda one, other: one == other, _posture_change),
    ]
    if new.incomplete:
        found.append(
            FactChange(Change.WIDENED, FactKind.PERMISSION, "template", new.incomplete, ())
        )
    return tuple(sorted(found, key=lambda one: (one.change is not Change.WIDENED, one.kind)))


def _compared(
    old: dict[Fact, Path],
    new: dict[Fact, Path],
    covers: Callable[[Fact, Fact], bool],
    change: Callable[[Change, Fact, Path], FactChange],
) -> Iterator[FactChange]:
    for fact, path in new.items():
        if fact not in old and not any(covers(known, fact) for known in old):
            yield change(Change.WIDENED, fact, path)
    for fact, path in old.items():
        if fact not in new and not any(covers(known, fact) for known in new):
            yield change(Change.NARROWED, fact, path)


Allowed = tuple[str, str, str, tuple[object, ...]]  # role, action, resource, conditions


def _permissions(facts: Facts) -> dict[Allowed, Path]:
    found: dict[Allowed, Path] = {}
    for reading in facts.readings:
        for role in reading.roles.values():
            for one in _collapsed(reading.permissions(role)):
                fact = (one.role, one.action, one.resource, one.conditions)
                found.setdefault(fact, reading.origin(one.path))
    return found


def _collapsed(found: Iterable[Permission]) -> Iterator[Permission]:
    """Yield permissions, but one ``*`` instead of every action that there is."""
    by_path: dict[tuple[Path, str], list[Permission]] = {}
    for one in found:
        by_path.setdefault((one.path, one.resource), []).append(one)
    for group in by_path.values():
        if len(group) >= len(actions.every_action()):
            first = group[0]
            yield Permission(
                first.role, "*", first.resource, first.conditions, first.sid, first.path
            )
        else:
            yield from group


def _permission_covers(known: Allowed, fact: Allowed) -> bool:
    return (
        known[0] == fact[0]
        and known[1] in ("*", fact[1])
        and (known[2] == "*" or known[2] == fact[2] or _prefix_covers(known[2], fact[2]))
        and set(known[3]) <= set(fact[3])
    )


def _prefix_covers(known: str, fact: str) -> bool:
    return known.endswith("*") and not actions.is_wild(known[:-1]) and fact.startswith(known[:-1])


def _permission_change(change: Change, fact: Allowed, path: Path) -> FactChange:
    role, action, resource, conditions = fact
    suffix = f" under {len(conditions)} conditions" if conditions else ""
    return FactChange(change, FactKind.PERMISSION, role, f"{action} on {resource}{suffix}", path)


Passing = tuple[str, Flow]


def _flows(facts: Facts) -> dict[Passing, Path]:
    found: dict[Passing, Path] = {}
    seen: set[tuple[str, object]] = set()
    for reading in facts.readings:
        for group in reading.groups.values():
            for flow in group.flows:
                if (group.id, flow.fact) not in seen:
                    seen.add((group.id, flow.fact))
                    found[group.shown, flow] = reading.origin(flow.path)
    return found


def _flow_covers(known: Passing, fact: Passing) -> bool:
    one, other = known[1], fact[1]
    return (
        known[0] == fact[0]
        and one.direction == other.direction
        and one.protocol in ("-1", other.protocol)
        and one.first_port <= other.first_port
        and one.last_port >= other.last_port
        and (one.peer == other.peer or _cidr_covers(one, other))
    )


def _cidr_covers(one: Flow, other: Flow) -> bool:
    if not one.peer.kind is other.peer.kind is PeerKind.CIDR:
        return False
    try:
        wide = ipaddress.ip_network(one.peer.shown, strict=False)
        narrow = ipaddress.ip_network(other.peer.shown, strict=False)
    except ValueError:
        return False
    return wide.version == narrow.version and wide.supernet_of(narrow)  # type: ignore[arg-type]


def _flow_change(change: Change, fact: Passing, path: Path) -> FactChange:
    group, flow = fact
    return FactChange(change, FactKind.FLOW, group, flow.shown, path)


Trusted = tuple[str, str, tuple[object, ...]]  # role, principal, conditions


def _trust(facts: Facts) -> dict[Trusted, Path]:
    found: dict[Trusted, Path] = {}
    for reading in facts.readings:
        for role in reading.roles.values():
            for statement in role.trust:
                conditions = tuple(sorted(statement.conditions))
                for kind, who in statement.principals if statement.allows else ():
                    fact = (role.logical_id, f"{kind} {symbols.show(who)}", conditions)
                    found.setdefault(fact, reading.origin(statement.path))
    return found


def _trust_change(change: Change, fact: Trusted, path: Path) -> FactChange:
    role, principal, conditions = fact
    shown = f"{principal} may assume the role under {len(conditions)} conditions"
    return FactChange(change, FactKind.TRUST, role, shown, path)


Standing = tuple[str, str, str]  # service, kind of posture, what it says


def _posture(facts: Facts) -> dict[Standing, Path]:
    found: dict[Standing, Path] = {}
    for reading in facts.readings:
        for one in posture(reading):
            found.setdefault(one.fact, reading.origin(one.path))
    return found


def _posture_change(change: Change, fact: Standing, path: Path) -> FactChange:
    service, kind, shown = fact
    if kind == PostureKind.ROLE:
        return FactChange(change, FactKind.ROLE, service, shown, path)
    return FactChange(change, FactKind.EXPOSURE, service, f"{kind}: {shown}", path)
