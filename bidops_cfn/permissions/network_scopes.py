"""Security groups, load balancing and discovery: ids that AWS or another stack chooses."""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.permissions import kinds
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Scope, require

STACK_TAG = "aws:ResourceTag/aws:cloudformation:stack-name"
"""Its value is a stack's name: only AWS writes tags of ``aws:``."""


def scope_security_groups(place: Place) -> Iterator[Scope]:
    """Yield what is granted on security groups: ours, and those that we add rules to."""
    groups, chosen = place.arn("ec2", "security-group/*"), "AWS chooses the id of a group"
    yield Scope(
        "CreateSecurityGroups",
        [kinds.GROUP],
        "ec2 CreateSecurityGroup",
        (groups, place.arn("ec2", "vpc/*")),
        why=f"{chosen}; the VPC is NetworkStack's",
    )
    yield Scope(
        "RulesOfSecurityGroups",
        [kinds.GROUP, kinds.INGRESS, kinds.EGRESS],
        "ec2 AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress "
        "RevokeSecurityGroupEgress RevokeSecurityGroupIngress "
        "UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress",
        (groups, place.arn("ec2", "security-group-rule/*")),
        why="rules are added to NetworkStack's groups too, whose ids its exports hold",
    )
    yield Scope(
        "TagsOfSecurityGroups",
        [kinds.GROUP],
        "ec2 CreateTags DeleteTags",
        (groups,),
        why=f"{chosen}, which has no tag yet when it is created",
    )
    yield Scope(
        "DeleteOurSecurityGroups",
        [kinds.GROUP],
        "ec2 DeleteSecurityGroup",
        (groups,),
        require(STACK_TAG, place.stack),
        f"{chosen}; the stack's tag narrows it",
    )


def scope_load_balancing(place: Place) -> Iterator[Scope]:
    """Yield what is granted on target groups and on the rules of a listener of NetworkStack."""
    service = "elasticloadbalancing"
    groups = place.arn(service, "targetgroup/*/*")
    rules = place.arn(service, "listener-rule/app/*/*/*/*")
    shortened = "CloudFormation shortens a target group's name to what it shares with other stacks"
    yield Scope(
        "CreateRules",
        [kinds.RULE],
        f"{service} CreateRule",
        (place.arn(service, "listener/app/*/*/*"),),
        why="the listener is NetworkStack's, whose ARN its exports hold",
    )
    yield Scope(
        "CreateTargetGroups",
        [kinds.TARGET_GROUP],
        f"{service} CreateTargetGroup ModifyTargetGroupAttributes",
        (groups,),
        why=shortened,
    )
    yield Scope(
        "TagsOfLoadBalancing",
        [kinds.RULE, kinds.TARGET_GROUP],
        f"{service} AddTags RemoveTags",
        (groups, rules),
        why=f"{shortened}; a rule's ARN is the listener's and an id",
    )
    yield Scope(
        "ChangeOurLoadBalancing",
        [kinds.RULE, kinds.TARGET_GROUP],
        f"{service} DeleteRule DeleteTargetGroup ModifyRule ModifyTargetGroup SetRulePriorities",
        (groups, rules),
        require(STACK_TAG, place.stack),
        "as above; the stack's tag narrows it",
    )


def scope_discovery(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the namespace, its services and its hosted zone."""
    service, unnamed = "servicediscovery", "AWS chooses the ids of namespaces and services"
    ids = (place.arn(service, "namespace/*"), place.arn(service, "service/*"))
    yield Scope(
        "Discovery",
        [kinds.NAMESPACE, kinds.DISCOVERY],
        f"{service} CreateService GetNamespace GetOperation GetService GetServiceAttributes",
        ids,
        why=unnamed,
    )
    yield Scope(
        "ChangeOurDiscovery",
        [kinds.NAMESPACE, kinds.DISCOVERY],
        f"{service} DeleteNamespace DeleteService UpdatePrivateDnsNamespace UpdateService",
        ids,
        require(STACK_TAG, place.stack),
        f"{unnamed}; the stack's tag narrows it",
    )
    zones = place.foreign_arn("route53", "hostedzone/*")
    unknown_zone = "Cloud Map makes the zone, AWS chooses its id, and IAM knows no tag of a zone"
    yield Scope(
        "HostedZone",
        [kinds.NAMESPACE],
        "route53 DeleteHostedZone GetHostedZone",
        (zones,),
        why=unknown_zone,
    )
    yield Scope(
        "VpcOfTheHostedZone",
        [kinds.NAMESPACE],
        "route53 AssociateVPCWithHostedZone",
        (zones, place.arn("ec2", "vpc/*")),
        why=f"{unknown_zone}; the VPC is NetworkStack's",
    )
    key = "route53:ChangeResourceRecordSetsNormalizedRecordNames"
    name = place.environment.discovery.namespace
    yield Scope(
        "RecordsOfTheNamespace",
        [kinds.NAMESPACE],
        "route53 ChangeResourceRecordSets",
        (zones,),
        {"ForAllValues:StringLike": {key: [name, f"*.{name}"]}},
        "as above; the records' names narrow it",
    )
