"""What handlers name and the stack does not need: not granted, with the reason."""

from __future__ import annotations

from bidops_cfn.frozen import frozen
from bidops_cfn.permissions import kinds
from bidops_cfn.permissions.policy import name_actions


@frozen
class Omission:
    """Actions of a type's handlers (``name_actions``) that are not granted, since ``why``.

    ``only_for`` names the property that would need them; a template that has it is told so.
    """

    type: str
    calls: str
    why: str
    only_for: str = ""

    @property
    def actions(self) -> frozenset[str]:
        """The actions."""
        return name_actions(self.calls)


OMISSIONS = (
    Omission(
        kinds.TARGET,
        "application-autoscaling DeleteScheduledAction PutScheduledAction",
        "no scheduled scaling",
        "ScheduledActions",
    ),
    Omission(
        kinds.TARGET,
        "lambda DeleteProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig "
        "PutProvisionedConcurrencyConfig",
        "ECS services are scaled, no functions",
    ),
    Omission(
        kinds.TARGET, "iam PassRole", "the service-linked role scales, no role is passed", "RoleARN"
    ),
    Omission(
        kinds.CLUSTER,
        "ecs PutAccountSetting PutAccountSettingDefault",
        "changes the account for everyone in it, and no property of a cluster",
    ),
    Omission(
        kinds.CLUSTER, "kms DescribeKey", "the cluster has no key of its own", "Configuration"
    ),
    Omission(
        kinds.ROLE,
        "iam AttachRolePolicy",
        "policies are inline; with it a role could be given an administrator's policy",
        "ManagedPolicyArns",
    ),
    Omission(
        kinds.ROLE,
        "iam PutRolePermissionsBoundary",
        "the settings name no boundary",
        "PermissionsBoundary",
    ),
    Omission(
        kinds.ROLE,
        "iam DeleteRolePermissionsBoundary",
        "taking a boundary off a role is the security team's step, by hand",
    ),
    Omission(
        kinds.RULE,
        "cognito-idp DescribeUserPoolClient",
        "rules forward, none signs users in with Cognito",
    ),
    Omission(
        kinds.TARGET_GROUP,
        "elasticloadbalancing DeregisterTargets RegisterTargets",
        "ECS registers the targets with its service-linked role",
        "Targets",
    ),
    Omission(
        kinds.EVENT_RULE,
        "iam PassRole",
        "the topic's policy admits EventBridge, no role is passed",
        "RoleArn",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs CreateLogDelivery; s3 REST.PUT.OBJECT; firehose TagDeliveryStream",
        "audit findings of a data protection policy are sent nowhere",
        "DataProtectionPolicy",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs DeleteResourcePolicy PutResourcePolicy",
        "changes policies of all log groups of the account",
        "ResourcePolicyDocument",
    ),
    Omission(
        kinds.LOG_GROUP,
        "logs DeleteIndexPolicy PutIndexPolicy",
        "no field indexes",
        "FieldIndexPolicies",
    ),
    Omission(
        kinds.DISCOVERY,
        "servicediscovery DeleteServiceAttributes UpdateServiceAttributes",
        "no attributes of the service",
        "ServiceAttributes",
    ),
)
