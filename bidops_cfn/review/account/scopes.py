"""Network Access Scopes: paths that must not exist, with everything in the account considered.

Each is the input of ``ec2 create-network-insights-access-scope`` and expects no finding. A network
analysis knows what a template does not: route tables, gateways, and rules that others have added.
"""

from __future__ import annotations

from collections.abc import Mapping

from bidops_cfn.facts.played_parts import played_parts
from bidops_cfn.review.account.placeholders import UNKNOWN, placeholder_of
from bidops_cfn.review.subject import Subject
from bidops_cfn.settings.contract import Imports
from bidops_cfn.settings.services import Service
from bidops_cfn.spec.parts import Part

# https://docs.aws.amazon.com/vpc/latest/network-access-analyzer/resource-statement.html
OUTSIDE = [
    "AWS::EC2::InternetGateway",
    "AWS::EC2::TransitGatewayAttachment",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::EC2::VPNGateway",
]

Scope = Mapping[str, object]


def scopes(subject: Subject) -> Mapping[str, Scope]:
    """Return the scopes of every specified service by name."""
    groups = _groups(subject)
    found: dict[str, Scope] = {}
    for service in subject.specified:
        group = groups.get(service.name)
        if group is None:
            continue
        if service.public:
            found[f"{service.name}-from-the-internet-through-the-load-balancer-only"] = _balanced(
                subject, group
            )
        else:
            found[f"{service.name}-has-no-path-to-the-outside"] = _isolated(group)
            callers = [groups[name] for name in service.callers if name in groups]
            found[f"{service.name}-is-reached-by-its-callers-only"] = _called(
                subject, service, group, callers
            )
    return found


def _groups(subject: Subject) -> dict[str, str]:
    """Return the placeholder of each service's security group."""
    found = {}
    for reading in subject.readings[:1]:
        for service in subject.specified:
            logical_id = played_parts(reading).id(service.name, Part.GROUP)
            if logical_id:
                found[service.name] = f"@resource:{logical_id}@"
    return found


def _at(*resources: str) -> Mapping[str, object]:
    return {"ResourceStatement": {"Resources": list(resources)}}


def _types(types: list[str]) -> Mapping[str, object]:
    return {"ResourceStatement": {"ResourceTypes": types}}


def _isolated(group: str) -> Scope:
    return {
        "MatchPaths": [
            {"Source": _at(group), "Destination": _types(OUTSIDE)},
            {"Source": _types(OUTSIDE), "Destination": _at(group)},
        ]
    }


def _balanced(subject: Subject, group: str) -> Scope:
    outside, inside = _types(OUTSIDE), _at(group)
    balancer = _at(_of_another_stack(subject, Imports.PUBLIC_ALB_ARN))
    return {
        "MatchPaths": [{"Source": outside, "Destination": inside}],
        "ExcludePaths": [
            {"Source": outside, "Destination": inside, "ThroughResources": [balancer]}
        ],
    }


def _called(subject: Subject, service: Service, group: str, callers: list[str]) -> Scope:
    vpc = _at(_of_another_stack(subject, Imports.VPC_ID))
    port = {"Protocols": ["tcp"], "DestinationPorts": [str(service.port)]}
    return {
        "MatchPaths": [{"Source": vpc, "Destination": _at(group)}],
        "ExcludePaths": [
            {
                "Source": _at(caller),
                "Destination": {**_at(group), "PacketHeaderStatement": port},
            }
            for caller in callers
        ],
    }


def _of_another_stack(subject: Subject, value: Imports) -> str:
    """Return a value of another stack: a placeholder, or the constant of the settings."""
    found = subject.contract.one(value.value)
    return found if isinstance(found, str) else placeholder_of(found) or UNKNOWN
