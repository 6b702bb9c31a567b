"""On what each action of CloudFormation's handlers is granted; ADR 0015 says how that is decided.

An action that only touches resources of this stack is granted on their names, or on the tag that
CloudFormation puts on them, which no caller of AWS can write. Where IAM knows nothing narrower than
everything, the region bounds it. What reaches beyond this stack is in
``cloudformation.OMISSIONS``.
"""

from __future__ import annotations

from collections.abc import Iterator

from bidops_cfn.deploy.preflight.account import ROLES
from bidops_cfn.permissions import kinds
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Scope, require

TAGS = "ListTagsForResource TagResource UntagResource"
WIDE = {
    "cloudwatch:DescribeAlarms": "AWS returns composite alarms only to a permission on everything "
    "(API reference of DescribeAlarms)",
    "cloudwatch:GetMetricData": "the resource that IAM knows is a data set, not a metric",
    "servicediscovery:ListTagsForResource": "the catalogue names no resource for it",
}
"""Actions that are granted on everything although a catalogue may know something narrower."""


def list_scopes(place: Place) -> Iterator[Scope]:
    """Yield every scope, in the order of the policy."""
    yield from _scope_roles(place)
    yield from _scope_containers(place)
    yield from _scope_scaling(place)
    yield from scope_security_groups(place)
    yield from scope_load_balancing(place)
    yield from scope_discovery(place)
    yield from scope_everywhere(place)


def _scope_roles(place: Place) -> Iterator[Scope]:
    ours = (place.global_arn("iam", f"role/{place.role_prefix}*"),)
    boundary = place.environment.security.permissions_boundary_arn
    grants = "iam CreateRole PutRolePolicy" + (" PutRolePermissionsBoundary" if boundary else "")
    bounded = require("iam:PermissionsBoundary", boundary) if boundary else {}
    yield Scope("GrantToOurRoles", [kinds.ROLE], grants, ours, bounded)
    yield Scope(
        "ManageOurRoles",
        [kinds.ROLE, kinds.TASK_DEFINITION],
        "iam DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy "
        "ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole UntagRole "
        "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ours,
    )
    passing, to_tasks = "iam PassRole", "ecs-tasks.amazonaws.com"
    only = require("iam:PassedToService", to_tasks)
    yield Scope("PassOurRolesToTasks", [kinds.TASK_DEFINITION, kinds.SERVICE], passing, ours, only)
    yield Scope(
        "LetServicesKeepTheirRoles",
        [kinds.CLUSTER, kinds.TARGET],
        "iam CreateServiceLinkedRole",
        place.linked_roles,
        require("iam:AWSServiceName", sorted(ROLES.values())),
    )


def _scope_containers(place: Place) -> Iterator[Scope]:
    named, key = f"{place.stack}-*", place.environment.security.storage_key_arn
    yield Scope(
        "Cluster",
        [kinds.CLUSTER, kinds.CAPACITY],
        "ecs CreateCluster DeleteCluster DescribeClusters PutClusterCapacityProviders "
        f"UpdateCluster UpdateClusterSettings {TAGS}",
        (place.arn("ecs", f"cluster/{named}"),),
    )
    yield Scope(
        "Capacity",
        [kinds.CAPACITY],
        "ecs DescribeCapacityProviders",
        tuple(place.arn("ecs", f"capacity-provider/{one}") for one in ("FARGATE", "FARGATE_SPOT")),
    )
    yield Scope(
        "Services",
        [kinds.SERVICE, kinds.TARGET, kinds.SCALING],
        "ecs CreateService DeleteService DescribeServiceDeployments DescribeServices "
        f"ListServiceDeployments StopServiceDeployment UpdateService {TAGS}",
        tuple(
            place.arn("ecs", f"{one}/{named}/{named}{end}")
            for one, end in (("service", ""), ("service-deployment", "/*"))
        ),
    )
    yield Scope(
        "TaskDefinitions",
        [kinds.TASK_DEFINITION],
        f"ecs RegisterTaskDefinition {TAGS}",
        tuple(place.arn("ecs", f"task-definition/{one}:*") for one in place.families),
    )
    yield Scope(
        "LogGroups",
        [kinds.LOG_GROUP],
        "logs AssociateKmsKey CreateLogGroup DeleteDataProtectionPolicy DeleteLogGroup "
        "DeleteRetentionPolicy DisassociateKmsKey GetDataProtectionPolicy "
        "PutBearerTokenAuthentication PutDataProtectionPolicy "
        f"PutLogGroupDeletionProtection PutRetentionPolicy {TAGS}",
        (place.arn("logs", f"log-group:{named}"),),
    )
    if key:
        yield Scope("KeyOfTheCluster", [kinds.CLUSTER], "kms DescribeKey", (key,))


