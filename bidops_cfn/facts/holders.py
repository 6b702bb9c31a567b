"""Who holds which policy: every policy document of a template, by what it is attached to.

a role, a user, a group    what it may do, wherever in the template that is granted
a role                     who may assume it
any other resource         who may do what with it: keys, buckets, topics, queues, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bidops_cfn.facts import symbols
from bidops_cfn.facts.document import Document, Resource, items
from bidops_cfn.facts.grants import Grant, grants, outside
from bidops_cfn.facts.reading import Reading
from bidops_cfn.facts.roles import MANAGED_POLICY, POLICIES, ROLE, names_role
from bidops_cfn.facts.statements import policies_in, statements

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
        yield identity, tuple(outside(one.arn, one.path) for one in role.outside)
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
