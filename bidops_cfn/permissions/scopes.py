"""On what each action of CloudFormation's handlers is granted, and which are not granted at all.

``scopes`` has one place for every decision; ADR 0013 says how they are made. An action that only
touches resources of this stack is granted on their names, or on the tag that CloudFormation puts on
them, which no caller of AWS can write. Where IAM knows nothing narrower than everything, the region
bounds it. What reaches beyond this stack and serves no property of its template is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from bidops_cfn.frozen import frozen
from bidops_cfn.permissions.place import Place
from bidops_cfn.permissions.policy import Condition

CLUSTER = "AWS::ECS::Cluster"
CAPACITY = "AWS::ECS::ClusterCapacityProviderAssociations"
SERVICE = "AWS::ECS::Service"
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
ROLE = "AWS::IAM::Role"
LOG_GROUP = "AWS::Logs::LogGroup"
ALARM = "AWS::CloudWatch::Alarm"
TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
SCALING = "AWS::ApplicationAutoScaling::ScalingPolicy"
GROUP = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
NAMESPACE = "AWS::ServiceDiscovery::PrivateDnsNamespace"
DISCOVERY = "AWS::ServiceDiscovery::Service"

STACK_TAG = "aws:ResourceTag/aws:cloudformation:stack-name"


@frozen
class Scope:
    """Actions of some types' handlers, and the resources that they are granted on.

    ``why`` says what stands against narrower resources, where there is something.
    """

    sid: str
    types: tuple[str, ...]
    actions: frozenset[str]
    resources: tuple[str, ...]
    condition: Condition = field(default_factory=dict)
    why: str = ""


@frozen
class Omission:
    """Actions of a type's handlers that are not granted, since ``why``.

    ``only_for`` names the property that would need them; a template that has it is told so.
    """

    type: str
    actions: frozenset[str]
    why: str
    only_for: str = ""


def scopes(place: Place) -> Iterator[Scope]:
    """Yield every scope, in the order of the policy."""
    yield from roles(place)
    yield from containers(place)
    yield from scaling(place)
    yield from security_groups(place)
    yield from load_balancing(place)
    yield from discovery(place)
    yield from everywhere(place)


def words(service: str, names: str) -> frozenset[str]:
    """Return ``{"ecs:A", "ecs:B"}`` for ``"A B"``."""
    return frozenset(f"{service}:{name}" for name in names.split())


def roles(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the stack's own roles, and on those that AWS services keep."""
    ours = (place.global_arn("iam", f"role/{place.role_prefix}*"),)
    boundary = place.environment.permissions_boundary_arn
    grants = "CreateRole PutRolePolicy" + (" PutRolePermissionsBoundary" if boundary else "")
    yield Scope(
        "GrantToOurRoles",
        (ROLE,),
        words("iam", grants),
        ours,
        {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {},
    )
    yield Scope(
        "ManageOurRoles",
        (ROLE, TASK_DEFINITION),
        words(
            "iam",
            "DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy "
            "ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole UntagRole "
            "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
        ),
        ours,
    )
    yield Scope(
        "PassOurRolesToTasks",
        (TASK_DEFINITION, SERVICE),
        words("iam", "PassRole"),
        ours,
        {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )
    linked = {
        "ecs.amazonaws.com": "AWSServiceRoleForECS",
        "ecs.application-autoscaling.amazonaws.com": (
            "AWSServiceRoleForApplicationAutoScaling_ECSService"
        ),
    }
    yield Scope(
        "LetServicesKeepTheirRoles",
        (CLUSTER, TARGET),
        words("iam", "CreateServiceLinkedRole"),
        tuple(
            place.global_arn("iam", f"role/aws-service-role/{service}/{name}")
            for service, name in linked.items()
        ),
        {"StringEquals": {"iam:AWSServiceName": sorted(linked)}},
    )


def containers(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the cluster, its services, task definitions and log groups."""
    tags = "ListTagsForResource TagResource UntagResource"
    named = f"{place.stack}-*"
    yield Scope(
        "Cluster",
        (CLUSTER, CAPACITY),
        words(
            "ecs",
            "CreateCluster DeleteCluster DescribeClusters PutClusterCapacityProviders "
            f"UpdateCluster UpdateClusterSettings {tags}",
        ),
        (place.arn("ecs", f"cluster/{named}"),),
    )
    yield Scope(
        "Capacity",
        (CAPACITY,),
        words("ecs", "DescribeCapacityProviders"),
        tuple(place.arn("ecs", f"capacity-provider/{one}") for one in ("FARGATE", "FARGATE_SPOT")),
    )
    yield Scope(
        "Services",
        (SERVICE, TARGET, SCALING),
        words(
            "ecs",
            "CreateService DeleteService DescribeServiceDeployments DescribeServices "
            f"ListServiceDeployments StopServiceDeployment UpdateService {tags}",
        ),
        (
            place.arn("ecs", f"service/{named}/{named}"),
            place.arn("ecs", f"service-deployment/{named}/{named}/*"),
        ),
    )
    yield Scope(
        "TaskDefinitions",
        (TASK_DEFINITION,),
        words("ecs", f"RegisterTaskDefinition {tags}"),
        tuple(place.arn("ecs", f"task-definition/{one}:*") for one in place.families),
    )
    yield Scope(
        "LogGroups",
        (LOG_GROUP,),
        words(
            "logs",
            "AssociateKmsKey CreateLogGroup DeleteDataProtectionPolicy DeleteLogGroup "
            "DeleteRetentionPolicy DisassociateKmsKey GetDataProtectionPolicy "
            "ListTagsForResource PutBearerTokenAuthentication PutDataProtectionPolicy "
            "PutLogGroupDeletionProtection PutRetentionPolicy TagResource UntagResource",
        ),
        (place.arn("logs", f"log-group:{named}"),),
    )
    if place.has(CLUSTER, "Configuration"):
        yield Scope(
            "KeyOfTheCluster",
            (CLUSTER,),
            words("kms", "DescribeKey"),
            (place.arn("kms", "key/*"),),
            why="the key is named by an ARN, an alias or another stack's export",
        )


def scaling(place: Place) -> Iterator[Scope]:
    """Yield what is granted on alarms, scalable targets and scaling policies."""
    yield Scope(
        "Alarms",
        (ALARM, TARGET, SCALING),
        words("cloudwatch", "DeleteAlarms PutMetricAlarm"),
        (
            place.arn("cloudwatch", f"alarm:{place.stack}-*"),
            # Application Auto Scaling makes two of this name for each policy, as the caller.
            place.arn("cloudwatch", f"alarm:TargetTracking-service/{place.stack}-*"),
        ),
    )
    yield Scope(
        "TagsOfAlarms",
        (ALARM,),
        words("cloudwatch", "ListTagsForResource TagResource UntagResource"),
        (place.arn("cloudwatch", f"alarm:{place.stack}-*"),),
    )
    targets = (place.arn("application-autoscaling", "scalable-target/*"),)
    unnamed = "AWS chooses the id of a scalable target"
    yield Scope(
        "ScalingOfServices",
        (TARGET, SCALING),
        words(
            "application-autoscaling",
            "DeleteScalingPolicy DeregisterScalableTarget PutScalingPolicy RegisterScalableTarget",
        ),
        targets,
        {
            "StringEquals": {
                "application-autoscaling:scalable-dimension": "ecs:service:DesiredCount",
                "application-autoscaling:service-namespace": "ecs",
            }
        },
        why=unnamed,
    )
    yield Scope(
        "TagsOfScaling",
        (TARGET,),
        words("application-autoscaling", "ListTagsForResource TagResource UntagResource"),
        targets,
        why=unnamed,
    )


def security_groups(place: Place) -> Iterator[Scope]:
    """Yield what is granted on security groups: ours, and those that we add rules to."""
    groups = place.arn("ec2", "security-group/*")
    yield Scope(
        "CreateSecurityGroups",
        (GROUP,),
        words("ec2", "CreateSecurityGroup"),
        (groups, place.arn("ec2", "vpc/*")),
        why="AWS chooses the id of a group; the VPC is NetworkStack's",
    )
    yield Scope(
        "RulesOfSecurityGroups",
        (GROUP, INGRESS, EGRESS),
        words(
            "ec2",
            "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress "
            "RevokeSecurityGroupEgress RevokeSecurityGroupIngress "
            "UpdateSecurityGroupRuleDescriptionsEgress UpdateSecurityGroupRuleDescriptionsIngress",
        ),
        (groups, place.arn("ec2", "security-group-rule/*")),
        why="rules are added to NetworkStack's groups too, whose ids its exports hold",
    )
    yield Scope(
        "TagsOfSecurityGroups",
        (GROUP,),
        words("ec2", "CreateTags DeleteTags"),
        (groups,),
        why="AWS chooses the id of a group, which has no tag yet when it is created",
    )
    yield Scope(
        "DeleteOurSecurityGroups",
        (GROUP,),
        words("ec2", "DeleteSecurityGroup"),
        (groups,),
        tagged(place),
        why="AWS chooses the id of a group; the stack's tag narrows it",
    )


def load_balancing(place: Place) -> Iterator[Scope]:
    """Yield what is granted on target groups and on the rules of a listener of NetworkStack."""
    service = "elasticloadbalancing"
    groups = place.arn(service, "targetgroup/*/*")
    rules = place.arn(service, "listener-rule/app/*/*/*/*")
    shortened = "CloudFormation shortens a target group's name to what it shares with other stacks"
    yield Scope(
        "CreateRules",
        (RULE,),
        words(service, "CreateRule"),
        (place.arn(service, "listener/app/*/*/*"),),
        why="the listener is NetworkStack's, whose ARN its exports hold",
    )
    yield Scope(
        "CreateTargetGroups",
        (TARGET_GROUP,),
        words(service, "CreateTargetGroup ModifyTargetGroupAttributes"),
        (groups,),
        why=shortened,
    )
    yield Scope(
        "TagsOfLoadBalancing",
        (RULE, TARGET_GROUP),
        words(service, "AddTags RemoveTags"),
        (groups, rules),
        why=f"{shortened}; a rule's ARN is the listener's and an id",
    )
    yield Scope(
        "ChangeOurLoadBalancing",
        (RULE, TARGET_GROUP),
        words(
            service, "DeleteRule DeleteTargetGroup ModifyRule ModifyTargetGroup SetRulePriorities"
        ),
        (groups, rules),
        tagged(place),
        why="as above; the stack's tag narrows it",
    )


def discovery(place: Place) -> Iterator[Scope]:
    """Yield what is granted on the namespace, its services and its hosted zone."""
    service = "servicediscovery"
    ids = (place.arn(service, "namespace/*"), place.arn(service, "service/*"))
    unnamed = "AWS chooses the ids of namespaces and services"
    yield Scope(
        "Discovery",
        (NAMESPACE, DISCOVERY),
        words(service, "CreateService GetNamespace GetOperation GetService GetServiceAttributes"),
        ids,
        why=unnamed,
    )
    yield Scope(
        "ChangeOurDiscovery",
        (NAMESPACE, DISCOVERY),
        words(service, "DeleteNamespace DeleteService UpdatePrivateDnsNamespace UpdateService"),
        ids,
        tagged(place),
        why=f"{unnamed}; the stack's tag narrows it",
    )
    zones = place.foreign_arn("route53", "hostedzone/*")
    unknown_zone = "Cloud Map makes the zone, AWS chooses its id, and IAM knows no tag of a zone"
    yield Scope(
        "HostedZone",
        (NAMESPACE,),
        words("route53", "DeleteHostedZone GetHostedZone"),
        (zones,),
        why=unknown_zone,
    )
    yield Scope(
        "VpcOfTheHostedZone",
        (NAMESPACE,),
        words("route53", "AssociateVPCWithHostedZone"),
        (zones, place.arn("ec2", "vpc/*")),
        why=f"{unknown_zone}; the VPC is NetworkStack's",
    )
    name = place.environment.namespace
    yield Scope(
        "RecordsOfTheNamespace",
        (NAMESPACE,),
        words("route53", "ChangeResourceRecordSets"),
        (zones,),
        {
            "ForAllValues:StringLike": {
                "route53:ChangeResourceRecordSetsNormalizedRecordNames": [name, f"*.{name}"]
            }
        },
        why="as above; the records' names narrow it",
    )


def everywhere(place: Place) -> Iterator[Scope]:
    """Yield what IAM grants on everything or not at all."""
    nothing_narrower = "IAM knows no resource for these actions"
    yield Scope(
        "Route53",
        (NAMESPACE,),
        words("route53", "CreateHostedZone ListHostedZonesByName"),
        ("*",),
        why=f"{nothing_narrower}, and Route 53 has no regions",
    )
    region = {"StringEquals": {"aws:RequestedRegion": place.environment.region}}
    yield Scope(
        "ChangeInTheRegion",
        (TASK_DEFINITION, NAMESPACE, DISCOVERY),
        words("ecs", "DeregisterTaskDefinition")
        | words("servicediscovery", "CreatePrivateDnsNamespace TagResource UntagResource"),
        ("*",),
        region,
        why=nothing_narrower,
    )
    yield Scope(
        "LookInTheRegion",
        tuple(sorted(place.types)),
        words(
            "application-autoscaling",
            "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
        )
        | words("cloudwatch", "DescribeAlarms GetMetricData")
        | words(
            "ec2",
            "DescribeInstances DescribeRegions DescribeSecurityGroupRules "
            "DescribeSecurityGroups DescribeVpcs",
        )
        | words("ecs", "DescribeTaskDefinition")
        | words(
            "elasticloadbalancing",
            "DescribeRules DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups "
            "DescribeTargetHealth",
        )
        | words("logs", "DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies")
        | words("servicediscovery", "ListServices ListTagsForResource"),
        ("*",),
        region,
        why=nothing_narrower,
    )


WIDE = {
    "cloudwatch:DescribeAlarms": (
        "AWS returns composite alarms only to a permission on everything "
        "(API reference of DescribeAlarms)"
    ),
    "cloudwatch:GetMetricData": "the resource that IAM knows is a data set, not a metric",
    "servicediscovery:ListTagsForResource": "the catalogue names no resource for it",
}
"""Actions that are granted on everything although a catalogue may know something narrower."""


def tagged(place: Place) -> Condition:
    """Return the condition that a resource is this stack's: only AWS writes ``aws:`` tags."""
    return {"StringEquals": {STACK_TAG: place.stack}}


OMISSIONS = (
    Omission(
        TARGET,
        words("application-autoscaling", "DeleteScheduledAction PutScheduledAction"),
        "no scheduled scaling",
        "ScheduledActions",
    ),
    Omission(
        TARGET,
        words("lambda", "DeleteProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig")
        | words("lambda", "PutProvisionedConcurrencyConfig"),
        "ECS services are scaled, no functions",
    ),
    Omission(
        TARGET,
        words("iam", "PassRole"),
        "the service-linked role scales, no role is passed",
        "RoleARN",
    ),
    Omission(
        CLUSTER,
        words("ecs", "PutAccountSetting PutAccountSettingDefault"),
        "changes the account for everyone in it, and no property of a cluster",
    ),
    Omission(
        CLUSTER, words("kms", "DescribeKey"), "the cluster has no key of its own", "Configuration"
    ),
    Omission(
        ROLE,
        words("iam", "AttachRolePolicy"),
        "policies are inline; with it a role could be given an administrator's policy",
        "ManagedPolicyArns",
    ),
    Omission(
        ROLE,
        words("iam", "PutRolePermissionsBoundary"),
        "the settings name no boundary",
        "PermissionsBoundary",
    ),
    Omission(
        ROLE,
        words("iam", "DeleteRolePermissionsBoundary"),
        "taking a boundary off a role is the security team's step, by hand",
    ),
    Omission(
        RULE,
        words("cognito-idp", "DescribeUserPoolClient"),
        "rules forward, none signs users in with Cognito",
    ),
    Omission(
        TARGET_GROUP,
        words("elasticloadbalancing", "DeregisterTargets RegisterTargets"),
        "ECS registers the targets with its service-linked role",
        "Targets",
    ),
    Omission(
        LOG_GROUP,
        words("logs", "CreateLogDelivery")
        | words("s3", "REST.PUT.OBJECT")
        | words("firehose", "TagDeliveryStream"),
        "audit findings of a data protection policy are sent nowhere",
        "DataProtectionPolicy",
    ),
    Omission(
        LOG_GROUP,
        words("logs", "DeleteResourcePolicy PutResourcePolicy"),
        "changes policies of all log groups of the account",
        "ResourcePolicyDocument",
    ),
    Omission(
        LOG_GROUP,
        words("logs", "DeleteIndexPolicy PutIndexPolicy"),
        "no field indexes",
        "FieldIndexPolicies",
    ),
    Omission(
        DISCOVERY,
        words("servicediscovery", "DeleteServiceAttributes UpdateServiceAttributes"),
        "no attributes of the service",
        "ServiceAttributes",
    ),
)
