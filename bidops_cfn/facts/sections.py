"""The sections of a comparison: what each looks at in one case of a template, and what is gained.

``gained(change, before, after)`` yields what the case ``after`` has beyond ``before``. A narrowing
is what the old template has beyond the new one, so that the two change places for it.

Every policy document is compared by what it is attached to::

    a role, a user, a group    what it may do, wherever in the template that is granted
    a role                     who may assume it
    any other resource         who may do what with it: keys, buckets, topics, queues, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from bidops_cfn.facts import actions, symbols
from bidops_cfn.facts.attention import is_looked_into, untold
from bidops_cfn.facts.changes import Change, FactChange, FactKind
from bidops_cfn.facts.document import Document, Path, Resource, descend, items, logical_id, mapping
from bidops_cfn.facts.exposures import standing
from bidops_cfn.facts.grants import MOST_NAMES, MOST_PAIRS, Gain, Grant, gains, grants, outside
from bidops_cfn.facts.reach import gained_flows, gained_routes, routes
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.restrictions import show_conditions
from bidops_cfn.facts.roles import MANAGED_POLICY, POLICIES, ROLE, names_role
from bidops_cfn.facts.services import (
    CLUSTER,
    SERVICE,
    TARGET_GROUP,
    record_of_sessions,
    records_more,
)
from bidops_cfn.facts.statements import policies_in, statements
from bidops_cfn.facts.tasks import ExposureKind

# An endpoint that has no policy admits every request:
# https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
ENDPOINT = "AWS::EC2::VPCEndpoint"
WITHOUT_POLICY = {
    "Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
}
IDENTITY, TRUST, RESOURCE = "identity", "trust", "resource"
# Their policies say what their holder may do, and have no principal.
IDENTITIES = ("AWS::IAM::", "AWS::SSO::")
_PRINCIPALS = {"Roles": "role", "RoleName": "role", "Users": "user", "Groups": "group"}


@dataclass(frozen=True, order=True)
class Holder:
    """What policies are attached to: the kind of policy, and a logical id or a name."""

    kind: str
    name: str


Held = Mapping[Holder, tuple[Grant, ...]]


def holders(reading: Reading) -> Held:
    """Return what every holder of one combination of conditions is granted and denied."""
    found: dict[Holder, list[Grant]] = {}
    for holder, some in _holders(reading):
        found.setdefault(holder, []).extend(some)
    return {holder: tuple(some) for holder, some in found.items()}


def _holders(reading: Reading) -> Iterator[tuple[Holder, tuple[Grant, ...]]]:
    document = reading.document
    for role in reading.roles.values():
        identity = Holder(IDENTITY, role.logical_id)
        yield identity, grants(role.statements, any_principal=True)
        yield identity, tuple(outside(arn, path) for arn, path in role.outside)
        yield Holder(TRUST, role.logical_id), grants(role.trust)
    for policy in document.of_type(*POLICIES):
        content = statements(policy.get("PolicyDocument"), policy.at("PolicyDocument"))
        for name in _attached(document, policy):
            yield Holder(IDENTITY, name), grants(content, any_principal=True)
    for resource in document.resources.values():
        if resource.type != ROLE and resource.type not in POLICIES:
            named = resource.type.startswith(IDENTITIES)
            holder = Holder(IDENTITY if named else RESOURCE, resource.logical_id)
            if resource.type == ENDPOINT and resource.get("PolicyDocument") is None:
                yield holder, grants(statements(WITHOUT_POLICY, resource.path))
            for content in policies_in(resource):
                yield holder, grants(content, any_principal=named)


def _attached(document: Document, policy: Resource) -> Iterator[str]:
    """Yield who holds a policy beside the template's roles, or the policy where nothing does."""
    roles = list(document.of_type(ROLE))
    known = any(names_role(document, policy, role) for role in roles) or (
        policy.type == MANAGED_POLICY and any(_lists(role, policy.logical_id) for role in roles)
    )
    for step, kind in _PRINCIPALS.items():
        for value in items(policy.get(step)):
            if not _ours(document, value):
                known = True
                yield f"{kind} {symbols.show(value)}"
    if not known:
        yield policy.logical_id


def _lists(role: Resource, policy: str) -> bool:
    return policy in map(symbols.referenced, items(role.get("ManagedPolicyArns")))


def _ours(document: Document, value: object) -> bool:
    """Tell whether ``value`` names a role of the template, whose own facts have the policy."""
    if isinstance(value, str):
        return any(symbols.same(r.get("RoleName"), value) for r in document.of_type(ROLE))
    return any(document.find(name, ROLE) for name in symbols.all_referenced(value))


