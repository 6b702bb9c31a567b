"""EC2 security group rules: how one is checked, added and described, whatever its peer is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import SecurityGroupRule

from bidops_cfn_sandbox.place import Place
from bidops_cfn_sandbox.properties import Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType

RULE: dict[str, Tree] = {
    "CidrIp": Leaf.STRING,
    "CidrIpv6": Leaf.STRING,
    "Description": Leaf.STRING,
    "FromPort": Leaf.INTEGER,
    "IpProtocol": Leaf.STRING,
    "ToPort": Leaf.INTEGER,
}
EGRESS: dict[str, Tree] = {
    **RULE,
    "DestinationPrefixListId": Leaf.STRING,
    "DestinationSecurityGroupId": Leaf.STRING,
}
INGRESS: dict[str, Tree] = {
    **RULE,
    "SourcePrefixListId": Leaf.STRING,
    "SourceSecurityGroupId": Leaf.STRING,
}
PEERS = (
    "CidrIp",
    "CidrIpv6",
    "DestinationPrefixListId",
    "DestinationSecurityGroupId",
    "SourcePrefixListId",
    "SourceSecurityGroupId",
)


class Rule(SecurityGroupRule):
    """A rule that keeps its description whatever its peer is."""

    def __init__(self, ec2: Any, group_id: str, rule: Mapping[str, Any], *, egress: bool) -> None:
        self._description = rule.get("Description")
        self.group_owner_id = ec2.account_id
        group = rule.get("DestinationSecurityGroupId") or rule.get("SourceSecurityGroupId")
        prefix_list = rule.get("DestinationPrefixListId") or rule.get("SourcePrefixListId")
        super().__init__(
            ec2,
            str(rule["IpProtocol"]),
            group_id,
            rule.get("FromPort"),
            rule.get("ToPort"),
            {key: rule[key] for key in ("CidrIp", "CidrIpv6") if key in rule},
            {"GroupId": group, "UserId": ec2.account_id} if group else None,
            {"PrefixListId": prefix_list} if prefix_list else None,
            is_egress=egress,
        )

    @property
    def description(self) -> str | None:
        """The rule's description."""
        return self._description

    @description.setter
    def description(self, text: str | None) -> None:
        """Change the one part of a rule that can change."""
        self._description = text


def ec2_of(place: Place) -> Any:
    """Return moto's EC2 of ``place``."""
    return ec2_backends[place.account_id][place.region]


def group_of(place: Place, group_id: str) -> Any:
    """Return a security group; raise ResourceFailed when there is none."""
    group = ec2_of(place).get_security_group_from_id(group_id)
    if group is None:
        raise ResourceFailed(f"The security group '{group_id}' does not exist")
    return group


def _check(place: Place, rule: Mapping[str, Any]) -> None:
    if len([peer for peer in PEERS if peer in rule]) != 1:
        raise ResourceFailed("Exactly one peer must be specified: a CIDR, a group, a prefix list")
    if str(rule["IpProtocol"]) != "-1" and not {"FromPort", "ToPort"} <= set(rule):
        raise ResourceFailed("FromPort and ToPort must be specified for this protocol")
    for peer in ("DestinationSecurityGroupId", "SourceSecurityGroupId"):
        if peer in rule:
            group_of(place, rule[peer])
    lists = ec2_of(place).managed_prefix_lists
    for peer in ("DestinationPrefixListId", "SourcePrefixListId"):
        if peer in rule and rule[peer] not in lists:
            raise ResourceFailed(f"The prefix list ID '{rule[peer]}' does not exist")


def authorize(place: Place, group: Any, rule: Mapping[str, Any], *, egress: bool) -> Any:
    """Add a rule to ``group``; raise ResourceFailed for what EC2 refuses."""
    _check(place, rule)
    added = Rule(ec2_of(place), group.id, rule, egress=egress)
    rules = group.egress_rules if egress else group.ingress_rules
    if any(added == known for known in rules):
        raise ResourceFailed(f"the specified rule already exists in {group.id}: {dict(rule)}")
    rules.append(added)
    return added


def _create(request: Request, *, egress: bool) -> Made:
    group = group_of(request.place, request.properties["GroupId"])
    rule = authorize(request.place, group, request.properties, egress=egress)
    return Made(rule.id, {"Id": rule.id})


def _update(request: Request, physical_id: str) -> Made:
    group = group_of(request.place, request.properties["GroupId"])
    group.get_rule(physical_id).description = request.properties.get("Description")
    return Made(physical_id, {"Id": physical_id})


def _delete(request: Request, physical_id: str) -> None:
    group = ec2_of(request.place).get_security_group_from_id(request.properties["GroupId"])
    if group is not None:
        group.egress_rules = [rule for rule in group.egress_rules if rule.id != physical_id]
        group.ingress_rules = [rule for rule in group.ingress_rules if rule.id != physical_id]


INGRESS_RULE = ResourceType(
    "AWS::EC2::SecurityGroupIngress",
    {**INGRESS, "GroupId": Leaf.STRING},
    lambda request: _create(request, egress=False),
    _delete,
    _update,
    required=frozenset({"GroupId", "IpProtocol"}),
    create_only=frozenset({*INGRESS, "GroupId"}) - {"Description"},
    attributes=frozenset({"Id"}),
)

EGRESS_RULE = ResourceType(
    "AWS::EC2::SecurityGroupEgress",
    {**EGRESS, "GroupId": Leaf.STRING},
    lambda request: _create(request, egress=True),
    _delete,
    _update,
    required=frozenset({"GroupId", "IpProtocol"}),
    create_only=frozenset({*EGRESS, "GroupId"}) - {"Description"},
    attributes=frozenset({"Id"}),
)
