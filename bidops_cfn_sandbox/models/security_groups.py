"""EC2 security groups and their rules, inline or resources of their own.

EC2 lets a new group reach everything. CloudFormation takes that rule away only when the group has
an inline egress rule: neither an empty list nor a rule resource does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from moto.ec2.models.security_groups import (
    GroupedSecurityRuleView,
    SecurityGroup,
    SecurityGroupRule,
)
from moto.ec2.utils import random_security_group_id

from bidops_cfn_sandbox.models.table import Model, Row, add_tags, kept
from bidops_cfn_sandbox.properties import Leaf, Tree, each
from bidops_cfn_sandbox.resource_type import Request, ResourceFailed

RULE: dict[str, Tree] = {
    **each(Leaf.STRING, "CidrIp", "CidrIpv6", "Description", "IpProtocol"),
    **each(Leaf.INTEGER, "FromPort", "ToPort"),
}
GROUP_PEERS = ("DestinationSecurityGroupId", "SourceSecurityGroupId")
LIST_PEERS = ("DestinationPrefixListId", "SourcePrefixListId")
EGRESS = RULE | each(Leaf.STRING, GROUP_PEERS[0], LIST_PEERS[0])
INGRESS = RULE | each(Leaf.STRING, GROUP_PEERS[1], LIST_PEERS[1])
PEERS = ("CidrIp", "CidrIpv6", *GROUP_PEERS, *LIST_PEERS)
ALLOW_ALL = {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


class Rule(SecurityGroupRule):
    """A rule that keeps its description whatever its peer is, and can be given another."""

    description: str | None = None

    def __init__(self, ec2: Any, group_id: str, rule: Mapping[str, Any], *, egress: bool) -> None:
        self.description = rule.get("Description")
        self.group_owner_id = ec2.account_id
        group = next((rule[peer] for peer in GROUP_PEERS if peer in rule), None)
        prefix_list = next((rule[peer] for peer in LIST_PEERS if peer in rule), None)
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


def group_of(ec2: Any, group_id: str) -> Any:
    """Return a security group; raise ResourceFailed when there is none."""
    group = ec2.get_security_group_from_id(group_id)
    if group is None:
        raise ResourceFailed(f"The security group '{group_id}' does not exist")
    return group


def _check(ec2: Any, rule: Mapping[str, Any]) -> None:
    if len([peer for peer in PEERS if peer in rule]) != 1:
        raise ResourceFailed("Exactly one peer must be specified: a CIDR, a group, a prefix list")
    if str(rule["IpProtocol"]) != "-1" and not {"FromPort", "ToPort"} <= set(rule):
        raise ResourceFailed("FromPort and ToPort must be specified for this protocol")
    for peer in GROUP_PEERS:
        if peer in rule:
            group_of(ec2, rule[peer])
    for peer in LIST_PEERS:
        if peer in rule and rule[peer] not in ec2.managed_prefix_lists:
            raise ResourceFailed(f"The prefix list ID '{rule[peer]}' does not exist")


def authorize(ec2: Any, group: Any, rule: Mapping[str, Any], *, egress: bool) -> Any:
    """Add a rule to ``group``; raise ResourceFailed for what EC2 refuses."""
    _check(ec2, rule)
    added = Rule(ec2, group.id, rule, egress=egress)
    rules = group.egress_rules if egress else group.ingress_rules
    if any(added == known for known in rules):
        raise ResourceFailed(f"the specified rule already exists in {group.id}: {dict(rule)}")
    rules.append(added)
    return added


def _rules_of(group: Any) -> list[Any]:
    return [*group.egress_rules, *group.ingress_rules]


def _take_rules(group: Any, ids: Collection[str]) -> None:
    group.egress_rules = [rule for rule in group.egress_rules if rule.id not in ids]
    group.ingress_rules = [rule for rule in group.ingress_rules if rule.id not in ids]


def _find_rule(ec2: Any, physical_id: str) -> Any:
    rules = (rule for group in ec2.describe_security_groups() for rule in _rules_of(group))
    return next(rule for rule in rules if rule.id == physical_id)


def _delete_rule(ec2: Any, request: Request, physical_id: str) -> None:
    group = ec2.get_security_group_from_id(request.properties["GroupId"])
    if group is not None:
        _take_rules(group, {physical_id})


def _rule_model(name: str, tree: dict[str, Tree], *, egress: bool) -> Model:
    """Return the model of rules of one direction, of which the description alone changes."""

    def create(ec2: Any, request: Request) -> Any:
        group = group_of(ec2, request.properties["GroupId"])
        return authorize(ec2, group, request.properties, egress=egress)

    rows = {
        key: Row(leaf, fixed=True, required=key in ("GroupId", "IpProtocol"))
        for key, leaf in {**tree, "GroupId": Leaf.STRING}.items()
    }
    rows["Description"] = kept(Leaf.STRING, "description")
    return Model(name, "ec2", rows, create, _delete_rule, _find_rule, attributes={"Id": "id"})


def attach(ec2: Any, subnet: str, groups: list[str], description: str) -> None:
    """Make an interface as a service does, in a subnet and with groups."""
    made = ec2.create_network_interface(subnet, [], description=description)
    serve(ec2, made, groups)


def serve(ec2: Any, interface: Any, groups: list[str], kind: str = "interface") -> None:
    """Make moto's ``interface`` one of a service: its groups, its kind, and who manages it."""
    interface._group_set = [group_of(ec2, group) for group in groups]
    interface.requester_managed = True
    interface.interface_type = kind


