"""EC2 security groups and their rules, inline or resources of their own.

EC2 lets a new group reach everything. CloudFormation takes that rule away only when the group has
an inline egress rule: neither an empty list nor a rule resource does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.security_groups import (
    GroupedSecurityRuleView,
    SecurityGroup,
    SecurityGroupRule,
)
from moto.ec2.utils import random_security_group_id

from bidops_cfn_sandbox.models.table import Model, Row, kept
from bidops_cfn_sandbox.properties import TAGS, Leaf, Tree
from bidops_cfn_sandbox.resource_type import (
    Place,
    Request,
    ResourceFailed,
)

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


def _find_rule(ec2: Any, physical_id: str) -> Any:
    rules = (
        rule
        for group in ec2.describe_security_groups()
        for rule in (*group.egress_rules, *group.ingress_rules)
    )
    return next(rule for rule in rules if rule.id == physical_id)


def _delete_rule(request: Request, physical_id: str) -> None:
    group = ec2_of(request.place).get_security_group_from_id(request.properties["GroupId"])
    if group is not None:
        group.egress_rules = [rule for rule in group.egress_rules if rule.id != physical_id]
        group.ingress_rules = [rule for rule in group.ingress_rules if rule.id != physical_id]


def _rule_model(name: str, tree: dict[str, Tree], *, egress: bool) -> Model:
    """Return the model of rules of one direction, of which the description alone changes."""

    def create(request: Request) -> Any:
        group = group_of(request.place, request.properties["GroupId"])
        return authorize(request.place, group, request.properties, egress=egress)

    rows = {
        key: Row(leaf, fixed=True, required=key in ("GroupId", "IpProtocol"))
        for key, leaf in {**tree, "GroupId": Leaf.STRING}.items()
    }
    rows["Description"] = kept(Leaf.STRING, "description")
    return Model(name, "ec2", rows, create, _delete_rule, _find_rule, attributes={"Id": "id"})


INGRESS_RULE = _rule_model("AWS::EC2::SecurityGroupIngress", INGRESS, egress=False)
EGRESS_RULE = _rule_model("AWS::EC2::SecurityGroupEgress", EGRESS, egress=True)


def attach(place: Place, subnet: str, groups: list[str], description: str) -> str:
    """Make an interface as a service does, in a subnet and with groups; return its id."""
    made = ec2_of(place).create_network_interface(subnet, [], description=description)
    serve(place, made, groups)
    return str(made.id)


def serve(place: Place, interface: Any, groups: list[str], kind: str = "interface") -> None:
    """Make moto's ``interface`` one of a service: its groups, its kind, and who manages it."""
    interface._group_set = [group_of(place, group) for group in groups]
    interface.requester_managed = True
    interface.interface_type = kind


def detach(place: Place, description: str) -> None:
    """Delete the interfaces of a description."""
    enis = ec2_of(place).enis
    for id_ in [one.id for one in enis.values() if one.description == description]:
        del enis[id_]


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


def _create(request: Request) -> Any:
    ec2, properties = ec2_of(request.place), request.properties
    vpc_id = properties.get("VpcId") or ec2.default_vpc.id
    ec2.get_vpc(vpc_id)
    name = properties.get("GroupName") or request.name()
    if any(group.name == name for group in ec2.groups[vpc_id].values()):
        raise ResourceFailed(f"The security group '{name}' already exists for VPC '{vpc_id}'")
    group = Group(request, name, vpc_id)
    ec2.groups[vpc_id][group.id] = group
    return group


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


SECURITY_GROUP = Model(
    "AWS::EC2::SecurityGroup",
    "ec2",
    {
        "GroupDescription": Row(Leaf.STRING, required=True, fixed=True),
        "GroupName": Row(Leaf.STRING, fixed=True),
        "SecurityGroupEgress": Row([EGRESS]),
        "SecurityGroupIngress": Row([INGRESS]),
        "Tags": Row(TAGS),
        "VpcId": Row(Leaf.STRING, fixed=True),
    },
    _create,
    _delete,
    lambda ec2, id_: ec2.get_security_group_from_id(id_),
    attributes={"GroupId": "id", "Id": "id", "VpcId": "vpc_id"},
    write=lambda request, group: group.write_inline(request),
    tag=lambda request, group: group.add_tags(dict(request.tags)),
    named="GroupName",
)
