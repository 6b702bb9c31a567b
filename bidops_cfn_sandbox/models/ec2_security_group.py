"""EC2 security groups with their inline rules.

EC2 lets a new group reach everything. CloudFormation takes that rule away only when the group has
an inline egress rule: neither an empty list nor a rule resource does.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.security_groups import GroupedSecurityRuleView, SecurityGroup
from moto.ec2.utils import random_security_group_id

from bidops_cfn_sandbox.models.ec2_security_group_rule import (
    EGRESS,
    INGRESS,
    Rule,
    authorize,
    ec2_of,
    group_of,
)
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import Made, Request, ResourceFailed, ResourceType, completed

PROPERTIES: dict[str, Tree] = {
    "GroupDescription": Leaf.STRING,
    "GroupName": Leaf.STRING,
    "SecurityGroupEgress": [EGRESS],
    "SecurityGroupIngress": [INGRESS],
    "Tags": TAGS,
    "VpcId": Leaf.STRING,
}
ALLOW_ALL = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


class Group(SecurityGroup):
    """A group whose permissions show the description of every rule.

    ``inline`` are the rules that its own resource wrote; others belong to rule resources.
    """

    def __init__(self, request: Request, name: str, vpc_id: str) -> None:
        super().__init__(
            ec2_of(request.place),
            random_security_group_id(),
            name,
            request.properties["GroupDescription"],
            vpc_id=vpc_id,
        )
        self.egress_rules: list[Rule] = []
        self.ingress_rules: list[Rule] = []
        self.inline: list[Rule] = []

    def write_inline(self, request: Request) -> None:
        """Replace the inline rules by those of ``request``; without egress, allow everything."""
        former = {rule.id for rule in self.inline}
        self.egress_rules = [rule for rule in self.egress_rules if rule.id not in former]
        self.ingress_rules = [rule for rule in self.ingress_rules if rule.id not in former]
        properties = request.properties
        egress = properties.get("SecurityGroupEgress") or [ALLOW_ALL]
        ingress = properties.get("SecurityGroupIngress", [])
        self.inline = [
            *(authorize(request.place, self, rule, egress=True) for rule in egress),
            *(authorize(request.place, self, rule, egress=False) for rule in ingress),
        ]

    def _flattened_rules(self, rules: list[Any]) -> list[Any]:
        views: dict[tuple[Any, ...], Any] = {}
        for rule in rules:
            key = (rule.from_port, rule.to_port, rule.ip_protocol)
            view = views.setdefault(key, GroupedSecurityRuleView(*key))
            said = {"Description": rule.description} if rule.description else {}
            if rule.ip_range:
                view.all_ip_ranges.append({**rule.ip_range, **said})
            if rule.source_group:
                view.source_groups.append({**rule.source_group, **said})
            if rule.prefix_list_id:
                view.prefix_list_ids.append({"PrefixListId": rule.prefix_list_id, **said})
        return list(views.values())


def _create(request: Request) -> Made:
    ec2, properties = ec2_of(request.place), request.properties
    vpc_id = properties.get("VpcId") or ec2.default_vpc.id
    ec2.get_vpc(vpc_id)
    name = properties.get("GroupName") or request.name()
    if any(group.name == name for group in ec2.groups[vpc_id].values()):
        raise ResourceFailed(f"The security group '{name}' already exists for VPC '{vpc_id}'")
    group = Group(request, name, vpc_id)
    ec2.groups[vpc_id][group.id] = group
    return completed(request, group.id, _update, _delete)


def _update(request: Request, physical_id: str) -> Made:
    group = group_of(request.place, physical_id)
    group.write_inline(request)
    group.add_tags(dict(request.tags))
    return Made(group.id, {"GroupId": group.id, "Id": group.id, "VpcId": group.vpc_id})


def _delete(request: Request, physical_id: str) -> None:
    ec2 = ec2_of(request.place)
    group = ec2.get_security_group_from_id(physical_id)
    if group is None:
        return
    for other in ec2.describe_security_groups():
        rules = [*other.egress_rules, *other.ingress_rules]
        if other is not group and any(r.source_group.get("GroupId") == group.id for r in rules):
            raise ResourceFailed(f"resource {group.id} has a dependent object: {other.id}")
    ec2.delete_security_group(group_id=group.id)


SECURITY_GROUP = ResourceType(
    "AWS::EC2::SecurityGroup",
    PROPERTIES,
    _create,
    _delete,
    _update,
    required=frozenset({"GroupDescription"}),
    create_only=frozenset({"GroupDescription", "GroupName", "VpcId"}),
    attributes=frozenset({"GroupId", "Id", "VpcId"}),
    named="GroupName",
)