class Group(SecurityGroup):
    """A group whose permissions show the description of every rule.

    ``inline`` are the rules that its own resource wrote; others belong to rule resources.
    """

    def __init__(self, ec2: Any, name: str, description: str, vpc_id: str) -> None:
        super().__init__(ec2, random_security_group_id(), name, description, vpc_id=vpc_id)
        self.egress_rules: list[Rule] = []
        self.ingress_rules: list[Rule] = []
        self.inline: list[Rule] = []

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


def _create(ec2: Any, request: Request) -> Any:
    properties = request.properties
    vpc_id = properties.get("VpcId") or ec2.default_vpc.id
    ec2.get_vpc(vpc_id)
    name = properties.get("GroupName") or request.name()
    if any(group.name == name for group in ec2.groups[vpc_id].values()):
        raise ResourceFailed(f"The security group '{name}' already exists for VPC '{vpc_id}'")
    group = Group(ec2, name, properties["GroupDescription"], vpc_id)
    ec2.groups[vpc_id][group.id] = group
    return group


def _write_inline(ec2: Any, request: Request, group: Any) -> None:
    """Replace the inline rules of a group; without egress, allow everything."""
    _take_rules(group, {rule.id for rule in group.inline})
    egress = request.properties.get("SecurityGroupEgress") or [ALLOW_ALL]
    ingress = request.properties.get("SecurityGroupIngress", [])
    group.inline = [
        *(authorize(ec2, group, rule, egress=True) for rule in egress),
        *(authorize(ec2, group, rule, egress=False) for rule in ingress),
    ]


def _delete(ec2: Any, _request: Request, physical_id: str) -> None:
    group = ec2.get_security_group_from_id(physical_id)
    if group is None:
        return
    for other in ec2.describe_security_groups():
        peers = {rule.source_group.get("GroupId") for rule in _rules_of(other)}
        if other is not group and group.id in peers:
            raise ResourceFailed(f"resource {group.id} has a dependent object: {other.id}")
    ec2.delete_security_group(group_id=group.id)


SECURITY_GROUP_MODELS = (
    _rule_model("AWS::EC2::SecurityGroupIngress", INGRESS, egress=False),
    _rule_model("AWS::EC2::SecurityGroupEgress", EGRESS, egress=True),
    Model(
        "AWS::EC2::SecurityGroup",
        "ec2",
        {
            "GroupDescription": Row(Leaf.STRING, required=True, fixed=True),
            "GroupName": Row(Leaf.STRING, fixed=True),
            "SecurityGroupEgress": Row([EGRESS]),
            "SecurityGroupIngress": Row([INGRESS]),
            "VpcId": Row(Leaf.STRING, fixed=True),
        },
        _create,
        _delete,
        lambda ec2, id_: ec2.get_security_group_from_id(id_),
        attributes={"GroupId": "id", "Id": "id", "VpcId": "vpc_id"},
        write=_write_inline,
        tag=add_tags,
        named="GroupName",
    ),
)
