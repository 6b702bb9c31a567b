"""What handlers name and the stack does not need: not granted, with the reason."""

from __future__ import annotations

from bidops_cfn.frozen import frozen
from bidops_cfn.permissions.place import (
    CLUSTER,
    DISCOVERY,
    EVENT_RULE,
    LOG_GROUP,
    ROLE,
    RULE,
    TARGET,
    TARGET_GROUP,
)
from bidops_cfn.permissions.policy import name_actions


@frozen
class Omission:
    """Actions of a type's handlers that are not granted, since ``why``.

    ``only_for`` names the property that would need them; a template that has it is told so.
    """

    type: str
    actions: frozenset[str]
    why: str
    only_for: str = ""


OMISSIONS = (
    Omission(
        TARGET,
        name_actions("application-autoscaling DeleteScheduledAction PutScheduledAction"),
        "no scheduled scaling",
        "ScheduledActions",
    ),
    Omission(
        TARGET,
        name_actions(
            "lambda DeleteProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig "
            "PutProvisionedConcurrencyConfig"
        ),
        "ECS services are scaled, no functions",
    ),
    Omission(
        TARGET,
        name_actions("iam PassRole"),
        "the service-linked role scales, no role is passed",
        "RoleARN",
    ),
    Omission(
        CLUSTER,
        name_actions("ecs PutAccountSetting PutAccountSettingDefault"),
        "changes the account for everyone in it, and no property of a cluster",
    ),
    Omission(
        CLUSTER,
        name_actions("kms DescribeKey"),
        "the cluster has no key of its own",
        "Configuration",
    ),
    Omission(
        ROLE,
        name_actions("iam AttachRolePolicy"),
        "policies are inline; with it a role could be given an administrator's policy",
        "ManagedPolicyArns",
    ),
    Omission(
        ROLE,
        name_actions("iam PutRolePermissionsBoundary"),
        "the settings name no boundary",
        "PermissionsBoundary",
    ),
    Omission(
        ROLE,
        name_actions("iam DeleteRolePermissionsBoundary"),
        "taking a boundary off a role is the security team's step, by hand",
    ),
    Omission(
        RULE,
        name_actions("cognito-idp DescribeUserPoolClient"),
        "rules forward, none signs users in with Cognito",
    ),
    Omission(
        TARGET_GROUP,
        name_actions("elasticloadbalancing DeregisterTargets RegisterTargets"),
        "ECS registers the targets with its service-linked role",
        "Targets",
    ),
    Omission(
        EVENT_RULE,
        name_actions("iam PassRole"),
        "the topic's policy admits EventBridge, no role is passed",
        "RoleArn",
    ),
    Omission(
        LOG_GROUP,
        name_actions("logs CreateLogDelivery", "s3 REST.PUT.OBJECT", "firehose TagDeliveryStream"),
        "audit findings of a data protection policy are sent nowhere",
        "DataProtectionPolicy",
    ),
    Omission(
        LOG_GROUP,
        name_actions("logs DeleteResourcePolicy PutResourcePolicy"),
        "changes policies of all log groups of the account",
        "ResourcePolicyDocument",
    ),
    Omission(
        LOG_GROUP,
        name_actions("logs DeleteIndexPolicy PutIndexPolicy"),
        "no field indexes",
        "FieldIndexPolicies",
    ),
    Omission(
        DISCOVERY,
        name_actions("servicediscovery DeleteServiceAttributes UpdateServiceAttributes"),
        "no attributes of the service",
        "ServiceAttributes",
    ),
)