def _scope_scaling(place: Place) -> Iterator[Scope]:
    alarms = place.arn("cloudwatch", f"alarm:{place.stack}-*")
    # Application Auto Scaling makes two of this name for each policy, as the caller.
    tracking = place.arn("cloudwatch", f"alarm:TargetTracking-service/{place.stack}-*")
    changing = "cloudwatch DeleteAlarms PutMetricAlarm"
    yield Scope("Alarms", [kinds.ALARM, kinds.TARGET, kinds.SCALING], changing, (alarms, tracking))
    yield Scope("TagsOfAlarms", [kinds.ALARM], f"cloudwatch {TAGS}", (alarms,))
    yield Scope(
        "EventRules",
        [kinds.EVENT_RULE],
        f"events DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets {TAGS}",
        (place.arn("events", f"rule/{place.stack}-*"),),
    )
    service, unnamed = "application-autoscaling", "AWS chooses the id of a scalable target"
    targets = (place.arn(service, "scalable-target/*"),)
    yield Scope(
        "ScalingOfServices",
        [kinds.TARGET, kinds.SCALING],
        f"{service} DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy "
        "RegisterScalableTarget",
        targets,
        {
            "StringEquals": {
                f"{service}:scalable-dimension": "ecs:service:DesiredCount",
                f"{service}:service-namespace": "ecs",
            }
        },
        unnamed,
    )
    yield Scope("TagsOfScaling", [kinds.TARGET], f"{service} {TAGS}", targets, why=unnamed)


def scope_everywhere(place: Place) -> Iterator[Scope]:
    """Yield what IAM grants on everything or not at all."""
    everything, nothing_narrower = ("*",), "IAM knows no resource for these actions"
    region = require("aws:RequestedRegion", place.environment.region)
    yield Scope(
        "Route53",
        [kinds.NAMESPACE],
        "route53 CreateHostedZone ListHostedZonesByName",
        everything,
        why=f"{nothing_narrower}, and Route 53 has no regions",
    )
    yield Scope(
        "ChangeInTheRegion",
        [kinds.TASK_DEFINITION, kinds.NAMESPACE, kinds.DISCOVERY],
        "ecs DeregisterTaskDefinition; "
        "servicediscovery CreatePrivateDnsNamespace TagResource UntagResource",
        everything,
        region,
        nothing_narrower,
    )
    yield Scope(
        "LookInTheRegion",
        sorted(place.types),
        "application-autoscaling DescribeScalableTargets DescribeScalingPolicies "
        "DescribeScheduledActions; "
        "cloudwatch DescribeAlarms GetMetricData; "
        "ec2 DescribeInstances DescribeRegions DescribeSecurityGroupRules "
        "DescribeSecurityGroups DescribeVpcs; "
        "ecs DescribeTaskDefinition; "
        "elasticloadbalancing DescribeRules DescribeTags DescribeTargetGroupAttributes "
        "DescribeTargetGroups DescribeTargetHealth; "
        "logs DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies; "
        "servicediscovery ListServices ListTagsForResource",
        everything,
        region,
        nothing_narrower,
    )


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