# What permits nothing and guards a service, by type and path, with what AWS takes for none.
_DEPLOYMENT = "DeploymentConfiguration"
GUARDS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    SERVICE: {
        (_DEPLOYMENT, "Alarms", "AlarmNames"): "0",
        (_DEPLOYMENT, "Alarms", "Enable"): "false",
        (_DEPLOYMENT, "Alarms", "Rollback"): "false",
        (_DEPLOYMENT, "DeploymentCircuitBreaker", "Enable"): "false",
        (_DEPLOYMENT, "DeploymentCircuitBreaker", "Rollback"): "false",
        (_DEPLOYMENT, "MinimumHealthyPercent"): "100",
    },
    TARGET_GROUP: {("HealthCheckEnabled",): "true"},
    "AWS::CloudWatch::Alarm": {("ActionsEnabled",): "true", ("AlarmActions",): "0"},
}
ASSUME = "sts:AssumeRole"
NONE = "none"


class Case(NamedTuple):
    """One case of a template: its facts, and what a section looks at in it."""

    reading: Reading
    number: int
    content: Any


class Section(NamedTuple):
    """What is looked at in a case, and what one case has beyond another."""

    content: Callable[[Reading], object]
    gained: Callable[[Change, Case, Case], Iterator[FactChange]]


def _policies(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    for holder in {**before.content, **after.content}:
        if holder not in after.content and _is_gone(holder, before.reading):
            continue
        had, has = (side.content.get(holder, ()) for side in (before, after))
        others = had if len(had) * len(has) <= MOST_PAIRS else ()  # beyond, nothing is compared
        for gain in gains(had, has):
            side = after if gain.grant.allows else before
            path = side.reading.origin(gain.grant.path)
            only = _only_if(change, gain, others)
            for kind, shown in _told(change, holder, gain):
                yield FactChange(change, kind, holder.name, shown + only, path)


def _is_gone(holder: Holder, reading: Reading) -> bool:
    """Tell whether what held a policy goes with it; a policy's target stays without it."""
    resource = reading.document.find(holder.name)
    if holder.kind == RESOURCE:
        return resource is not None and not resource.type.endswith("Policy")
    return holder.name in reading.roles


def _only_if(change: Change, gain: Gain, others: Iterable[Grant]) -> str:
    """Return the narrower conditions under which the other side grants all of a gain, in words."""
    conditions = {
        show_conditions(one.whole)
        for one in others
        if gain.grant.allows and gain.grants_more_than(one)
    }
    word = "before" if change is Change.WIDENED else "now"
    return f", {word} only if {', or if '.join(sorted(conditions))}" if conditions else ""


def _told(change: Change, holder: Holder, gain: Gain) -> Iterator[tuple[FactKind, str]]:
    """Yield a gain as text, a few actions one by one."""
    grant = gain.grant
    if not grant.allows:
        denied = "is no longer denied" if change is Change.WIDENED else "is denied"
        to = f" to {grant.who}" if grant.who else ""
        kinds = {TRUST: FactKind.TRUST, RESOURCE: FactKind.POLICY}
        kind = kinds.get(holder.kind, FactKind.PERMISSION)
        yield kind, f"{gain.named} on {grant.what}{to}{gain.under} {denied}"
    elif holder.kind == TRUST:
        if ASSUME in gain.left:
            yield FactKind.TRUST, f"{grant.who} may assume the role{gain.under}"
        for action in sorted(gain.left & set(actions.actions_of("sts")) - {ASSUME}):
            yield FactKind.TRUST, f"{grant.who} may {action}{gain.under}"
    elif holder.kind == RESOURCE:
        yield FactKind.POLICY, f"{grant.who} may {gain.named} on {grant.what}{gain.under}"
    elif grant.unread:
        yield FactKind.PERMISSION, f"{grant.patterns} on {grant.what}{gain.under}"
    else:
        for named in _actions(gain):
            yield FactKind.PERMISSION, f"{named} on {grant.what}{gain.under}"


def _actions(gain: Gain) -> Iterator[str]:
    """Yield each action; of many the worst, how many there are, and their pattern."""
    if gain.left == actions.every_action():
        yield "*"
    elif len(gain.left) <= MOST_NAMES:
        yield from sorted(gain.left)
    else:
        rest = len(gain.left) - 1
        yield f"{actions.worst(gain.left)} and {rest} more of {gain.grant.patterns}"


def _groups(reading: Reading) -> object:
    return {group.id: (group.shown, group.flows) for group in reading.groups.values()}


def _flows(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    for group, (shown, flows) in after.content.items():
        _, known = before.content.get(group, ("", ()))
        if known == flows:
            continue
        for flow in gained_flows(known, flows):
            path = after.reading.origin(flow.path)
            yield FactChange(change, FactKind.FLOW, shown, flow.shown, path)


def _routes(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    for route, shown in gained_routes(before.content, after.content):
        text = f"{ExposureKind.ROUTE}: {shown}"
        path = after.reading.origin(route.path)
        yield FactChange(change, FactKind.EXPOSURE, route.subject, text, path)


def _open(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    for fact, one in after.content.items():
        narrowed = change is Change.NARROWED
        # That something which nothing reads is gone, is no less: it may have been a guard.
        unread = one.kind == ExposureKind.RESOURCE and _is_unread(one.path, after.reading)
        # Nor are images fewer by another pattern: what two patterns take is not compared.
        other = one.kind == ExposureKind.IMAGE_CHOICE and _takes_more(before, after, one.path)
        if fact not in before.content and not (narrowed and (unread or other)):
            path = after.reading.origin(one.path)
            if one.kind == ExposureKind.ROLE:
                yield FactChange(change, FactKind.ROLE, one.subject, one.shown, path)
            else:
                text = f"{one.kind}: {one.shown}"
                yield FactChange(change, FactKind.EXPOSURE, one.subject, text, path)


def _takes_more(before: Case, after: Case, path: Path) -> bool:
    """Tell whether a parameter of ``after`` has a pattern, all of which ``before`` may take too."""
    some, others = (mapping(descend(one.reading.document.body, *path)) for one in (after, before))
    stored = any("AWS::SSM::" in symbols.show(one.get("Type")) for one in (some, others))
    return "AllowedPattern" in some and bool(others) and not stored


def _is_unread(path: Path, reading: Reading) -> bool:
    resource = reading.document.find(logical_id(path))
    return resource is not None and path == resource.path and not is_looked_into(resource.type)


def _boundaries(reading: Reading) -> object:
    return {
        name: NONE if value is None else symbols.show(value)
        for name, role in reading.roles.items()
        for value in [role.resource.get("PermissionsBoundary")]
    }


def _unbound(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    """Yield the roles that ``before`` restricts by a boundary that ``after`` does not have."""
    for role in sorted(before.content.keys() & after.content.keys()):
        restricted, free = before.content[role], after.content[role]
        if restricted not in (NONE, free):
            old, new = (restricted, free) if change is Change.WIDENED else (free, restricted)
            text = f"{ExposureKind.BOUNDARY}: {new} instead of {old}"
            path = after.reading.roles[role].resource.path
            yield FactChange(change, FactKind.EXPOSURE, role, text, path)


def _records(reading: Reading) -> object:
    return {one.logical_id: record_of_sessions(one) for one in reading.document.of_type(CLUSTER)}


def _unrecorded(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    """Yield one line for a changed record of sessions: less, unless all of it is there and more."""
    for cluster in sorted(before.content.keys() & after.content.keys()):
        had, has = before.content[cluster], after.content[cluster]
        old, new = (had, has) if change is Change.WIDENED else (has, had)
        if old != new and records_more(new, old) is (change is Change.NARROWED):
            text = f"{ExposureKind.RECORD}: {', '.join(new)} instead of {', '.join(old)}"
            path = after.reading.document.resources[cluster].path
            yield FactChange(change, FactKind.EXPOSURE, cluster, text, path)


def _guards(reading: Reading) -> object:
    return {
        (resource.logical_id, path): default if value is None else _written(value)
        for resource in reading.document.resources.values()
        for path, default in GUARDS.get(resource.type, {}).items()
        for value in [resource.get(*path)]
    }


def _written(value: object) -> str:
    """Return a value as text, a list as how many it has."""
    return str(len(value)) if isinstance(value, list) else symbols.show(value)


def _weakened(change: Change, before: Case, after: Case) -> Iterator[FactChange]:
    """Yield the guards that are weaker in ``after``, and those of which that cannot be told."""
    for guard in sorted(before.content.keys() & after.content.keys()):
        had, has = before.content[guard], after.content[guard]
        old, new = (had, has) if change is Change.WIDENED else (has, had)
        name, path = guard
        text = f"{ExposureKind.GUARD}: {'.'.join(path)} {new} instead of {old}"
        where = after.reading.document.resources[name].path
        some, other = _strength(had), _strength(has)
        if None in (some, other) and had != has:
            yield untold(name, f"changed a {text}", where)
        elif some is not None and other is not None and other < some:
            yield FactChange(change, FactKind.EXPOSURE, name, text, where)


def _strength(written: str) -> int | None:
    """Return how much a guard guards by its value, more being stronger; None where unknown."""
    if written in ("true", "false"):
        return int(written == "true")
    return int(written) if symbols.is_number(written) else None


SECTIONS = (
    Section(holders, _policies),
    Section(_groups, _flows),
    Section(lambda reading: tuple(routes(reading)), _routes),
    Section(lambda reading: {one.fact: one for one in standing(reading)}, _open),
    Section(_boundaries, _unbound),
    Section(_records, _unrecorded),
    Section(_guards, _weakened),
)
